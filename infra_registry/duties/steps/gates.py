"""Gates on the life of assets and works: the steps a clause lets nobody take before something is shown.

A gate is shut when its clause binds, is in force and orders or forbids, and its fulfilment fails or is not shown. It is
open, and at most told, when the clause does not bind (or whether it does is not shown), lies in a draft, encourages,
applies by reference only, or was not yet in force when the thing was done. A shut gate stops the lawful step, never
the record of a fact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.assets.kinds import Status
from infra_registry.db.connection import acting_as
from infra_registry.duties.inforce.law import Law, cite
from infra_registry.duties.judging import asking
from infra_registry.duties.judging.facts import COMING, SubjectFacts
from infra_registry.duties.steps import gates_store
from infra_registry.errors import Conflict
from infra_registry.rules.engine import GUIDANCE, Duty, DutySubject, Kept, Standing, Truth, ask, truth
from infra_registry.rules.facts import ACTS, FACTS
from infra_registry.rules.model import BINDING, Action, Check, Force, Rulebook, SubjectKind, Text

# What a move of status does. Giving up a plan takes nothing away, and idling changes nothing that stands.
MOVES: Mapping[Status, Action] = {
    Status.BUILDING: Action.BUILD,
    Status.ACCEPTED: Action.ACCEPT,
    Status.IN_USE: Action.PUT_IN_USE,
    Status.RETIRED: Action.REMOVE,
}
ACT_GATES: Mapping[str, Action] = {"started": Action.BUILD, "accepted": Action.ACCEPT}
# What works did when the thing was first made says nothing about the works that change or remove it.
CHANGING = frozenset({Action.REMOVE, Action.RELOCATE, Action.ALTER})
_OF_WORKS = frozenset(
    name for name, spec in FACTS.items() if {SubjectKind.ASSET, SubjectKind.PROJECT} <= spec.subjects
) - {"funding"}
_FROM_WORKS = (
    *ACTS,
    "work_kind",
    "works_by_other",
    "works_funding",
    "setting",
    "builds",
    "starts_on",
    "accepted_on",
)


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate of a step: the duty behind it, whether it is shut, and the facts that are missing or fail."""

    action: Action
    duty: Duty
    shut: bool
    missing: tuple[str, ...]

    @property
    def book(self) -> Rulebook:
        """The rulebook."""
        return self.duty.book

    @property
    def clause(self) -> Any:
        """The clause."""
        return self.duty.clause

    @property
    def name(self) -> str:
        """Key of the gate as stored with a fact recorded past it: book/clause."""
        return f"{self.duty.book.key}/{self.duty.clause.key}"

    @property
    def citation(self) -> Text:
        """Instrument and article."""
        return Text(*(cite(self.duty.book, self.duty.clause, locale) for locale in words.LOCALES))

    @property
    def remedy(self) -> Text:
        """What opens the gate, in words; a general sentence where the clause states none."""
        return self.duty.clause.remedy or Text(
            *(words.say(locale, "gate.remedy") for locale in words.LOCALES)
        )

    @property
    def lacking(self) -> Text:
        """The missing facts in words."""
        return Text(
            *(
                words.say(locale, "gate.and").join(words.say(locale, f"fact.{name}") for name in self.missing)
                for locale in words.LOCALES
            )
        )


def check(
    connection: Connection, law: Law, action: Action, *, asset: str = "", project: str = "", on: date
) -> tuple[Gate, ...]:
    """The shut gates of a step on a day; empty when it may be taken. NotFound when there is no such subject."""
    every = gates(connection, law, action, asset=asset, project=project, on=on)
    return tuple(gate for gate in every if gate.shut)


def gates(
    connection: Connection, law: Law, action: Action, *, asset: str = "", project: str = "", on: date
) -> tuple[Gate, ...]:
    """Every gate of a step that is not plainly open: shut ones, and those that are only told.

    With ``asset`` and ``project`` both, the asset is judged with what those works show.
    """
    with acting_as(connection, SERVICE):
        plant = asking.load(connection, SubjectKind.ASSET, asset, on) if asset else None
        behind = project or (gates_store.works_of(connection, plant.id) or "" if plant else "")
        works = asking.load(connection, SubjectKind.PROJECT, behind, on) if behind else None
    subjects = [] if plant is None else [_asset(plant, works, action, on, named=bool(project))]
    if works is not None and (plant is None or action is Action.BUILD):
        subjects.append(_assuming(works.subject, {"starts_on": on} if action is Action.BUILD else {}))
    return tuple(gate for subject in subjects for gate in _of(law, subject, action, on))


def refuse(shut: Sequence[Gate]) -> None:
    """Raise Conflict ``gate.shut`` with citation, missing evidence and remedy of the shut gates, if there are any."""
    if not shut:
        return

    def joined(texts: Sequence[Text]) -> Text:
        return Text(*(_each(texts, locale, words.say(locale, "gate.and")) for locale in words.LOCALES))

    raise Conflict(
        "gate.shut",
        citation=joined([gate.citation for gate in shut]),
        missing=joined([gate.lacking for gate in shut]),
        # whole sentences: in Chinese nothing stands between them
        remedy=Text(
            *(
                _each([g.remedy for g in shut], language, " " if language == "en" else "")
                for language in words.LOCALES
            )
        ),
        gates=tuple(shut),
    )


def _each(texts: Sequence[Text], locale: str, separator: str) -> str:
    return separator.join(dict.fromkeys(text.of(locale) for text in texts))


def _asset(
    plant: SubjectFacts, works: SubjectFacts | None, action: Action, on: date, *, named: bool
) -> DutySubject:
    """The asset as the step would find it: with the works of the step, used from this day if it never was."""
    facts = {**plant.subject.facts, "step": action.value}
    status = facts.get("status")
    if action in CHANGING:
        making = works is None or (not named and works.subject.facts.get("work_kind") == "new")
        for name in _FROM_WORKS:
            facts.pop(name, None)
        facts["has_works"] = not making
        if works is not None and not making:
            facts |= _of_works(plant, works)
        return replace(plant.subject, facts=facts)
    if works is not None:
        facts |= _of_works(plant, works) | {"has_works": True}
    if action is Action.PUT_IN_USE:
        facts.setdefault("in_use_on", on)
        if status in COMING:  # what is still being built is finished today at the earliest
            facts.setdefault("has_works", True)
            facts.setdefault("built_on", on)
    return replace(plant.subject, facts=facts)


def _of_works(plant: SubjectFacts, works: SubjectFacts) -> dict[str, Any]:
    facts = {name: value for name, value in works.subject.facts.items() if name in _OF_WORKS}
    own = {plant.holders.owner, plant.holders.operator} - {None}
    if works.holders.builder is not None and own:
        facts["works_by_other"] = works.holders.builder not in own
    return facts


def _assuming(subject: DutySubject, assumed: Mapping[str, Any]) -> DutySubject:
    return replace(subject, facts={**assumed, **subject.facts})


def _of(law: Law, subject: DutySubject, action: Action, on: date) -> Iterator[Gate]:
    for duty in ask(law.books, subject, on).duties:
        if action not in duty.clause.gate or duty.kept is Kept.KEPT or duty.standing is Standing.EXEMPT:
            continue
        yield Gate(action, duty, _shuts(duty), _missing(duty, subject))


def _shuts(duty: Duty) -> bool:
    instrument = duty.book.instrument
    return (
        duty.standing is Standing.BINDS
        and duty.kept in (Kept.BROKEN, Kept.NOT_SHOWN)
        and duty.clause.modality in BINDING
        and instrument.force is Force.IN_FORCE
        and instrument.kind not in GUIDANCE
        and not duty.by_reference
    )


def _missing(duty: Duty, subject: DutySubject) -> tuple[str, ...]:
    """Facts nobody has shown; where all are known, those that speak against it."""
    if duty.missing:
        return duty.missing
    kept = duty.clause.kept_when
    return tuple(dict.fromkeys(_against(kept, subject))) if kept is not None else ()


def _against(test: Check, subject: DutySubject) -> Iterator[str]:
    if truth(test, subject.facts) is Truth.HOLDS:
        return
    if test.fact:
        yield test.fact
    for part in test.parts:
        yield from (_named(part) if test.op == "not" else _against(part, subject))


def _named(test: Check) -> Iterator[str]:
    if test.fact:
        yield test.fact
    for part in test.parts:
        yield from _named(part)


def unshown(
    connection: Connection, law: Law, *, city: str = "", page: int = 1, limit: int = 50
) -> tuple[list[gates_store.Unshown], int]:
    """Facts recorded although a gate was shut, and plant in use whose gate is not shown to be open; with their number.

    Only what the reader sees whole. What has been shown since is no longer listed.
    """
    in_use = [
        f"{book.key}/{clause.key}"
        for book in law.books
        for clause in book.clauses
        if Action.PUT_IN_USE in clause.gate and clause.modality in BINDING
    ]
    return gates_store.unshown(connection, in_use, city, (page - 1) * limit, limit)
