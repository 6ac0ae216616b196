"""The first half of an import: read, map, parse, reproject, validate, stage. Nothing of the register changes."""

from typing import Any

from sqlalchemy import Connection

from infra_registry import config
from infra_registry.access import SERVICE, Actor, Permission, allows
from infra_registry.areas import SourceDraft, ground_store
from infra_registry.areas.store import put_source
from infra_registry.assets import edit
from infra_registry.assets.kinds import Kind
from infra_registry.errors import Fault
from infra_registry.exchange import consenting, matching, register_store, store
from infra_registry.exchange.catalogue import named
from infra_registry.exchange.mapping import Mapping
from infra_registry.exchange.related import parents_wanted, relate
from infra_registry.exchange.staged import Finding, Staged
from infra_registry.exchange.staging import Setting, stage
from infra_registry.exchange.store import Batch
from infra_registry.files import Folder, path_of
from infra_registry.formats import FormatError, Part, read
from infra_registry.formats.crs import WGS84, known
from infra_registry.jobs import Run, task

TIMEOUT_MS = 600_000


@task("imports.check")
def check(run: Run, batch: str) -> dict[str, Any]:
    """Read the file of a batch and stage what it says; a file that cannot be read is a finding."""
    with run.database.use_case(run.actor) as connection:
        received = store.locked(connection, batch)
        if received.state not in ("received", "checking"):
            return {"state": received.state}
        store.change(connection, received.id, state="checking")
        boxes = ground_store.city_boxes(connection)
    run.progress(0, None, "import.step.read")
    try:
        parts = _read(received)
        mapping = named(received.mapping, spatial=all(part.spatial for part in parts))
        crs, notes = declared_crs(received, mapping, parts)
    except FormatError as error:
        return _unreadable(run, received, error)
    staged = stage(
        mapping, parts, Setting(crs, boxes), lambda n, of: run.progress(n, of, "import.step.stage")
    )
    staged.findings[:0] = notes
    return _keep(run, received, mapping, staged)


def declared_crs(batch: Batch, mapping: Mapping, parts: list[Part]) -> tuple[str, list[Finding]]:
    """The system the coordinates are in: the sender's word, else the mapping's, else the file's, else EPSG:4326."""
    stated = {known(part.crs) for part in parts if part.crs}
    chosen = batch.declared_crs or (known(mapping.crs) if mapping.crs else None)
    if chosen is None:
        return (stated.pop() if len(stated) == 1 else WGS84), []
    notes = [
        Finding("warning", "crs.conflict", part.name, None, "crs", known(part.crs), chosen)
        for part in parts
        if part.crs and known(part.crs) != chosen
    ]
    return chosen, notes


def _read(batch: Batch) -> list[Part]:
    data = path_of(config.load().files_dir, Folder.UPLOADS, batch.file_hash).read_bytes()
    header_row = 1 if batch.mapping.startswith("kind:") else named(batch.mapping).header_row
    return read(data, batch.file_name, header_row=header_row)


def _unreadable(run: Run, batch: Batch, error: FormatError) -> dict[str, Any]:
    value, expected = (
        str(error.params[name])[:200] if name in error.params else None for name in ("value", "expected")
    )
    finding = Finding("error", error.code, batch.file_name, None, None, value, expected)
    with run.database.use_case(run.actor) as connection:
        store.clear(connection, batch.id)
        store.put_findings(connection, batch.id, [finding])
        store.change(connection, batch.id, state="failed")
        run.finish(connection, state="failed", problem=error.code)
    return {}


def _keep(run: Run, batch: Batch, mapping: Mapping, staged: Staged) -> dict[str, Any]:
    """Compare with the register and write rows, findings, counts and the end of the job in one transaction."""
    run.progress(staged.rows_read, staged.rows_read, "import.step.compare")
    source_id = _source(run, mapping)
    with run.database.use_case(run.actor, timeout_ms=TIMEOUT_MS) as connection:
        if store.locked(connection, batch.code).state != "checking":
            return {}  # refused while it was being read
        store.change(connection, batch.id, source_id=source_id)
        batch = store.read(connection, batch.code)
        _relate(connection, mapping, staged, batch)
        existing = matching.compare(connection, staged, batch, mapping.move_m)
        _own(connection, staged, run.actor, existing)
        good = sum(row.good for row in staged.rows)
        store.clear(connection, batch.id)
        store.put_rows(connection, batch.id, staged.rows)
        store.put_findings(connection, batch.id, staged.findings)
        state = "staged" if good else "failed"
        counts = {
            "rows_read": staged.rows_read,
            "rows_staged": good,
            "rows_faulty": staged.rows_faulty + max(0, staged.rows_read - len(staged.rows)),
        }
        store.change(connection, batch.id, state=state, **counts)
        run.finish(connection, state=state, **counts)
    return {}


def _source(run: Run, mapping: Mapping) -> int | None:
    """The published source a mapping names; the product keeps it, for the mapping is the product's own data."""
    if mapping.source is None:
        return None
    with run.database.use_case(SERVICE) as connection:
        return put_source(connection, SourceDraft(**mapping.source))


def _relate(connection: Connection, mapping: Mapping, staged: Staged, batch: Batch) -> None:
    hosts = register_store.hosts(connection, parents_wanted(staged), batch.source_id)
    targets = {p.target for p in mapping.parts if p.place is not None and p.place.way == "parent"}
    by_parent = frozenset(row.part for row in staged.rows if row.target in targets)
    relate(staged, hosts, placed_by_parent=by_parent)


def _own(connection: Connection, staged: Staged, actor: Actor, existing: matching.Found) -> None:
    """Refuse rows about assets of others: the database would refuse them too, but name no row."""
    if edit.regulates(actor, None):
        return
    rows = [row for row in staged.rows if row.good]
    if not allows(actor, Permission.AREA_EDIT):
        for row in rows:
            if row.target in ("area", "inhabited"):
                staged.fault(row, Fault("", row.target, "finding.not_yours", Permission.AREA_EDIT.value))
    things = [row for row in rows if row.target in Kind.__members__.values()]
    consenting.tell(connection, staged, actor, things, existing)
