"""Changing what is registered: values, place, status; always against the version that was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry.access import NOWHERE, Actor, Permission, PermissionSubject, Role, require
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import store
from infra_registry.assets.draft import geometry_faults
from infra_registry.assets.fields import parse
from infra_registry.assets.kinds import KINDS, TRANSITIONS, Kind, Status
from infra_registry.assets.kinds import field as declared
from infra_registry.errors import Conflict, Fault, Invalid, NotFound

OWN_COLUMNS = frozenset(
    {
        "name",
        "name_en",
        "address",
        "owner_id",
        "operator_id",
        "controller_id",
        "host_id",
        "owner_ref",
        "project_id",
        "owner_stated",
        "operator_stated",
        "source_id",
        "batch_id",
    }
)

PARTIES = ("owner_id", "operator_id", "controller_id")


@dataclass(frozen=True, slots=True)
class Change:
    """What to change: own columns, fields of the kind, place. ``valid_from`` is the day it began to be true."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    valid_from: date | None = None


def edit(connection: Connection, actor: Actor, code: str, version: int, change: Change) -> int:
    """Apply a change; the new version.

    Raises NotFound, Forbidden, Invalid, or Conflict ``asset.stale`` or ``consent.needed`` (see ``concerned``).
    """
    row = writable(connection, actor, code, version)
    kind = Kind(row.kind)
    values = parsed(kind, change)
    if concerned(actor, row.city_id, named_in(row), change.columns):
        raise Conflict("consent.needed", code=code)
    since = change.valid_from or day_of(connection, row.city_id)
    store.change(connection, row.id, {**change.columns, "valid_from": since})
    store.change_details(connection, kind, row.id, values)
    if change.geometry is not None:
        store.insert_places(connection, [(row.id, change.geometry)])
    return int(row.version) + 1


def regulates(actor: Actor, city_id: int | None) -> bool:
    """Whether the actor decides in this city whatever party he is of; outside every city, a regulator of all does."""
    return actor.service or actor.has(Role.REGULATOR, city_id or NOWHERE)


def named_in(item: Any) -> dict[str, int | None]:
    """The parties a draft or an asset's row names, by column."""
    return {name: getattr(item, name) for name in PARTIES}


def concerned(
    actor: Actor, city_id: int | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> frozenset[int]:
    """Ids of the parties that must agree to these columns: those other than the actor's own that a column names or
    named. None have to where the product acts, or a regulator of the city.
    """
    if regulates(actor, city_id):
        return frozenset()
    pairs = [(before.get(name), after[name]) for name in PARTIES if name in after]
    touched = {int(party) for old, new in pairs if old != new for party in (old, new) if party is not None}
    return frozenset(touched - {actor.party_id})


def movable(connection: Connection, actor: Actor, code: str, version: int, to: Status) -> Any:
    """The asset's row, locked, when its status may move so; Conflict ``asset.no_transition`` names the lawful moves."""
    row = writable(connection, actor, code, version)
    allowed = TRANSITIONS[Status(row.status)]
    if to not in allowed:
        raise Conflict(
            "asset.no_transition", old=row.status, new=to.value, allowed=" | ".join(sorted(allowed)) or "–"
        )
    return row


def transition(connection: Connection, row: Any, to: Status, move: store.Move) -> int:
    """Move the status of a row that ``movable`` gave; only ``duties.status`` calls this, after the gates."""
    store.change(connection, row.id, {"status": to.value, "valid_from": move.on})
    store.add_status(connection, row.id, (row.status, to.value), move)
    return int(row.version) + 1


def writable(
    connection: Connection,
    actor: Actor,
    code: str,
    version: int,
    permission: Permission = Permission.ASSET_EDIT,
) -> Any:
    """The asset's row, locked, when this actor has the permission for it, in this version.

    Raises NotFound, Forbidden or Conflict ``asset.stale``.
    """
    row = store.locked(connection, code)
    if row is None:
        if code in store.ids_of(connection, [code]):  # seen, but not to be changed by this actor
            require(actor, permission, PermissionSubject(city_id=NOWHERE))
        raise NotFound("asset.not_found", code=code)
    require(actor, permission, row)
    if row.version != version:
        raise Conflict("asset.stale", code=code, sent=version, now=row.version)
    return row


def parsed(kind: Kind, change: Change) -> dict[str, Any]:
    """Fields of the kind as the database has them; Invalid names everything wrong with a change."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    own = " | ".join(sorted(OWN_COLUMNS))
    faults += [Fault(name, None, "field.unknown", own) for name in change.columns if name not in OWN_COLUMNS]
    if "name" in change.columns and not 1 <= len(str(change.columns["name"] or "").strip()) <= 200:
        faults.append(Fault("name", change.columns["name"], "field.required", "1 … 200"))
    for name, raw in change.fields.items():
        try:
            values[name], fault = parse(declared(kind, name), raw)
        except KeyError:
            fault = Fault(name, raw, "field.unknown", " | ".join(f.name for f in KINDS[kind].fields))
        if fault:
            faults.append(fault)
    if change.geometry is not None:
        faults += geometry_faults(kind, change.geometry)
    if faults:
        raise Invalid(faults)
    return values
