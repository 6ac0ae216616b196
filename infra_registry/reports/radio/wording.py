"""A radio run in words, for files: operators, technologies, what counts as a gap, what the result rests on, sites."""

from collections.abc import Mapping
from typing import Any

from infra_registry import words
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import threshold_of
from infra_registry.coverage.remedies import sentences
from infra_registry.words import say

ANY, ENGLISH = "any", "en"
CLASSES = (5, 4, 3, 2, 1, 0)

REFUSED = {
    "binds": "radio_page.refused_obliged",
    "conditions_not_shown": "radio_page.refused_conditional",
    "scope_not_shown": "radio_page.refused_conditional",
}


def named(row: Mapping[str, Any], name: str, locale: str) -> str | None:
    """A column in the reader's language: ``name_en`` in English where there is one."""
    return words.name_of(row, locale, name) or None


def operator(row: Mapping[str, Any], locale: str) -> str:
    """An operator of a layer: a party, what somebody wrote, not stated, or any."""
    key = str(row["operator"])
    if key == ANY:
        return say(locale, "radio_page.any_operator")
    if key == "not_stated":
        return say(locale, "radio_page.operator_not_stated")
    if key.startswith("stated:"):
        return say(locale, "radio_page.operator_stated", name=key.removeprefix("stated:"))
    return named(row, "operator_name", locale) or key


def technology(key: str, locale: str) -> str:
    """A technology of cells, or any."""
    return say(locale, "radio_page.any_technology" if key == ANY else f"choice.technology.{key}")


def layer(row: Mapping[str, Any], locale: str) -> str:
    """Operator and technology of a layer."""
    return f"{operator(row, locale)} · {technology(row['technology'], locale)}"


def lacking(row: Mapping[str, Any], locale: str) -> str:
    """Whose signal a gap lacks: where layers are united, all of them lack."""
    whose = say(locale, "radio_page.every_operator") if row["operator"] == ANY else operator(row, locale)
    which = row["technology"]
    said = say(locale, "radio_page.every_technology") if which == ANY else technology(which, locale)
    return f"{whose} · {said}"


def threshold(written: str, locale: str) -> str:
    """What counts as a gap."""
    found = threshold_of(written)
    if found.kind == "class":
        word = say(locale, f"radio_page.class.{int(found.value)}")
        return say(locale, "radio_page.threshold.class", word=word)
    return say(locale, f"radio_page.threshold.{found.kind}", value=f"{found.value:g}")


def signal_class(number: int, locale: str, *, technology_key: str | None = None) -> str:
    """A class in a word; with the levels it stands for when they may be told (``technology_key``)."""
    word = say(locale, f"radio_page.class.{number}")
    known = radio().technologies.get(technology_key or "")
    if known is None:
        return word
    steps = known.classes_dbm
    if number == 0:
        levels = f"< {steps[0]:g}"
    elif number == len(steps):
        levels = f"≥ {steps[-1]:g}"
    else:
        levels = f"{steps[number - 1]:g} … {steps[number]:g}"
    return say(locale, "radio_doc.class_levels", word=word, levels=levels)


def rests_on(summary: Mapping[str, Any], locale: str) -> list[str]:
    """What the result rests on: model, defaults used, population, what was not counted, that it is a lead."""
    said = [say(locale, one["key"], **one["params"]) for one in summary["assumptions"]]
    said.append(_defaults(summary, locale))
    said += [say(locale, one["key"], **one["params"]) for one in summary["people"]["basis"]]
    said += _left_out(summary, locale)
    return [*said, say(locale, "radio_page.a_lead")]


def site(row: Mapping[str, Any], locale: str) -> str:
    """What a remedy stands on: the host's name, works, a new site; a host this reader may not see is said to be one."""
    if row["asset"]:
        return named(row, "asset_name", locale) or str(row["asset"])
    if row["project"]:
        return named(row, "project_name", locale) or str(row["project"])
    hidden = row["candidate_kind"] == "host"
    return say(locale, "radio_page.host_not_shown" if hidden else "remedy.kind.new_site")


def kind(row: Mapping[str, Any], locale: str) -> str:
    """What kind of site a remedy is."""
    return say(
        locale, f"kind.{row['asset_kind']}" if row["asset"] else f"remedy.kind.{row['candidate_kind']}"
    )


def standing(row: Mapping[str, Any], locale: str) -> str:
    """Opening state, the clause that asks for it and whether it binds, free units; what is known of them."""
    said = []
    if row["opening_state"]:
        said.append(say(locale, f"opening.state.{row['opening_state']}"))
    if row["duty"]:
        cited = row["duty"]["citation"]["en" if locale == ENGLISH else "zh"]
        stands = say(locale, f"law.standing.{row['duty']['standing']}")
        said.append(say(locale, "radio_doc.duty", cited=cited, standing=stands))
    if row["candidate_kind"] == "host":
        free = row["free_units"]
        said.append(
            say(locale, "remedy.free.unknown")
            if free is None
            else say(locale, "remedy.free.places", count=free)
        )
    return say(locale, "radio_doc.joint").join(said)


def barred(row: Mapping[str, Any], locale: str) -> str | None:
    """That somebody keeps a host closed, in words: an obliged one that refused, or an exclusive agreement."""
    key = barred_by(row)
    return None if key is None else say(locale, key)


def barred_by(row: Mapping[str, Any]) -> str | None:
    """The same as a key of the catalogue: what the law asks of a host that refused, or an exclusive agreement."""
    keys = {one["key"] for one in row["obstacles"]}
    if "refused" in keys:
        return REFUSED.get(row["duty"]["standing"] if row["duty"] else "", "radio_page.refused")
    return "radio_page.exclusive" if "exclusive" in keys else None


def in_the_way(row: Mapping[str, Any], locale: str) -> str:
    """What stands in the way of a remedy and what would lift it, sentence by sentence."""
    said = [barred(row, locale)]
    for one in row["obstacles"]:
        said += [sentences.obstacle(one, locale), sentences.lifting(one, locale)]
    found = [sentence for sentence in said if sentence]
    gap = " " if locale == ENGLISH else ""
    return gap.join(found) or say(locale, "radio_page.nothing_in_the_way")


def aim(chosen: Mapping[str, Any], locale: str) -> str:
    """What a set was asked to do."""
    wanted = chosen["wanted"]
    told = {"count": f"{wanted:.0f}"} if chosen["aim"] == "budget" else {"share": f"{100 * wanted:g}"}
    return say(locale, f"remedy.set.{chosen['aim']}", **told)


def method(written: str, locale: str) -> str:
    """What proved the bound of a set."""
    key = "radio_page.method." + written.partition("@")[0].replace("+", "_")
    return say(locale, key if words.has(key) else "radio_page.method.other")


def people(value: float | None, locale: str, *, internal: bool) -> str | int:
    """People of a gap: a number, or why there is none."""
    if value is None:
        return say(locale, "radio_page.people_unknown" if internal else "radio_page.people_few")
    return round(value)


def _defaults(summary: Mapping[str, Any], locale: str) -> str:
    counts = {"cells": f"{summary['cells']:,}", "defaulted": f"{summary['cells_defaulted']:,}"}
    said = say(locale, "radio_page.defaults_used", **counts)
    filled = [
        f"{say(locale, f'radio_page.default.{name}')} {count:,}"
        for name, count in summary["defaults"].items()
    ]
    if not filled:
        return said
    listed = say(locale, "radio_page.and").join(filled) + say(locale, "radio_page.stop")
    return f"{said}{' ' if locale == ENGLISH else ''}{say(locale, 'radio_page.defaults_list')}{listed}"


def _left_out(summary: Mapping[str, Any], locale: str) -> list[str]:
    said = []
    for name, count in summary["left_out"].items():
        key = name if "." in name else f"radio_page.left_out.{name}"
        if count == 0 or not words.has(key):
            continue
        number = say(locale, "radio_page.fewer_than", few=limits().few) if count is None else f"{count:,}"
        said.append(say(locale, "radio_page.left_out", what=say(locale, key), count=number))
    return said
