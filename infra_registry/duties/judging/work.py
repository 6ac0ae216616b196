"""Duties as jobs: the whole projection on request and each night, what was marked each minute and after a write."""

from infra_registry import jobs
from infra_registry.access import SERVICE
from infra_registry.areas.ground_store import day_began
from infra_registry.db import Database
from infra_registry.duties.answers import ledger
from infra_registry.duties.inforce import loading
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import projection, projection_store
from infra_registry.duties.judging.projection import Tally

TIMEOUT_MS = 120_000
MARKS = 5000


@jobs.task(loading.REBUILD)
def rebuild(run: jobs.Run, *, books: list[str] | None = None, city_id: int | None = None) -> dict[str, int]:
    """Rebuild a few thousand subjects at a time, so that nobody waits long for the projection."""
    return counts(rebuild_in_steps(run.database, books=books, city_id=city_id, progress=run.progress))


def rebuild_in_steps(
    database: Database,
    *,
    books: list[str] | None = None,
    city_id: int | None = None,
    progress: projection.Progress = projection.silent,
) -> Tally:
    """Compute everything, some rulebooks' rows or one city's subjects; commit after each few thousand subjects."""
    with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        projection_store.lock(connection)
        in_force = law(connection)
        tally = Tally(removed=projection_store.forget(connection, [book.key for book in in_force.books]))
        todo = list(projection.steps(connection, in_force, books=books, city_id=city_id))
    judges = projection.judges_of(in_force, books)
    total, done = sum(len(step.ids) for step in todo), 0
    for step in todo:
        with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
            projection_store.lock(connection)
            if (
                now := law(connection)
            ) is not in_force:  # approved since: what is old law is never written over new
                in_force, judges = now, projection.judges_of(now, books)
            tally += projection.compute(connection, judges, step)
        done += len(step.ids)
        progress(done, total)
    return tally


def counts(tally: Tally) -> dict[str, int]:
    """A tally as JSON values, the result of a job."""
    return {name: getattr(tally, name) for name in Tally.__dataclass_fields__}


def catch_up(database: Database, *, most_steps: int = 200) -> Tally:
    """Compute what was marked, in short transactions, until nothing is; called each minute and after a write."""
    tally = Tally()
    for _ in range(most_steps):
        with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
            projection_store.lock(connection)  # first, so that the law is that of the moment of writing
            step = projection.catch_up(connection, law(connection), most=MARKS)
        if step is None:
            break
        tally += step
    return tally


@jobs.periodic("duties.catch_up", "* * * * *")
def each_minute(database: Database) -> None:
    """Compute the subjects marked by writes since the last run."""
    catch_up(database)


@jobs.periodic("duties.daily", "5 * * * *")
def each_night(database: Database) -> None:
    """In the hour after an area's midnight: terms, lists and clauses begin and end with the day there."""
    with database.use_case(SERVICE) as connection:
        if not day_began(connection):
            return
    rebuild_in_steps(database)
    with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        ledger.rebuild(connection)  # a request turns into "no answer" on the day the area's own target passes
