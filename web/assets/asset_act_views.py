"""What is done to a registered asset from its page: status, units, allocations, presence, agreements."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission, Role
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import agreements, capacity, presence
from infra_registry.assets.agreements import Agreement
from infra_registry.assets.capacity import Allocation
from infra_registry.assets.kinds import KINDS, Status
from infra_registry.assets.ledger_tables import DEAL_TYPES, SERVICES
from infra_registry.assets.presence import Presence
from infra_registry.db import Connection
from infra_registry.duties.steps import status
from infra_registry.duties.steps.status import Step
from infra_registry.errors import Fault, Invalid, NotFound, RegistryError
from infra_registry.formats import whole
from infra_registry.parties import store as parties
from infra_registry.publish import record
from infra_registry.publish.record import Record
from web.assets import asset_form as values
from web.assets.asset_views import page
from web.site.context import MOST_VERSION, current_actor, fault_text, must, t, use_case
from web.site.routing import Feature

feature = Feature("asset_acts", __name__)
EDIT, ALLOCATE = Permission.ASSET_EDIT, Permission.CAPACITY_ALLOCATE
Form = Mapping[str, str]
Act = Callable[[Any, Record, Form, list[Fault]], None]


@feature.post("/assets/<code>/status", permission=EDIT)
def move(code: str) -> ResponseReturnValue:
    """Move the status along a declared transition."""

    def act(connection: Connection, asset: Record, form: Form, faults: list[Fault]) -> None:
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

    return _do(code, EDIT, "mv", act)


@feature.post("/assets/<code>/units", permission=ALLOCATE)
def add_units(code: str) -> ResponseReturnValue:
    """Add bores, slots, platforms, racks, or a roof with its area."""

    def act(connection: Connection, asset: Record, form: Form, faults: list[Fault]) -> None:
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

    return _do(code, ALLOCATE, "un", act)


@feature.post("/assets/<code>/allocations", permission=ALLOCATE)
def allocate(code: str) -> ResponseReturnValue:
    """Take a unit for somebody; a unit that is taken meanwhile says so."""

    def act(connection: Connection, asset: Record, form: Form, faults: list[Fault]) -> None:
        unit = values.number(form, "unit_id", (1, 2**62), faults)
        since, until = values.day(form, "since", faults), values.day(form, "until", faults)
        holder = _party(connection, form, "holder", faults)
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

    return _do(code, ALLOCATE, "al", act)


@feature.post("/assets/<code>/allocations/<int:key>/release", permission=ALLOCATE)
def release(code: str, key: int) -> ResponseReturnValue:
    """The unit is free from today."""

    def act(connection: Connection, asset: Record, _: Form, __: list[Fault]) -> None:
        if key not in {unit.allocation_id for unit in capacity.units(connection, asset.id)}:
            raise NotFound("capacity.no_allocation", allocation=key)
        capacity.release(connection, current_actor(), key)

    return _do(code, ALLOCATE, "al", act)


@feature.post("/assets/<code>/presence", permission=EDIT)
def add_presence(code: str) -> ResponseReturnValue:
    """Record who serves a building."""

    def act(connection: Connection, asset: Record, form: Form, faults: list[Fault]) -> None:
        party, service = _party(connection, form, "party", faults, required=True), form.get("service", "")
        if service not in SERVICES:
            faults.append(Fault("service", service[:40], "field.not_choice", " | ".join(SERVICES)))
        seen, basis = values.day(form, "seen_on", faults, required=True), _basis(form, faults)
        values.refuse(faults)
        presence.add(
            connection,
            [Presence(asset.id, party or 0, service, seen or day_of(connection, asset.city_id), basis)],
        )

    return _do(code, EDIT, "pr", act)


@feature.post("/assets/<code>/presence/<int:key>/end", permission=EDIT)
def end_presence(code: str, key: int) -> ResponseReturnValue:
    """A party left today."""

    def act(connection: Connection, asset: Record, _: Form, __: list[Fault]) -> None:
        if key not in {row.id for row in presence.of(connection, asset.id)}:
            raise NotFound("presence.not_found", presence=key)
        presence.end(connection, key, day_of(connection, asset.city_id))

    return _do(code, EDIT, "pr", act)


@feature.post("/assets/<code>/agreements", permission=EDIT)
def add_agreement(code: str) -> ResponseReturnValue:
    """Record an agreement as a fact, without judging it."""

    def act(connection: Connection, asset: Record, form: Form, faults: list[Fault]) -> None:
        deal, exclusive = form.get("deal_type", ""), form.get("exclusive", "")
        if deal not in DEAL_TYPES:
            faults.append(Fault("deal_type", deal[:40], "field.not_choice", " | ".join(DEAL_TYPES)))
        grantor, grantee = (_party(connection, form, role, faults) for role in ("grantor", "grantee"))
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

    return _do(code, EDIT, "ag", act)


def _do(code: str, permission: Permission, mark: str, act: Act) -> ResponseReturnValue:
    """Do it in one transaction; the record's page again, with what was sent, when it is refused."""
    form = {name[3:]: value for name, value in request.form.items() if name.startswith(f"{mark}_")}
    try:
        with use_case() as connection:
            asset = record.detail(connection, current_actor(), code)
            must(permission, asset)
            act(connection, asset, form, [])
    except Invalid as error:
        errors = {f"{mark}_{fault.field}": fault_text(fault) for fault in error.faults}
        return page(code, act=mark, sent=request.form, errors=errors), error.status
    except RegistryError as error:
        if error.status != 409:
            raise
        first = {"mv": "to", "al": "unit_id"}.get(mark, "basis")
        messages = {f"{mark}_{first}": t(error.code, **error.params)}
        return page(code, act=mark, sent=request.form, errors=messages), 409
    flash(t("assets.form.done"), "done")
    return redirect(url_for("assets.show", code=code), 303)


def _party(
    connection: Connection, form: Form, name: str, faults: list[Fault], *, required: bool = False
) -> int | None:
    code = form.get(name, "").strip()
    party_id = parties.ids_of(connection, [code]).get(code) if code else None
    if code and party_id is None:
        faults.append(Fault(name, code[:60], "field.no_party", ""))
    if required and not code:
        faults.append(Fault(name, "", "field.required", ""))
    return party_id


def _basis(form: Form, faults: list[Fault]) -> str:
    basis = form.get("basis", "").strip()
    if not 1 <= len(basis) <= 500:
        faults.append(Fault("basis", basis[:40], "field.required", "1 … 500"))
    return basis
