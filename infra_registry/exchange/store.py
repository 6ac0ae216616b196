"""SQL of import batches, their staged rows and their findings."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, Float, and_, case, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import bindparam

from infra_registry.areas.tables import source
from infra_registry.errors import NotFound
from infra_registry.exchange.staged import Finding, Row
from infra_registry.exchange.tables import finding, import_batch, staged_row
from infra_registry.jobs.tables import job
from infra_registry.parties.tables import party

PAGE = 2000
# Columns of a staged row that are named as the attributes of ``Row``.
_STAGED = ("part", "target", "key", "values", "parent_key", "weak", "sent", "faulty", "outcome")


@dataclass(frozen=True, slots=True)
class Batch:
    """One import as its sender sees it; names and codes, and the inside ids the pipeline needs."""

    id: int
    code: str
    user_id: int | None
    party_id: int | None
    party_code: str | None
    party_name: str | None
    source_id: int | None
    source_title: str | None
    job_code: str | None
    file_name: str
    file_hash: str
    byte_count: int
    mapping: str
    mapping_digest: str | None
    declared_crs: str | None
    mode: str
    dry_run: bool
    state: str
    rows_read: int
    rows_staged: int
    rows_faulty: int
    rows_written: int
    received_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Moves:
    """What good rows of a batch move: how many, how many of them far, and the first ones by row and metres."""

    count: int
    far: int
    first: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many findings of one code a batch has."""

    severity: str
    code: str
    count: int


_OTHER = {
    "party_code": party.c.code.label("party_code"),
    "party_name": party.c.name.label("party_name"),
    "source_title": source.c.title.label("source_title"),
    "job_code": job.c.code.label("job_code"),
}
_COLUMNS: list[Any] = [_OTHER[f.name] if f.name in _OTHER else import_batch.c[f.name] for f in fields(Batch)]
_BATCH = select(*_COLUMNS).select_from(
    import_batch.outerjoin(party, party.c.id == import_batch.c.party_id)
    .outerjoin(source, source.c.id == import_batch.c.source_id)
    .outerjoin(job, job.c.id == import_batch.c.job_id)
)


def add(connection: Connection, values: dict[str, Any]) -> None:
    """A new batch."""
    connection.execute(insert(import_batch).values(**values))


def read(connection: Connection, code: str) -> Batch:
    """The batch this actor may see; NotFound ``import.not_found`` otherwise."""
    row = connection.execute(_BATCH.where(import_batch.c.code == code)).one_or_none()
    if row is None:
        raise NotFound("import.not_found", code=code)
    return Batch(*row)


def locked(connection: Connection, code: str) -> Batch:
    """The batch, held against every other decision until the transaction ends."""
    connection.execute(select(import_batch.c.id).where(import_batch.c.code == code).with_for_update())
    return read(connection, code)


def listed(connection: Connection, *, limit: int = 50, offset: int = 0) -> list[Batch]:
    """Batches this actor may see, newest first."""
    rows = connection.execute(_BATCH.order_by(import_batch.c.id.desc()).limit(limit).offset(offset))
    return [Batch(*row) for row in rows]


def count(connection: Connection) -> int:
    """How many batches this actor may see."""
    return int(connection.scalar(select(func.count()).select_from(import_batch)) or 0)


def change(connection: Connection, batch_id: int, **values: Any) -> None:
    """Set columns of a batch."""
    connection.execute(update(import_batch).where(import_batch.c.id == batch_id).values(**values))


def set_job(connection: Connection, batch_id: int, job_code: str) -> None:
    """The job that works on the batch now."""
    connection.execute(
        update(import_batch)
        .where(import_batch.c.id == batch_id)
        .values(job_id=select(job.c.id).where(job.c.code == job_code).scalar_subquery())
    )


def under_way(connection: Connection, batch_id: int) -> bool:
    """True while a job on the batch waits or runs, whoever asked for it."""
    query = select(func.is_computed(import_batch.c.job_id)).where(import_batch.c.id == batch_id)
    return bool(connection.scalar(query))


def clear(connection: Connection, batch_id: int) -> None:
    """Forget what an earlier reading of the file staged and found."""
    connection.execute(delete(staged_row).where(staged_row.c.batch_id == batch_id))
    connection.execute(delete(finding).where(finding.c.batch_id == batch_id))


def put_rows(connection: Connection, batch_id: int, rows: Sequence[Row]) -> None:
    """Write staged rows."""
    for start in range(0, len(rows), PAGE):
        connection.execute(insert(staged_row), [_values(batch_id, row) for row in rows[start : start + PAGE]])


def _values(batch_id: int, row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _STAGED} | {
        "batch_id": batch_id,
        "row_number": row.number,
        "geom_wkb": None if row.geometry is None else shapely.to_wkb(row.geometry, hex=True),
    }


def put_findings(connection: Connection, batch_id: int, findings: Sequence[Finding]) -> None:
    """Write findings."""
    for start in range(0, len(findings), PAGE):
        chunk = findings[start : start + PAGE]
        connection.execute(insert(finding), [{"batch_id": batch_id, **asdict(item)} for item in chunk])


def rows(connection: Connection, batch_id: int, *, good: bool = True, limit: int | None = None) -> list[Row]:
    """Staged rows in the order of the file; ``good`` leaves out faulty ones and repetitions."""
    query = select(staged_row).where(staged_row.c.batch_id == batch_id).order_by(staged_row.c.id)
    if good:
        query = query.where(~staged_row.c.faulty, staged_row.c.outcome.is_distinct_from("repeated"))
    if limit is not None:
        query = query.limit(limit)
    return [_row(record) for record in connection.execute(query)]


def _row(record: Any) -> Row:
    place = record.geom_wkb
    return Row(
        number=record.row_number,
        geometry=None if place is None else shapely.from_wkb(bytes.fromhex(place)),
        **{name: getattr(record, name) for name in (*_STAGED, "asset_id", "version", "before", "consent_id")},
    )


def mark_written(connection: Connection, batch_id: int, written: Iterable[Row]) -> None:
    """Note beside each staged row which asset it became, at which version, what it replaced, what it waits for."""
    statement = text("""
        UPDATE staged_row s SET asset_id = w.asset_id, version = w.version, before = w.before, outcome = w.outcome,
          consent_id = w.consent_id
        FROM jsonb_to_recordset(:rows) AS w(part text, number integer, target text, asset_id bigint, version integer,
          before jsonb, outcome text, consent_id bigint)
        WHERE s.batch_id = :batch AND s.part = w.part AND s.row_number = w.number AND s.target = w.target
    """).bindparams(bindparam("rows", type_=JSONB))
    names = ("part", "number", "target", "asset_id", "version", "before", "outcome", "consent_id")
    rows = [{name: getattr(row, name) for name in names} for row in written]
    connection.execute(statement, {"batch": batch_id, "rows": rows})


def findings(
    connection: Connection,
    batch_id: int,
    *,
    code: str = "",
    severity: str = "",
    window: tuple[int, int] = (50, 0),
) -> list[Finding]:
    """Findings of a batch, errors first, then in the order of the file; ``window`` is limit and offset."""
    columns = [finding.c[f.name] for f in fields(Finding)]
    query = select(*columns).where(finding.c.batch_id == batch_id)
    if code:
        query = query.where(finding.c.code == code)
    if severity:
        query = query.where(finding.c.severity == severity)
    query = query.order_by(_rank(), finding.c.part, finding.c.row_number.nulls_first(), finding.c.id)
    return [Finding(*row) for row in connection.execute(query.limit(window[0]).offset(window[1]))]


def _rank() -> Any:
    """Errors before warnings before notes."""
    return case({"error": 1, "warning": 2}, value=finding.c.severity, else_=3)


def summary(connection: Connection, batch_id: int) -> list[CodeCount]:
    """Findings by severity and code, the gravest and most frequent first."""
    counted = func.count().label("n")
    query = (
        select(finding.c.severity, finding.c.code, counted)
        .where(finding.c.batch_id == batch_id)
        .group_by(finding.c.severity, finding.c.code)
        .order_by(_rank(), counted.desc(), finding.c.code)
    )
    return [CodeCount(*row) for row in connection.execute(query)]


def moved(connection: Connection, batch_id: int, limit: int = 20) -> Moves:
    """What the good rows of a batch move, the farthest first."""
    metres = finding.c.value.cast(Float)
    far = finding.c.code == "finding.moved_far"
    query = (
        select(finding.c.row_number, metres, func.count().over(), func.count().filter(far).over())
        .join(
            staged_row,
            and_(
                staged_row.c.batch_id == finding.c.batch_id,
                staged_row.c.part == finding.c.part,
                staged_row.c.row_number == finding.c.row_number,
            ),
        )
        .where(finding.c.batch_id == batch_id, ~staged_row.c.faulty)
        .where(finding.c.code.in_(("finding.moved", "finding.moved_far")))
        .order_by(metres.desc(), finding.c.row_number)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    count, far_count = (rows[0][2], rows[0][3]) if rows else (0, 0)
    return Moves(count, far_count, tuple((row[0], row[1]) for row in rows))


def consents(connection: Connection, batch_id: int) -> Sequence[Any]:
    """How many rows of a batch need the consent of whom, by ``parties`` and ``total``, before it is accepted."""
    query = (
        select(finding.c.value.label("parties"), func.count().label("total"))
        .where(finding.c.batch_id == batch_id, finding.c.code == "finding.consent")
        .group_by(finding.c.value)
        .order_by(finding.c.value)
    )
    return connection.execute(query).all()


def outcomes(connection: Connection, batch_id: int) -> dict[tuple[str, str], int]:
    """Staged rows by target and outcome: ``faulty`` for rows that stay out, of those held the state of the consent."""
    stays = """CASE WHEN faulty THEN 'faulty' WHEN outcome = 'waiting'
               THEN (SELECT state FROM consent WHERE id = consent_id) END"""
    outcome = func.coalesce(text(stays), staged_row.c.outcome, "new").label("outcome")
    query = (
        select(staged_row.c.target, outcome, func.count())
        .where(staged_row.c.batch_id == batch_id)
        .group_by(staged_row.c.target, outcome)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}
