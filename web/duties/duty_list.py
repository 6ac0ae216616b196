"""What the lists of duties and of openings take from their addresses and offer back: filters, chips, counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from infra_registry.areas import store as areas
from infra_registry.assets.kind_fields import VENUES
from infra_registry.db import Connection
from infra_registry.duties.answers import ledger_query
from infra_registry.duties.inforce.law import Law, article_words
from infra_registry.duties.judging import current_store
from infra_registry.duties.judging.current_store import DutyFilter
from infra_registry.errors import NotFound
from infra_registry.publish.state_layers import STATES
from infra_registry.rules.codes import Effect, Modality, SubjectKind
from infra_registry.rules.engine import Kept, Standing
from infra_registry.rules.facts import KINDS
from web.site.context import address, current_actor, locale, t
from web.site.frame import asked_area

MOST_TEXT = 100
GROUNDS = ("safety", "environment", "landscape", "normal_use", "state_security", "secrecy")
# Filters of the list of duties, by the name in the address.
PLAIN = ("district", "clause", "party", "code")
CHOICES: dict[str, tuple[str, ...]] = {
    "effect": tuple(Effect),
    "modality": tuple(Modality),
    "standing": tuple(Standing),
    "kept": tuple(Kept),
    "subject": tuple(SubjectKind),
    "kind": KINDS,
}
STANDINGS = tuple(word for word in Standing if word is not Standing.NOT_BOUND)
OPENING_FILTERS = tuple(
    name for name in ledger_query.PARAMETERS if name not in ("sort", "page", "waiting", "unasked")
)


@dataclass(frozen=True, slots=True)
class Names:
    """What codes in filters are called: cities, districts of the chosen one, the law."""

    law: Law
    cities: Sequence[tuple[str, str]]
    districts: Sequence[tuple[str, str]]

    def area(self, code: str) -> str:
        """The name of a city or district."""
        return dict((*self.cities, *self.districts)).get(code, code)

    def book(self, key: str) -> str:
        """The short name of a rulebook; its key where it is no longer in force."""
        try:
            return self.law.book(key).instrument.short.of(locale())
        except NotFound:
            return key

    @staticmethod
    def short_ground(key: str) -> str:
        """A ground of a refusal in short: grounds are named alike in every city."""
        return t(f"duty_pages.ground.{key}") if key in GROUNDS else key

    def clause(self, book: str, key: str) -> str:
        """Article of a clause."""
        try:
            clause = self.law.clause(book, key)
        except NotFound:
            return key
        return article_words(clause.article, clause.paragraph, locale())

    def clauses(self, book: str) -> list[tuple[str, str]]:
        """Clauses of a rulebook that are asked of something, with article and title."""
        gap = " " if locale() == "en" else "　"
        return [
            (clause.key, self.clause(book, clause.key) + gap + clause.title.of(locale()))
            for rulebook in self.law.books
            if rulebook.key == book
            for clause in rulebook.clauses
            if clause.subject
        ]


def names(connection: Connection, law: Law, city: str) -> Names:
    """Names for the filters of a list."""
    chosen = areas.find(connection, city) if city else None
    cities = areas.listed(connection, level="city")
    districts = areas.listed(connection, parent_id=chosen.id, level="district") if chosen else []
    called = ([(area.code, area.called(locale())) for area in listed] for listed in (cities, districts))
    return Names(law, *called)


def duty_filter(args: MultiDict[str, str]) -> DutyFilter:
    """The filter of the list of duties; values nobody offers are left out."""
    listed: dict[str, Any] = {name: _listed(args, name, allowed) for name, allowed in CHOICES.items()}
    plain = {name: args.get(name, "").strip()[:MOST_TEXT] for name in PLAIN}
    city = asked_area()[:MOST_TEXT]
    books = tuple(key[:MOST_TEXT] for part in args.getlist("book") for key in part.split(",") if key)
    return DutyFilter(city=city, **plain, **listed, book=books, words=args.get("q", "").strip()[:MOST_TEXT])


def _listed(args: MultiDict[str, str], name: str, allowed: Sequence[str]) -> tuple[str, ...]:
    sent = [value for part in args.getlist(name) for value in part.split(",")]
    return tuple(str(value) for value in allowed if value in sent)


def duty_order(args: MultiDict[str, str]) -> str:
    """The order asked for; what cannot be kept first otherwise."""
    order = args.get("sort", "")
    return order if order in current_store.ORDERS else "standing"


def opening_parameters(args: MultiDict[str, str]) -> dict[str, str]:
    """Parameters of the ledger: lists joined by commas; who belongs to no organisation has nothing to ask for."""
    sent = {name: ",".join(filter(None, args.getlist(name))) for name in ledger_query.PARAMETERS}
    raw = {name: value for name, value in (sent | {"area": asked_area()}).items() if value}
    if raw.get("unasked") and current_actor().party_id == 0:
        del raw["unasked"]
    return raw


def duty_raw(filters: DutyFilter) -> dict[str, Any]:
    """A filter as parameters."""
    values = {name: getattr(filters, name) for name in (*PLAIN, *CHOICES, "book")}
    raw = {"area": filters.city, **values, "q": filters.words}
    return {name: value for name, value in raw.items() if value}


def duty_chips(filters: DutyFilter, names: Names) -> list[tuple[str, str, str]]:
    """Filters in force: what is filtered, its value in words, the address without it."""
    raw = duty_raw(filters)
    listed = {name: (value,) if isinstance(value, str) else value for name, value in raw.items()}
    return _chips("/duties", raw, listed, names)


def opening_chips(raw: Mapping[str, str], names: Names) -> list[tuple[str, str, str]]:
    """Filters of the ledger of opening in force, as ``duty_chips`` has them."""
    listed = {
        name: tuple(filter(None, raw.get(name, "").split(",")))
        for name in (*OPENING_FILTERS, "waiting", "unasked")
    }
    return _chips("/duties/opening", raw, listed, names)


def _chips(
    path: str, raw: Mapping[str, Any], listed: Mapping[str, Sequence[str]], names: Names
) -> list[tuple[str, str, str]]:
    chips = []
    for name, values in listed.items():
        for item in values:
            changes: dict[str, Any] = {name: [other for other in values if other != item], "page": None}
            if name == "area":
                changes["district"] = None
            word = _word(name, item, raw, names)
            chips.append((t(f"duty_pages.filter.{name}"), word, address(path, raw, **changes)))
    return chips


def _word(name: str, value: str, raw: Mapping[str, Any], names: Names) -> str:
    if name in ("area", "district"):
        return names.area(value)
    if name in ("book", "rulebook"):
        return names.book(value)
    if name == "clause":
        return names.clause(raw.get("rulebook") or next(iter(raw.get("book") or ()), ""), value)
    if name == "ground":
        return names.short_ground(value)
    return t("value.true") if name in ("waiting", "unasked") else choice_word(name, value)


def choice_word(name: str, value: str) -> str:
    """A value of a filter in words."""
    prefixes = {
        "effect": "duty.effect.",
        "modality": "law.modality.",
        "standing": "law.standing.",
        "kept": "law.kept.",
        "subject": "duty.subject.",
        "kind": "kind.",
        "state": "opening.state.",
        "venue": "choice.venue.",
    }
    return t(prefixes[name] + value) if name in prefixes else value


def duty_choices() -> dict[str, list[tuple[str, str]]]:
    """Values of each filter of the list of duties with their words, for a select."""
    offered = CHOICES | {"standing": STANDINGS}
    return {name: [(value, choice_word(name, value)) for value in values] for name, values in offered.items()}


def opening_choices() -> dict[str, list[tuple[str, str]]]:
    """Values of each filter of the ledger of opening with their words, for a select."""
    return {
        "state": [(value, choice_word("state", value)) for value in STATES["openings"]],
        "ground": [(value, Names.short_ground(value)) for value in GROUNDS],
        "venue": [(value, choice_word("venue", value)) for value in VENUES],
    }


def counted(connection: Connection, filters: DutyFilter) -> dict[str, list[tuple[str, int, str]]]:
    """Counts beside the list: by whether kept and by standing, each with the address of its list."""
    raw, groups = duty_raw(filters), {}
    for name, order in (("kept", ("broken", "not_shown", "kept", "untested")), ("standing", STANDINGS)):
        without: dict[str, Any] = {name: ()}
        counts = current_store.counts(connection, replace(filters, **without), name)
        groups[name] = [
            (str(value), counts[value], address("/duties", raw, **{name: value}))
            for value in order
            if counts.get(value)
        ]
    return groups
