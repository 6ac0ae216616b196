"""Staged rows against the register: which are new, which say something else, which say nothing new."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import Connection

from infra_registry.assets.kinds import TRANSITIONS, Kind, Status
from infra_registry.errors import Fault
from infra_registry.exchange import register_store
from infra_registry.exchange.moves import in_words, shift_m
from infra_registry.exchange.register_store import Existing
from infra_registry.exchange.related import content
from infra_registry.exchange.staged import Row, Staged
from infra_registry.exchange.staging import kind_values
from infra_registry.exchange.store import Batch
from infra_registry.formats.table import Note

SAME_PLACE_DEG = 1e-9
Found = dict[tuple[str, str], Existing]
Candidates = dict[tuple[str, str], list[Existing]]


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


def found_in_register(connection: Connection, rows: Sequence[Row], batch: Batch, near_m: float) -> Found:
    """Registered assets that rows speak of, by (target, key) of the row; see ``_means``."""
    return _meant(rows, _candidates(connection, rows, batch), batch.source_id, near_m)


def _meant(rows: Sequence[Row], candidates: Candidates, source_id: int | None, near_m: float) -> Found:
    existing: Found = {}
    for row in rows:
        same = [
            match
            for match in candidates.get((row.target, row.key), ())
            if _means(row, match, source_id, near_m)
        ]
        if same:
            existing[row.target, row.key] = min(same, key=lambda match: shift_m(match.geometry, row.geometry))
    return existing


def _means(row: Row, match: Existing, source_id: int | None, near_m: float) -> bool:
    """Whether a row speaks of the asset that has its reference and owner.

    A reference tells it alone within one owner, registered or stated, and within one published source. Else the two
    must lie within ``near_m`` metres of each other as well, and must not state different owners.
    """
    if row.weak or match.own["owner_id"] is not None or source_id is not None:
        return True
    stated, registered = row.values.get("owner_stated"), match.own["owner_stated"]
    if stated and registered:
        return bool(stated == registered)
    return shift_m(match.geometry, row.geometry) <= near_m


def _candidates(connection: Connection, rows: Sequence[Row], batch: Batch) -> Candidates:
    """Registered assets with the key and the registered owner of a row, by (target, key) of the row."""
    by_owner: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    for row in rows:
        if row.target in Kind.__members__.values():
            by_owner[row.target, row.weak].append(row)
    candidates: Candidates = {}
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
                candidates[target, row.key] = same
    return candidates


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


def compare(connection: Connection, staged: Staged, batch: Batch, move_m: float) -> Found:
    """Give every good row its outcome; tell moves (beyond ``move_m`` metres: far) and unlawful changes of status.

    What rows speak of, as ``found_in_register``."""
    rows = [row for row in staged.rows if row.good]
    owners(connection, [row for row in rows if row.target in Kind.__members__.values()], batch)
    candidates = _candidates(connection, rows, batch)
    existing = _meant(rows, candidates, batch.source_id, move_m)
    for row in rows:
        if row.target not in Kind.__members__.values():
            continue
        match = existing.get((row.target, row.key))
        if match is None:
            row.outcome = "new"
            for other in candidates.get((row.target, row.key), ())[:1]:
                _tell(staged, row, other, "finding.reference_elsewhere")
            continue
        changes = differences(row, match)
        row.outcome = "changed" if changes else "unchanged"
        if "geometry" in changes:
            far = shift_m(match.geometry, row.geometry) > move_m
            _tell(staged, row, match, "finding.moved_far" if far else "finding.moved")
        if "status" in changes and changes["status"] not in TRANSITIONS[Status(match.own["status"])]:
            allowed = " | ".join(sorted(TRANSITIONS[Status(match.own["status"])])) or "–"
            staged.fault(row, Fault("status", changes["status"], "finding.no_transition", allowed))
    _cells(connection, rows, existing)
    return existing


def _tell(staged: Staged, row: Row, match: Existing, code: str) -> None:
    severity = "note" if code == "finding.moved" else "warning"
    metres = in_words(shift_m(match.geometry, row.geometry))
    staged.note(row.part, Note(code, severity, "geometry", metres, match.code), row.number)


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
