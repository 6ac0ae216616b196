"""What the law asks of one subject, for its page: computed now, shown as far as the reader may see what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from infra_registry.areas.ground_store import day_of
from infra_registry.db import Connection
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import asking
from infra_registry.duties.judging.addressees import Addressed
from infra_registry.duties.judging.asking import SubjectAnswer
from infra_registry.parties import store as parties
from infra_registry.publish.record import Record
from infra_registry.rules.engine import Duty, Judged, Kept, Standing
from infra_registry.rules.masking import Sight
from infra_registry.rules.model import NotHeld, Rulebook
from web.duties import law_page
from web.site.context import locale

QUIET = (Standing.ENCOURAGED, Standing.DRAFT)
ORDER = (Kept.BROKEN, Kept.NOT_SHOWN, Kept.KEPT, Kept.UNTESTED)


@dataclass(frozen=True, slots=True)
class Part:
    """A condition or exception with its value; ``truth`` None: it rests on what is not open to this reader."""

    text: str
    truth: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One duty as the page shows it."""

    duty: Duty
    conditions: tuple[Part, ...]
    exceptions: tuple[Part, ...]
    addressed: Addressed
    party: str
    closed: bool  # it rests on a field that is not shown: neither standing nor kept is told

    @property
    def quiet(self) -> bool:
        """Whether it stands among the rest: closed, an encouragement, a draft, or what nothing can judge."""
        return (
            self.closed
            or self.duty.standing in QUIET
            or (self.duty.kept is Kept.UNTESTED and self.duty.standing is not Standing.EXEMPT)
        )


@dataclass(frozen=True, slots=True)
class Section:
    """The duties of a subject: those to look at, the rest, parts of the law not held, and why there are none."""

    duties: tuple[Shown, ...]
    rest: tuple[Shown, ...]
    not_held: tuple[tuple[Rulebook, NotHeld], ...]
    empty: str  # "", "silent", "not_held", "no_book", "rough"
    on: date
    words: Mapping[str, Any] = field(default_factory=lambda: law_page.WORDING)


def of_asset(connection: Connection, record: Record) -> Section:
    """The section of an asset's page; empty with ``rough`` for a reader who does not see the exact place."""
    day = day_of(connection, record.city_id)
    if record.item.values["level"] != "exact":
        return Section((), (), (), "rough", day)
    rulebooks, sight = law(connection), record.sight
    judged = asking.answer_for_reader(connection, rulebooks, str(record.item.values["code"]), day, sight)
    names = {party.id: party.label(locale()) for party in parties.choices(connection)}
    shown = sorted((_shown(judged, duty, names, sight) for duty in judged.answer.duties), key=_rank)
    loud, rest = (tuple(row for row in shown if row.quiet is quiet) for quiet in (False, True))
    return Section(loud, rest, judged.answer.not_held, _empty(judged, shown), day)


def _empty(judged: SubjectAnswer, shown: list[Shown]) -> str:
    if shown:
        return ""
    if not judged.answer.in_force:
        return "no_book"
    return "not_held" if judged.answer.not_held else "silent"


def _rank(shown: Shown) -> tuple[int, int, str, str]:
    duty = shown.duty
    return ORDER.index(duty.kept), tuple(Standing).index(duty.standing), duty.book.key, duty.clause.key


def _shown(judged: SubjectAnswer, duty: Duty, names: dict[int, str], sight: Sight) -> Shown:
    to = judged.addressed(duty)
    parts = [tuple(_part(item, sight) for item in items) for items in (duty.conditions, duty.exceptions)]
    closed = not sight.clause(duty.clause)
    if closed:
        duty = replace(duty, kept=Kept.UNTESTED, missing=())
    return Shown(duty, parts[0], parts[1], to, names.get(to.party or 0, ""), closed)


def _part(item: Judged, sight: Sight) -> Part:
    truth = item.truth.value if sight.test(item.condition.test) else None
    return Part(item.condition.text.of(locale()), truth)
