"""The second half of an import: one transaction writes areas, assets, cells, places, history and audit, or nothing."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, require
from infra_registry.areas import AreaDraft, Inhabited
from infra_registry.areas.store import find, needed, put_area, put_boundary, put_inhabited
from infra_registry.assets import consent_store, consents, edit
from infra_registry.assets.draft import Draft, SentPlace
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.reference import load_publication
from infra_registry.assets.register import register
from infra_registry.duties.steps.status import Step, move
from infra_registry.errors import Conflict, NotFound
from infra_registry.exchange import batches, matching, register_store, store
from infra_registry.exchange.catalogue import move_m
from infra_registry.exchange.consenting import hold, meant
from infra_registry.exchange.moves import shift_m
from infra_registry.exchange.register_store import Existing
from infra_registry.exchange.related import HOSTS, host_of
from infra_registry.exchange.staged import Row
from infra_registry.exchange.staging import LINKS, kind_values
from infra_registry.exchange.store import Batch
from infra_registry.formats.crs import WGS84
from infra_registry.jobs import Run, task

TIMEOUT_MS = 1_800_000
CHUNK = 5000
# Values a staged row and a draft call by the same names; what is not stated is None.
STATED = ("name_en", "address", "owner_stated", "operator_stated", *LINKS)


@dataclass(slots=True)
class Writing:
    """One acceptance on its way: who, which batch, and what has been written so far.

    ``moves``: moves beyond ``move_m`` metres are confirmed.
    """

    run: Run
    actor: Actor
    connection: Connection
    batch: Batch
    ids: dict[tuple[str, str], int]
    move_m: float
    moves: bool
    done: int = 0
    total: int = 0

    def step(self, count: int) -> None:
        """Report more rows done."""
        self.done += count
        self.run.progress(self.done, self.total, "import.step.write")


@task("imports.accept")
def accept(run: Run, batch: str, *, partial: bool, moves: bool = False) -> dict[str, Any]:
    """Write the good rows of a checked batch; batch and job are done in the same transaction.

    Rows that name another party are held for its consent.

    Raises Conflict ``import.moves`` for a far move that nobody confirmed, also one that came about since the check.
    """
    run.progress(0, None, "import.step.write")
    with run.database.use_case(run.actor, timeout_ms=TIMEOUT_MS) as connection:
        checked = store.locked(connection, batch)
        batches.ready(checked, partial=partial)
        batches.permitted(connection, run.actor, checked)
        rows = store.rows(connection, checked.id)
        near_m = move_m(checked.mapping)
        going = hold(connection, run.actor, checked, rows, near_m)
        writing = Writing(run, run.actor, connection, checked, {}, near_m, moves, total=len(going))
        written = _write(writing, going)
        store.mark_written(connection, checked.id, rows)
        counts = {"new": 0, "changed": 0, "unchanged": 0} | Counter(row.outcome or "new" for row in rows)
        store.change(
            connection, checked.id, state="accepted", rows_written=written, **batches.decided(run.actor)
        )
        run.finish(connection, state="accepted", **counts)
    return {}


@task("imports.agreed")
def agreed(run: Run, consent: str) -> dict[str, Any]:
    """Write the rows that waited for a consent which all have given, as the product, and end the consent.

    Raises Conflict ``consent.ended``, ``consent.changed`` where they would now write something else than they said, or
    ``consent.host_waits`` where they stand on what waits itself.
    """
    acting = replace(run.actor, service=True)
    with run.database.use_case(acting, timeout_ms=TIMEOUT_MS) as connection:
        waiting = consent_store.read(connection, consent)
        batch = store.locked(connection, waiting.batch_code or "")
        waiting = consents.locked(connection, consent)
        rows = store.rows(connection, batch.id)
        going = [row for row in rows if row.consent_id == waiting.id]
        others = {row.key for row in rows if row.outcome == "waiting" and row.consent_id != waiting.id}
        near_m = move_m(batch.mapping)
        existing = matching.found_in_register(connection, going, batch, near_m)
        if any(meant(existing, row) != (row.asset_id, row.version) for row in going):
            raise Conflict("consent.changed", code=consent)
        if waiting.missing or others & {row.parent_key for row in going}:
            raise Conflict("consent.host_waits", code=consent)
        ids = {(row.target, row.key): row.asset_id for row in rows if row.asset_id}
        writing = Writing(run, acting, connection, batch, ids, near_m, True, total=len(going))
        written = batch.rows_written + _write(writing, going)
        store.mark_written(connection, batch.id, going)
        store.change(connection, batch.id, rows_written=written)
        consents.end(connection, run.actor, waiting, "agreed")
        run.finish(connection, **Counter(row.outcome or "new" for row in going))
    return {}


def _write(writing: Writing, rows: Sequence[Row]) -> int:
    """Write rows, what others stand on first; how many are new or changed."""
    _areas(writing, [row for row in rows if row.target == "area"])
    _inhabited(writing, [row for row in rows if row.target == "inhabited"])
    assets = [row for row in rows if row.target in Kind.__members__.values()]
    _assets(writing, [row for row in assets if row.target in HOSTS])
    _assets(writing, [row for row in assets if row.target not in HOSTS])
    _cells(writing, [row for row in rows if row.target == "cell"], assets)
    return sum(row.outcome in ("new", "changed") for row in rows)


def _areas(writing: Writing, rows: Sequence[Row]) -> None:
    if rows:
        require(writing.actor, Permission.AREA_EDIT)
    for row in rows:
        values = dict(row.values)
        parent = values.pop("parent", None)
        above = needed(writing.connection, parent) if parent else None
        area = find(writing.connection, values["code"], values["scheme"])
        draft = AreaDraft(**values, parent_id=above.id if above else None, source_id=writing.batch.source_id)
        area_id = put_area(writing.connection, draft)
        moved = put_boundary(writing.connection, area_id, row.geometry, source_id=writing.batch.source_id)
        row.outcome = "new" if area is None else "changed" if moved else "unchanged"
    if rows:
        load_publication(writing.connection)
    writing.step(len(rows))


def _inhabited(writing: Writing, rows: Sequence[Row]) -> None:
    if not rows:
        return
    require(writing.actor, Permission.AREA_EDIT)
    listed: list[Inhabited] = []
    for row in rows:
        area = needed(writing.connection, row.values["area"])
        basis, ref = row.values.get("basis") or "census", row.values.get("ref")
        listed.append(
            Inhabited(area.id, row.values["people"], row.geometry, ref, basis, writing.batch.source_id)
        )
    put_inhabited(writing.connection, listed)
    writing.step(len(rows))


def _assets(writing: Writing, rows: Sequence[Row]) -> None:
    """Register new assets and change those that say otherwise, as the register stands now."""
    _hang(writing, rows)
    registered_before = matching.found_in_register(writing.connection, rows, writing.batch, writing.move_m)
    new = [row for row in rows if (row.target, row.key) not in registered_before]
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        registered = register(writing.connection, [draft(row, writing.batch) for row in chunk])
        for row, asset in zip(chunk, registered, strict=True):
            row.outcome, row.asset_id, row.version = "new", asset.id, 1
            writing.ids[row.target, row.key] = asset.id
        writing.step(len(chunk))
    for row in rows:
        existing = registered_before.get((row.target, row.key))
        if existing is not None:
            _change(writing, row, existing)
            writing.ids[row.target, row.key] = existing.id
            writing.step(1)


def _hang(writing: Writing, rows: Sequence[Row]) -> None:
    """Give rows the host their parent key means: among those just written, else in the register."""
    here = {key: asset_id for (target, key), asset_id in writing.ids.items() if target in HOSTS}
    absent = {row.parent_key for row in rows if row.parent_key} - set(here)
    far = register_store.hosts(writing.connection, absent, writing.batch.source_id)
    for row in rows:
        host = host_of(row, far)
        host_id = here.get(row.parent_key or "", host.id if host else None)
        if host_id is not None:
            row.values["host_id"] = host_id


def draft(row: Row, batch: Batch) -> Draft:
    """A new asset from a staged row."""
    values = row.values
    valid_from = values.get("valid_from")
    stated: dict[str, Any] = {name: values.get(name) for name in STATED}
    return Draft(
        Kind(row.target),
        values["name"],
        row.geometry,
        status=Status(values.get("status", Status.IN_USE)),
        fields=kind_values(row),
        **stated,
        source_id=batch.source_id,
        batch_id=batch.id,
        owner_ref=None if row.weak else row.key,
        weak_key=row.key if row.weak else None,
        valid_from=date.fromisoformat(valid_from) if valid_from else None,
        sent=SentPlace(row.sent, batch.declared_crs or WGS84, method="import", error_m=0.0)
        if row.sent
        else None,
    )


def _change(writing: Writing, row: Row, existing: Existing) -> None:
    changes = matching.differences(row, existing)
    row.asset_id, row.version = existing.id, existing.version
    row.outcome = "changed" if changes else "unchanged"
    if not changes:
        return
    if "geometry" in changes and not writing.moves:
        batches.confirmed(writing.batch, shift_m(existing.geometry, row.geometry) > writing.move_m)
    row.before = _before(existing, changes)
    status = changes.pop("status", None)
    if changes:
        columns = changes.get("columns", {}) | {"batch_id": writing.batch.id}
        change = edit.Change(columns, changes.get("fields", {}), changes.get("geometry"))
        row.version = edit.edit(writing.connection, writing.actor, existing.code, row.version, change)
    if status is not None:
        # A file states facts: a gate that is shut does not refuse one, it is recorded with it.
        step = Step(reason=writing.batch.code, as_fact=True)
        row.version = move(
            writing.connection, writing.actor, existing.code, row.version, Status(status), step
        )


def _before(existing: Existing, changes: dict[str, Any]) -> dict[str, Any]:
    """What a change replaces, as JSON."""
    columns = {name: existing.own[name] for name in changes.get("columns", {})}
    before: dict[str, Any] = {
        "columns": columns | {"batch_id": existing.own["batch_id"]},
        "fields": {name: _plain(existing.fields[name]) for name in changes.get("fields", {})},
    }
    if "status" in changes:
        before["status"] = existing.own["status"]
    if "geometry" in changes:
        before["geometry"] = shapely.to_wkb(existing.geometry, hex=True)
    return before


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _cells(writing: Writing, rows: Sequence[Row], assets: Sequence[Row]) -> None:
    """Write the cells of stations whose cells are not just the same as before."""
    sent: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        sent[row.parent_key or ""].append(row)
    stations = {row.key: row for row in assets if row.target == Kind.BASE_STATION}
    far = register_store.hosts(writing.connection, set(sent) - set(stations), writing.batch.source_id)
    ids = {key: host.id for key, cells in sent.items() if (host := host_of(cells[0], far)) is not None}
    ids |= {key: row.asset_id or 0 for key, row in stations.items()}
    existing = register_store.cells_of(writing.connection, [ids[key] for key in sent if key in ids])
    written: dict[int, list[dict[str, Any]]] = {}
    for key, cells in sent.items():
        station_id = ids.get(key)
        if station_id is None:
            raise NotFound("asset.not_found", code=key)
        before = existing.get(station_id, [])
        same = matching.same_cells([row.values for row in cells], before)
        if not same:
            written[station_id] = [row.values for row in cells]
            station = stations.get(key)
            if station is not None and station.outcome != "new":
                station.before = (station.before or {}) | {"cells": before}
                station.outcome = "changed"
        for row in cells:
            row.asset_id = station_id
            row.outcome = "unchanged" if same else "changed" if before else "new"
    register_store.replace_cells(writing.connection, written)
    writing.step(len(rows))
