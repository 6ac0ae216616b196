"""Staged rows against the register: which are new, which say something else, which say nothing new."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import Connection

from infra_registry.assets.kinds import TRANSITIONS, Kind, Status
from infra_registry.errors import Fault
from infra_registry.exchange import register_store
from infra_registry.exchange.register_store import Existing
from infra_registry.exchange.related import content
from infra_registry.exchange.staged import Row, Staged
from infra_registry.exchange.staging import kind_values
from infra_registry.exchange.store import Batch

SAME_PLACE_DEG = 1e-9
Found = dict[tuple[str, str], Existing]


def owners(connection: Connection, rows: Sequence[Row], batch: Batch) -> None:
    """Turn worded owners and operators into registered parties; what is not registered stays as worded.

    A row that states no owner belongs to the party the batch was sent for, if one was named. An operator is
    never inferred from an owner.
    """
    ids = register_store.parties(
        connection, [row.values.get(name, "") for row in rows for name in ("owner", "operator")]
    )
    for row in rows:
        for name in ("owner", "operator"):
            worded = row.values.pop(name, None)
            if worded is not None and worded in ids:
                row.values[f"{name}_id"] = ids[worded]
            elif worded is not None:
                row.values[f"{name}_stated"] = worded
        if batch.party_id and "owner_id" not in row.values and "owner_stated" not in row.values:
            row.values["owner_id"] = batch.party_id


def found_in_register(connection: Connection, rows: Sequence[Row], batch: Batch) -> Found:
    """Registered assets that rows speak of, by (target, key) of the row."""
    by_owner: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    for row in rows:
        if row.target in Kind.__members__.values():
            by_owner[row.target, row.weak].append(row)
    existing: Found = {}
    for (target, weak), some in by_owner.items():
        matches: dict[str, list[Existing]] = defaultdict(list)
        keys = {row.key for row in some}
        for match in register_store.existing(
            connection, Kind(target), keys, weak=weak, source_id=batch.source_id
        ):
            matches[match.key].append(match)
        for row in some:
            owner = row.values.get("owner_id")
            same = [match for match in matches.get(row.key, ()) if match.own["owner_id"] == owner]
            if same:
                existing[target, row.key] = same[0]
    return existing


def differences(row: Row, existing: Existing) -> dict[str, Any]:
    """What the row says otherwise than the register: ``columns``, ``fields``, ``status``, ``geometry``.

    An empty cell says nothing; it does not erase what is registered.
    """
    own = {k: v for k, v in row.values.items() if k in existing.own and k != "status"}
    columns = {name: value for name, value in own.items() if existing.own[name] != value}
    fields = {
        name: value
        for name, value in kind_values(row).items()
        if name in existing.fields and not _same(existing.fields[name], value)
    }
    changes: dict[str, Any] = {}
    if columns:
        changes["columns"] = columns
    if fields:
        changes["fields"] = fields
    status = row.values.get("status")
    if status is not None and status != existing.own["status"]:
        changes["status"] = status
    if row.geometry is not None and not shapely.equals_exact(row.geometry, existing.geometry, SAME_PLACE_DEG):
        changes["geometry"] = row.geometry
    return changes


def compare(connection: Connection, staged: Staged, batch: Batch) -> None:
    """Give every good row its outcome, and find changes of status that are not lawful."""
    rows = [row for row in staged.rows if row.good]
    owners(connection, [row for row in rows if row.target in Kind.__members__.values()], batch)
    existing = found_in_register(connection, rows, batch)
    for row in rows:
        if row.target not in Kind.__members__.values():
            continue
        match = existing.get((row.target, row.key))
        if match is None:
            row.outcome = "new"
            continue
        changes = differences(row, match)
        row.outcome = "changed" if changes else "unchanged"
        if "status" in changes and changes["status"] not in TRANSITIONS[Status(match.own["status"])]:
            allowed = " | ".join(sorted(TRANSITIONS[Status(match.own["status"])])) or "–"
            staged.fault(row, Fault("status", changes["status"], "finding.no_transition", allowed))
    _cells(connection, rows, existing)


def _cells(connection: Connection, rows: Sequence[Row], existing: Found) -> None:
    """Cells are compared station by station: all of them the same, or all of them written anew."""
    sent: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.target == "cell":
            sent[row.parent_key or ""].append(row)
    ids = {key: existing["base_station", key].id for key in sent if ("base_station", key) in existing}
    registered = register_store.cells_of(connection, list(ids.values()))
    for key, cells in sent.items():
        if key not in ids:
            outcome = "new"
        else:
            same = same_cells([row.values for row in cells], registered.get(ids[key], []))
            outcome = "unchanged" if same else "changed"
        for row in cells:
            row.outcome = outcome


def same_cells(sent: Sequence[dict[str, Any]], registered: Sequence[dict[str, Any]]) -> bool:
    """True when both lists say the same, in whatever order."""
    return sorted(map(content, sent)) == sorted(map(content, registered))


def _same(registered: Any, sent: Any) -> bool:
    return bool((registered.isoformat() if hasattr(registered, "isoformat") else registered) == sent)
