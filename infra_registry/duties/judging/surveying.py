"""What the law asks in an area on a day: every subject in it judged, counted by clause."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import compress

from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.db.connection import acting_as
from infra_registry.duties.judging import reach_store
from infra_registry.duties.judging.area_law import area_codes
from infra_registry.duties.judging.asking import LOADERS, Lawful
from infra_registry.duties.judging.projection import CHUNK, Judge, Progress, silent
from infra_registry.rules.engine import Answer, Duty, DutySubject, ask
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
    connection: Connection,
    law: Lawful,
    area_id: int,
    on: date,
    *,
    whole: bool = True,
    progress: Progress = silent,
) -> Survey:
    """Judge all that lies in an area on a day; without ``whole`` only what the connection's reader is told of."""
    judge, clauses, done = Judge(tuple(law.books), on), dict[tuple[str, str], Counted](), 0
    with acting_as(connection, SERVICE):
        codes = area_codes(connection, area_id)
        areas = reach_store.below(connection, area_id)
        todo = [(kind, reach_store.lying_in(connection, kind, areas)) for kind in LOADERS]
    if not whole:
        todo = [(kind, list(compress(ids, reach_store.shown(connection, kind, ids)))) for kind, ids in todo]
    speaks = ask(law.books, DutySubject(SubjectKind.AREA, codes, {}), on)
    total = sum(len(ids) for _, ids in todo)
    for kind, ids in todo:
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            with acting_as(connection, SERVICE):
                subjects = LOADERS[kind](connection, chunk, on)
            duties = [(subject, duty) for subject in subjects for duty in judge.duties(subject)]
            if not whole:
                rest = [judge.rests_on(subject, duty) for subject, duty in duties]
                judged = [subject.id for subject, _ in duties]
                shown = reach_store.shown(connection, kind, judged, rest)
                duties = list(compress(duties, shown))
            for _, duty in duties:
                counted = clauses.setdefault(duty.citation, Counted(duty))
                counted.standings[duty.standing] += 1
                counted.kept[duty.kept] += 1
            done += len(chunk)
            progress(done, total)
    order = [(book.key, clause.key) for book in law.books for clause in book.clauses]
    ordered = {citation: clauses[citation] for citation in order if citation in clauses}
    return Survey(Answer((), speaks.not_held, speaks.in_force), total, ordered)
