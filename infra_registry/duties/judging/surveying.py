"""What the law asks in an area on a day: every subject in it judged, counted by clause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from infra_registry.duties.judging import facts, reach_store
from infra_registry.duties.judging.asking import LOADERS, Lawful
from infra_registry.duties.judging.projection import CHUNK, Judge, Progress, silent
from infra_registry.rules.engine import Answer, Duty, Subject, ask
from infra_registry.rules.model import SubjectKind


@dataclass(slots=True)
class Counted:
    """A clause with how many subjects stand how to it; ``example`` is one of its duties."""

    example: Duty
    standings: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Survey:
    """What speaks in an area, what of it is not held, how many subjects were judged, and the clauses by citation."""

    law: Answer
    subjects: int
    clauses: dict[tuple[str, str], Counted]


def survey(
    connection: Connection, law: Lawful, area_id: int, on: date, *, progress: Progress = silent
) -> Survey:
    """Judge all that lies in an area on a day; on the product's own connection."""
    codes = facts.area_codes(connection, area_id)
    speaks = ask(law.books, Subject(SubjectKind.AREA, codes, {}), on)
    areas = reach_store.below(connection, area_id)
    judge, found, done = Judge(tuple(law.books), on), dict[tuple[str, str], Counted](), 0
    todo = [(kind, reach_store.lying_in(connection, kind, areas)) for kind in LOADERS]
    total = sum(len(ids) for _, ids in todo)
    for kind, ids in todo:
        for start in range(0, len(ids), CHUNK):
            _judge(connection, judge, kind, ids[start : start + CHUNK], found)
            done += len(ids[start : start + CHUNK])
            progress(done, total)
    order = [(book.key, clause.key) for book in law.books for clause in book.clauses]
    ordered = {citation: found[citation] for citation in order if citation in found}
    return Survey(Answer((), speaks.not_held, speaks.in_force), total, ordered)


def _judge(
    connection: Connection,
    judge: Judge,
    kind: SubjectKind,
    ids: Sequence[int],
    found: dict[tuple[str, str], Counted],
) -> None:
    for known in LOADERS[kind](connection, list(ids), judge.on):
        for duty in judge.duties(known):
            counted = found.setdefault(duty.citation, Counted(duty))
            counted.standings[duty.standing] += 1
            counted.kept[duty.kept] += 1
