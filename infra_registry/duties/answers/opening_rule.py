"""Which clause asks for the opening of an asset on a day: its grounds of refusal and its exceptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.db.connection import acting_as
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.judging import facts, projection_store
from infra_registry.duties.judging.projection import judges_of
from infra_registry.rules.engine import EVERYWHERE, Duty, DutySubject, Standing, Truth, ask, truth
from infra_registry.rules.masking import Sight
from infra_registry.rules.model import BINDING, Effect

_ORDER = (
    Standing.BINDS,
    Standing.CONDITIONS_NOT_SHOWN,
    Standing.NOT_BOUND,  # a condition is shown not to hold: just what a refusal may rest on
    Standing.EXEMPT,
    Standing.SCOPE_NOT_SHOWN,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """The opening clause of a place. ``binding``: it is known to mean this asset, so a no is a refusal."""

    duty: Duty
    scope: Truth

    @property
    def book(self) -> str:
        """Key of the rulebook."""
        return self.duty.book.key

    @property
    def clause(self) -> str:
        """Key of the clause in it."""
        return self.duty.clause.key

    @property
    def digest(self) -> str:
        """Of the rulebook's file."""
        return self.duty.book.digest

    @property
    def binding(self) -> bool:
        """Whether a no is a refusal of a duty, and needs a ground."""
        return self.scope is Truth.HOLDS and not self.duty.by_reference

    @property
    def grounds(self) -> tuple[str, ...]:
        """Conditions of the clause: what a refusal may name. "Other" is never among them."""
        return tuple(condition.key for condition in self.duty.clause.conditions)

    @property
    def exceptions(self) -> tuple[str, ...]:
        """Exceptions of the clause: what an exemption may name; empty where the instrument states none."""
        return tuple(exception.key for exception in self.duty.clause.exceptions)


def rules(connection: Connection, law: Law, ids: Sequence[int], on: date) -> dict[int, Rule | None]:
    """The opening clause of each asset on a day; None where no instrument in force asks for opening."""
    with acting_as(connection, SERVICE):
        subjects = facts.of_assets(connection, list(dict.fromkeys(ids)), on)
    return {subject.id: rule_for(law, subject.subject, on) for subject in subjects}


def may_be_shown(connection: Connection, law: Law, asset_id: int, on: date, sight: Sight) -> bool:
    """Whether a reader may be told which clause asks for the opening of an asset, or that none does."""
    with acting_as(connection, SERVICE):
        asset = facts.of_assets(connection, [asset_id], on)[0]
    fields = judges_of(law).of(on).rests_on(asset)
    return all(sight.shows(field) for field in fields.split(",") if field)


def note(connection: Connection, law: Law, ids: Sequence[int], on: date) -> None:
    """Keep beside the openings of assets what they rest on, so that their readers are told at once."""
    judge = judges_of(law).of(on)
    with acting_as(connection, SERVICE):
        subjects = facts.of_assets(connection, list(dict.fromkeys(ids)), on)
        projection_store.follow_masks(
            connection, {subject.id: judge.rests_on(subject) for subject in subjects}
        )


def rule_for(law: Law, subject: DutySubject, on: date) -> Rule | None:
    """The opening clause of a subject: of the instrument nearest to it, the one that is surest to mean it."""
    candidates = [
        Rule(duty, scope)
        for duty in ask(law.books, subject, on, whole=True).duties
        if duty.clause.effect is Effect.OPEN
        and duty.clause.modality in BINDING
        and duty.standing is not Standing.DRAFT
        and (scope := _scope(duty, subject)) is not Truth.FAILS
    ]
    return min(candidates, key=_rank, default=None)


def _scope(duty: Duty, subject: DutySubject) -> Truth:
    return truth(duty.clause.when, subject.facts) if duty.clause.when else Truth.HOLDS


def _rank(rule: Rule) -> tuple[int, int, int, str]:
    areas = rule.duty.book.instrument.areas
    standing = _ORDER.index(rule.duty.standing) if rule.duty.standing in _ORDER else len(_ORDER)
    return int(rule.duty.by_reference), int(EVERYWHERE in areas), standing, rule.clause
