"""Taking an accepted import back: a compensating transaction that leaves alone what was changed or used since."""

from dataclasses import dataclass, field, replace
from typing import Any

import shapely

from infra_registry.access import Actor
from infra_registry.assets import consent_store, edit
from infra_registry.assets.kinds import Kind
from infra_registry.errors import Conflict
from infra_registry.exchange import batches, register_store, store
from infra_registry.exchange.accepting import TIMEOUT_MS
from infra_registry.exchange.staged import Finding, Row
from infra_registry.jobs import Run, task

SHOWN = 200
_BACK = ("columns", "fields", "geometry")


@dataclass(slots=True)
class Undone:
    """What came of an undo."""

    removed: int = 0
    restored: int = 0
    left: list[Finding] = field(default_factory=list)

    def leave(self, row: Row, code: str | None, why: str) -> None:
        """List what is not touched."""
        self.left.append(Finding("note", why, row.part, row.number, None, code or row.key, None))


@task("imports.undo")
def undo(run: Run, batch: str) -> dict[str, Any]:
    """Remove what the batch added and restore what it changed, where nothing happened since.

    Areas stay, because assets have been assigned to their city by them. The product's database role deletes, in
    the name of the user who asked and whose permission was checked.
    """
    run.progress(0, None, "import.step.undo")
    acting = replace(run.actor, service=True)
    with run.database.use_case(acting, timeout_ms=TIMEOUT_MS) as connection:
        accepted = store.locked(connection, batch)
        if accepted.state != "accepted":
            raise Conflict("import.not_accepted", code=batch, state=accepted.state)
        batches.permitted(connection, run.actor, accepted)  # again: the product sees assets the actor may not
        rows = store.rows(connection, accepted.id)
        undone = Undone()
        consent_store.end_of_batch(connection, accepted.id, "withdrawn", run.actor.user_id or None)
        assets = [row for row in rows if row.target in Kind.__members__.values() and row.asset_id]
        if not edit.regulates(run.actor, None):  # what another party agreed to is not the sender's alone
            for row in assets:
                if row.consent_id:
                    undone.leave(row, None, "finding.agreed")
            assets = [row for row in assets if not row.consent_id]
        _remove(connection, [row for row in assets if row.outcome == "new"], undone)
        for row in assets:
            if row.outcome == "changed" and row.before:
                _restore(connection, run.actor, row, undone)
        for row in rows:
            if row.target in ("area", "inhabited"):
                undone.leave(row, row.values.get("code"), "finding.area_stays")
        store.put_findings(connection, accepted.id, undone.left)
        store.change(connection, accepted.id, state="undone", **batches.decided(run.actor))
        left = [finding.value for finding in undone.left[:SHOWN]]
        run.finish(connection, removed=undone.removed, restored=undone.restored, left=left)
    return {}


def _remove(connection: Any, rows: list[Row], undone: Undone) -> None:
    """Delete new assets; one that stays keeps its host too."""
    state = register_store.untouched(connection, {row.asset_id or 0: row.version or 1 for row in rows})
    going = [row for row in rows if state.get(row.asset_id or 0, ("", False))[1]]
    stays = {row.parent_key for row in rows if row not in going}
    kept = [row for row in going if row.key in stays]
    for row in rows:
        code, free = state.get(row.asset_id or 0, (None, False))
        if not free or row in kept:
            undone.leave(row, code, "finding.not_undone")
    ids = [row.asset_id for row in going if row not in kept and row.asset_id]
    register_store.remove(connection, ids)
    undone.removed = len(ids)


def _restore(connection: Any, actor: Actor, row: Row, undone: Undone) -> None:
    state = register_store.untouched(connection, {row.asset_id or 0: row.version or 1})
    code = state.get(row.asset_id or 0, (None, False))[0]
    before = row.before or {}
    if (
        code is None
        or not register_store.at_version(connection, code, row.version or 0)
        or "status" in before
    ):
        undone.leave(row, code, "finding.not_undone")
        return
    if any(before.get(part) for part in _BACK):
        place = before.get("geometry")
        change = edit.Change(
            before.get("columns", {}),
            before.get("fields", {}),
            shapely.from_wkb(bytes.fromhex(place)) if place else None,
        )
        try:
            edit.edit(connection, actor, code, row.version or 0, change)
        except Conflict:  # it gives an asset back to another party, or takes it away
            undone.leave(row, code, "finding.not_undone")
            return
    if "cells" in before and row.asset_id:
        register_store.replace_cells(connection, {row.asset_id: before["cells"]})
    undone.restored += 1
