"""Conclusions from a free-WiFi run and its assumptions: message keys and parameters, in reading order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra_registry import words
from infra_registry.duties.inforce.law import cite
from infra_registry.duties.judging.area_law import Cited, Speaking
from infra_registry.rules.model import Effect

Sentence = tuple[str, dict[str, Any]]
REMARKS = {
    Effect.WIFI_PROVIDE: "coverage.follows.key_areas",
    Effect.VENUE_COVERAGE: "coverage.follows.not_free",
}


@dataclass(frozen=True, slots=True)
class Consequence:
    """A sentence by key; ``cited`` is the clause it retells."""

    key: str
    params: dict[str, Any] = field(default_factory=dict)
    cited: Cited | None = None

    def plain(self, locale: str) -> str:
        """The sentence without links, its citation in front."""
        text = words.say(locale, self.key, **self.params)
        if self.cited is None:
            return text
        return words.say(
            locale,
            "coverage.follows.cited",
            citation=cite(self.cited.book, self.cited.clause, locale),
            told=text,
        )


def follows(summary: Mapping[str, Any], law: Speaking, locale: str) -> list[Consequence]:
    """Conclusions from a run, in order; never that a duty is broken, because a run does not judge that."""
    consequences: list[Consequence] = []
    if not summary["zones_in_area"]:
        consequences.append(Consequence("coverage.follows.no_zone"))
    elif not summary["zones_used"]:
        consequences.append(Consequence("coverage.follows.no_free_zone", {"count": summary["zones_in_area"]}))
    consequences += of_law(law, locale)
    if law.of(Effect.WIFI_PROVIDE):
        consequences += _of_key_areas(summary)
    return consequences + ([Consequence("coverage.follows.lead")] if law.clauses else [])


def _of_key_areas(summary: Mapping[str, Any]) -> list[Consequence]:
    """Where an instrument asks for free WiFi in listed areas: the totals of the list, or that no list is in force.

    Empty for a run that was stored before runs covered key areas.
    """
    if "key_areas" not in summary:
        return []
    keyed = summary["key_areas"]
    if keyed is None:
        return [Consequence("coverage.follows.key_areas_no_list")]
    totals = {"title": keyed["list"]["title"], **keyed["total"]}
    lacks = totals["without"] or totals["partly"]
    return [
        Consequence(
            "coverage.follows.key_areas_without" if lacks else "coverage.follows.key_areas_all", totals
        )
    ]


def of_law(law: Speaking, locale: str) -> list[Consequence]:
    """What the law of the place says: its clauses, parts that are not held, silence, or that none is known."""
    consequences: list[Consequence] = []
    for cited in law.clauses:
        consequences.append(
            Consequence("coverage.follows.clause", {"statement": cited.clause.statement.of(locale)}, cited)
        )
        if cited.clause.effect in REMARKS:
            consequences.append(Consequence(REMARKS[cited.clause.effect]))
    if not law.clauses and law.local:
        names = ("、" if locale != "en" else ", ").join(
            book.instrument.short.of(locale) for book in law.local
        )
        consequences.append(
            Consequence(
                "coverage.follows.silent_part" if law.unread else "coverage.follows.silent", {"books": names}
            )
        )
    if not law.clauses and not law.local and not law.not_held:
        consequences.append(Consequence("coverage.follows.no_rulebook"))
    for book, part in () if law.clauses else law.not_held:
        params = {"book": book.instrument.short.of(locale), "articles": part.articles}
        consequences.append(
            Consequence("coverage.follows.not_held", params | {"reason": part.reason.of(locale)})
        )
    return consequences


def rests_on(run: Mapping[str, Any]) -> list[Sentence]:
    """Model and assumptions, with their figures."""
    summary = run["summary"]
    sentences: list[Sentence] = [
        ("coverage.rests.model", {"model": run["model"], "epsg": summary["epsg"]}),
        ("coverage.rests.reach", {"reach_m": f"{run['parameters']['reach_m']:g}"}),
        (
            "coverage.rests.assumed",
            {"used": summary["zones_used"], "assumed": summary["zones_assumed_reach"]},
        ),
        ("coverage.rests.drawn", {"drawn": summary["zones_as_drawn"]}),
        ("coverage.rests.not_stated", {"count": summary["zones_not_stated"]}),
        ("coverage.rests.register", {}),
    ]
    if not summary["total"]["inhabited"]:
        sentences.append(("coverage.rests.no_people", {}))
    if ground := summary.get("surface"):
        share = 100 * ground["reached_m2"] / ground["total_m2"] if ground["total_m2"] else 0.0
        sentences.append(("coverage.rests.surface", {"share": f"{share:.1f}", "cell_m": ground["cell_m"]}))
    sentences += _people_basis(summary.get("people_basis"))
    if summary.get("key_areas"):
        sentences.append(("coverage.rests.key_areas", dict(summary["key_areas"]["list"])))
    if summary["people_from_five"]:
        sentences.append(("coverage.rests.people_from_five", {}))
    if summary["left_out"] is None:
        sentences.append(("coverage.rests.left_out_few", {}))
    elif summary["left_out"]:
        sentences.append(("coverage.rests.left_out", {"count": summary["left_out"]}))
    return sentences


def rests_in_words(run: Mapping[str, Any], locale: str) -> list[str]:
    """Model and assumptions in the reader's language."""
    return [words.say(locale, key, **params) for key, params in rests_on(run)]


def in_words(run: Mapping[str, Any], law: Speaking, locale: str) -> list[str]:
    """What follows from a run and what it rests on, a sentence each."""
    follow = [item.plain(locale) for item in follows(run["summary"], law, locale)]
    return [*follow, *rests_in_words(run, locale)]


def _people_basis(basis: Mapping[str, Any] | None) -> list[Sentence]:
    """Which sets of inhabited places were counted, and how many were not."""
    if basis is None:
        return []
    sentences: list[Sentence] = []
    for source in dict.fromkeys(item["source"] for item in basis["sets"]):
        of_source = [item for item in basis["sets"] if item["source"] == source]
        many = len(of_source) > 1
        key = f"coverage.rests.people_{'many' if many else 'one'}{'' if source else '_unnamed'}"
        params: dict[str, Any] = {"places": sum(item["places"] for item in of_source)}
        params |= {"areas": len(of_source)} if many else {"area": of_source[0]["area"]}
        sentences.append((key, params | ({"source": source} if source else {})))
    above = sorted({item["area"] for item in basis["sets"] if item["above"]})
    sentences += [("demand.basis.above", {"area": area_code}) for area_code in above]
    if basis["aside"]:
        sentences.append(("demand.basis.aside", {"count": basis["aside"]}))
    if basis["other"]:
        sentences.append(("coverage.rests.people_other", {"count": basis["other"]}))
    return sentences
