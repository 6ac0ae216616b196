"""The stored duties of a test's register, computed on the test's own connection by the steps of the product."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from infra_registry.duties.judging import projection, projection_store
from infra_registry.duties.judging.asking import Lawful
from infra_registry.duties.judging.projection import Progress, Tally, silent


def rebuild(
    connection: Connection,
    law: Lawful,
    *,
    books: Sequence[str] | None = None,
    city_id: int | None = None,
    on: date | None = None,
    progress: Progress = silent,
) -> Tally:
    """Compute everything, or the rows of some rulebooks, or the subjects of one city, in one transaction.

    The connection is that of the service. Rows of rulebooks that are no longer in force go.
    """
    judges = projection.judges_of(law, books, on)
    projection_store.lock(connection)
    gone = projection_store.forget(connection, [book.key for book in law.books])
    todo = list(projection.steps(connection, law, books=books, city_id=city_id))
    total, done, tally = sum(len(step.ids) for step in todo), 0, Tally(removed=gone)
    for step in todo:
        tally += projection.compute(connection, judges, step)
        done += len(step.ids)
        progress(done, total)
    return tally
