"""What the law asks of one subject, for its page: computed now, shown as far as the reader may see what it rests on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from infra_registry.access import SERVICE
from infra_registry.config import today
from infra_registry.db import Connection
from infra_registry.db.connection import acting_as
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import asking
from infra_registry.duties.judging.addressees import Addressed
from infra_registry.duties.judging.asking import Asked
from infra_registry.parties import store as parties
from infra_registry.publish.record import Record
from infra_registry.rules.engine import Duty, Judged, Kept, Standing
from infra_registry.rules.facts import ACTS, EVIDENCE
from infra_registry.rules.model import Check, NotHeld, Rulebook, SubjectKind
from web.duties import law_page
from web.site.context import locale

QUIET = (Standing.ENCOURAGED, Standing.DRAFT)
ORDER = (Kept.BROKEN, Kept.NOT_SHOWN, Kept.KEPT, Kept.UNTESTED)
KEEPER = 4  # standing of owner, operator and regulator
# The fields of an asset a fact is read from; a fact that is not here is a field of the same name.
FIELDS: dict[str, tuple[str, ...]] = {
    "security_filing": ("security_filing",),
    "login_stated": ("login_manner",),
    "responsible_stated": ("responsible",),
    "in_use_on": ("in_service_on",),
    "operators_count": ("operators",),
    "shared": ("operators",),
    "room_scarce": ("capacity",),
    "works_by_other": ("owner", "operator"),
}
OPEN = frozenset(
    {"kind", "status", "asked", "opened", "refused"}
)  # told by the asset's own line and the ledger
OF_WORKS = frozenset((*ACTS, "has_works", "work_kind", "setting", "builds", "plan_designates", "in_town",
    "works_funding", "starts_on", "accepted_on"))  # fmt: skip


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

    @property
    def quiet(self) -> bool:
        """Whether it stands among the rest: an encouragement, a draft, or nothing the register can judge."""
        return self.duty.standing in QUIET or (
            self.duty.kept is Kept.UNTESTED and self.duty.standing is not Standing.EXEMPT
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


def of_asset(connection: Connection, found: Record) -> Section:
    """The section of an asset's page. Who sees the place only roughly is told that, and nothing else."""
    if found.item.values["level"] != "exact":
        return Section((), (), (), "rough", today())
    return _section(
        connection, SubjectKind.ASSET, str(found.item.values["code"]), lambda fact: _sees(found, fact)
    )


def _section(connection: Connection, kind: SubjectKind, code: str, sees: Callable[[str], bool]) -> Section:
    held, day = law(connection), today()
    with acting_as(connection, SERVICE):
        asked = asking.of(connection, held, kind, code, day)
    names = {one.id: one.label(locale()) for one in parties.choices(connection)}
    shown = sorted((_shown(asked, duty, names, sees) for duty in asked.answer.duties), key=_rank)
    loud = tuple(one for one in shown if not one.quiet)
    return Section(
        loud, tuple(one for one in shown if one.quiet), asked.answer.not_held, _empty(asked, shown), day
    )


def _empty(asked: Asked, shown: list[Shown]) -> str:
    if shown:
        return ""
    if not asked.answer.in_force:
        return "no_book"
    return "not_held" if asked.answer.not_held else "silent"


def _rank(one: Shown) -> tuple[int, int, str, str]:
    duty = one.duty
    return ORDER.index(duty.kept), tuple(Standing).index(duty.standing), duty.book.key, duty.clause.key


def _shown(asked: Asked, duty: Duty, names: dict[int, str], sees: Callable[[str], bool]) -> Shown:
    to = asked.addressed(duty)
    may_name = sees("owner") and sees("operator") and sees("controller")
    party = names.get(to.party or 0, "") if may_name else ""
    parts = [tuple(_part(item, sees) for item in items) for items in (duty.conditions, duty.exceptions)]
    if not all(sees(fact) for fact in _judged_by(duty)):
        duty = replace(duty, kept=Kept.UNTESTED, missing=())
    return Shown(duty, parts[0], parts[1], to, party)


def _judged_by(duty: Duty) -> set[str]:
    """Fields of an asset that tell whether a duty is kept: saying so would tell them. Evidence and works are told."""
    clause = duty.clause
    facts = {
        *clause.evidence,
        *(fact for test in (clause.kept_when, clause.broken_when) if test for fact in _facts(test)),
    }
    return facts - OPEN - OF_WORKS - set(EVIDENCE)


def _part(item: Judged, sees: Callable[[str], bool]) -> Part:
    may = all(sees(fact) for fact in _facts(item.condition.test))
    return Part(item.condition.text.of(locale()), item.truth.value if may else None)


def _facts(test: Check) -> Iterator[str]:
    if test.fact:
        yield test.fact
    for part in test.parts:
        yield from _facts(part)


def _sees(found: Record, fact: str) -> bool:
    """Whether the reader of an asset's page sees what a fact is read from."""
    if fact in OPEN or found.item.standing >= KEEPER:
        return True
    if fact in EVIDENCE or fact in OF_WORKS:
        return False
    return all(found.may_see(name) for name in FIELDS.get(fact, (fact,)))
