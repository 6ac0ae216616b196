"""What is done to a registered asset from its page: status, units, allocations, presence, agreements."""

from infra_registry.access import Permission, Role
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import agreements, capacity, ledger_store, presence
from infra_registry.assets.agreements import Agreement
from infra_registry.assets.capacity import Allocation
from infra_registry.assets.kinds import KINDS, Status
from infra_registry.assets.ledger_tables import DEAL_TYPES, SERVICES
from infra_registry.assets.presence import Presence
from infra_registry.db import Connection
from infra_registry.duties.steps import status
from infra_registry.duties.steps.status import Step
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.formats import whole
from infra_registry.publish import record
from infra_registry.publish.record import Record
from web.assets import asset_form as values
from web.assets.act_forms import Acts, Form
from web.assets.asset_views import page
from web.site.context import MOST_VERSION, current_actor, must
from web.site.routing import Feature

feature = Feature("asset_acts", __name__)
EDIT, ALLOCATE = Permission.ASSET_EDIT, Permission.CAPACITY_ALLOCATE


def _opened(connection: Connection, code: str, permission: Permission) -> Record:
    asset = record.detail(connection, current_actor(), code)
    must(permission, asset)
    return asset


acts = Acts(feature, "/assets/<code>", page, "assets.show", "basis", subject=_opened)


@acts.post("status", EDIT, "mv", conflict_field="to")
def move(connection: Connection, asset: Record, form: Form) -> None:
    """Move the status along a declared transition."""
    faults: list[Fault] = []
    to = form.get("to", "")
    if to not in tuple(Status):
        faults.append(Fault("to", to[:40], "field.not_choice", " | ".join(Status)))
    on = values.day(form, "on", faults)
    values.refuse(faults)
    step = Step(on, form.get("reason", ""), form.get("works", "").strip(), form.get("as_fact") == "1")
    status.move(
        connection,
        current_actor(),
        asset.item.values["code"],
        whole(form.get("version"), MOST_VERSION) or 0,
        Status(to),
        step,
    )


@acts.post("units", ALLOCATE, "un")
def add_units(connection: Connection, asset: Record, form: Form) -> None:
    """Add bores, slots, platforms, racks, or a roof with its area."""
    faults: list[Fault] = []
    unit = KINDS[asset.kind].unit
    if unit is None:
        raise Invalid([Fault("count", asset.kind.value, "field.unknown", "")])
    if unit == "roof_area":
        area = values.number(form, "quantity_m2", (1, 1_000_000), faults)
        values.refuse(faults)
        capacity.add_units(connection, asset.id, unit, quantity_m2=area)
    else:
        count = values.number(form, "count", (1, 200), faults)
        values.refuse(faults)
        capacity.add_units(connection, asset.id, unit, int(count or 1))


@acts.post("allocations", ALLOCATE, "al", conflict_field="unit_id")
def allocate(connection: Connection, asset: Record, form: Form) -> None:
    """Allocate a unit to a party; 409 when it was taken meanwhile."""
    faults: list[Fault] = []
    unit = values.number(form, "unit_id", (1, 2**62), faults)
    since, until = values.day(form, "since", faults), values.day(form, "until", faults)
    holder = values.party(connection, form, "holder", faults)
    area = values.number(form, "quantity_m2", (0.1, 1_000_000), faults) if "quantity_m2" in form else None
    values.refuse(faults)
    if int(unit or 0) not in {item.id for item in capacity.units(connection, asset.id)}:
        raise Invalid([Fault("unit_id", form.get("unit_id", "")[:20], "field.required", "")])
    allocation = Allocation(
        int(unit or 0),
        form.get("state", "")[:20],
        since or day_of(connection, asset.city_id),
        until,
        holder,
        quantity_m2=area,
    )
    capacity.allocate(connection, current_actor(), allocation)


@acts.post("allocations/<int:key>/release", ALLOCATE, "al", conflict_field="unit_id")
def release(connection: Connection, asset: Record, _form: Form, key: int) -> None:
    """End an allocation today."""
    if key not in {unit.allocation_id for unit in capacity.units(connection, asset.id)}:
        raise NotFound("capacity.no_allocation", allocation=key)
    capacity.release(connection, current_actor(), key)


@acts.post("presence", EDIT, "pr")
def add_presence(connection: Connection, asset: Record, form: Form) -> None:
    """Record who serves a building."""
    faults: list[Fault] = []
    party, service = values.party(connection, form, "party", faults, required=True), form.get("service", "")
    if service not in SERVICES:
        faults.append(Fault("service", service[:40], "field.not_choice", " | ".join(SERVICES)))
    seen, basis = values.day(form, "seen_on", faults, required=True), _basis(form, faults)
    values.refuse(faults)
    seen = seen or day_of(connection, asset.city_id)
    presence.add(connection, [Presence(asset.id, party or 0, service, seen, basis)])


@acts.post("presence/<int:key>/end", EDIT, "pr")
def end_presence(connection: Connection, asset: Record, _form: Form, key: int) -> None:
    """End the presence of a party in a building today."""
    if key not in {row.id for row in ledger_store.presence_of(connection, asset.id)}:
        raise NotFound("presence.not_found", presence=key)
    presence.end(connection, key, day_of(connection, asset.city_id))


@acts.post("agreements", EDIT, "ag")
def add_agreement(connection: Connection, asset: Record, form: Form) -> None:
    """Record an agreement as a fact, without judging it."""
    faults: list[Fault] = []
    deal, exclusive = form.get("deal_type", ""), form.get("exclusive", "")
    if deal not in DEAL_TYPES:
        faults.append(Fault("deal_type", deal[:40], "field.not_choice", " | ".join(DEAL_TYPES)))
    grantor, grantee = (values.party(connection, form, role, faults) for role in ("grantor", "grantee"))
    signed, since, until = (values.day(form, name, faults) for name in ("signed_on", "since", "until"))
    if since and until and until <= since:
        faults.append(Fault("until", until.isoformat(), "capacity.period", f"> {since}"))
    basis = _basis(form, faults)
    actor = current_actor()
    if actor.party_id not in (grantor, grantee) and not actor.has(Role.REGULATOR, asset.city_id):
        faults.append(Fault("grantor", form.get("grantor", "")[:60], "assets.form.not_party", ""))
    values.refuse(faults)
    stated = {"true": True, "false": False}.get(exclusive)
    agreement = Agreement(asset.id, deal, basis, grantor, grantee, stated, signed, since, until)
    agreements.add(connection, [agreement])


def _basis(form: Form, faults: list[Fault]) -> str:
    basis = form.get("basis", "").strip()
    if not 1 <= len(basis) <= 500:
        faults.append(Fault("basis", basis[:40], "field.required", "1 … 500"))
    return basis
