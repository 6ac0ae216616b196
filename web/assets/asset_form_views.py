"""Registering an asset and changing it: forms made from the declared fields of its kind."""

from collections.abc import Mapping
from dataclasses import replace

from flask import request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.assets import consents
from infra_registry.assets import edit as editing
from infra_registry.assets.consent_store import Consent
from infra_registry.assets.draft import Draft
from infra_registry.assets.edit import Change
from infra_registry.assets.kinds import KINDS, Kind, Shape, Status
from infra_registry.db import Connection
from infra_registry.duties.steps import status as steps
from infra_registry.duties.steps.status import Step
from infra_registry.errors import Conflict, Fault, Invalid, NotFound, RegistryError
from infra_registry.parties import store as parties
from infra_registry.publish import record
from web.assets import asset_form as values
from web.assets.consent_views import waits
from web.site.context import current_actor, fault_text, must, render, sent_version, t, use_case
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("asset_forms", __name__)
STALE, SHUT, NEEDS_CONSENT = "asset.stale", "gate.shut", "consent.needed"
LABELS = {
    "lon": "field.longitude",
    "lat": "field.latitude",
    "points": "field.points",
    "outline": "field.outline",
}


@feature.get("/assets/new", permission=Permission.ASSET_CREATE)
def choose() -> ResponseReturnValue:
    """Which kind of asset is to be registered."""
    crumbs = [(t("assets.heading"), url_for("assets.index")), (t("assets.new"), None)]
    return render("assets/choose.html", kinds=list(Kind), crumbs=crumbs)


@feature.get("/assets/new/<kind>", permission=Permission.ASSET_CREATE)
def new(kind: str) -> ResponseReturnValue:
    """The empty form of a kind; one's own organisation stands in it."""
    with use_case() as connection:
        sent = {"status": Status.IN_USE.value, "owner": values.own_party(connection)}
    return _form(_kind(kind), sent, {}, 200)


@feature.post("/assets/new/<kind>", permission=Permission.ASSET_CREATE)
def create(kind: str) -> ResponseReturnValue:
    """Register an asset; the form again, as it was filled in, when something is wrong."""
    chosen = _kind(kind)
    try:
        with use_case() as connection:
            entered = consents.enter(connection, current_actor(), _draft(connection, chosen, request.form))
            if isinstance(entered, Consent):
                return waits(entered)
    except Invalid as error:
        return _form(chosen, request.form, explain(chosen, error), 422)
    except Conflict as error:
        return _form(chosen, request.form, {"owner_ref": t(error.code, **error.params)}, error.status)
    return done(t("assets.form.created", code=entered.code), url_for("assets.show", code=entered.code))


@feature.get("/assets/<code>/edit", permission=Permission.ASSET_EDIT)
def edit(code: str) -> ResponseReturnValue:
    """The form with what is registered now."""
    with use_case() as connection:
        asset = record.detail(connection, current_actor(), code)
    must(Permission.ASSET_EDIT, asset)
    nature = request.args.get("nature", "")
    return _form(asset.kind, values.as_form(asset) | {"nature": nature}, {}, 200, asset=asset)


@feature.post("/assets/<code>/edit", permission=Permission.ASSET_EDIT)
def save(code: str) -> ResponseReturnValue:
    """Save a change against the version that was read; both versions side by side when it has moved on."""
    with use_case() as connection:
        asset = record.detail(connection, current_actor(), code)
    must(Permission.ASSET_EDIT, asset)
    try:
        with use_case() as connection:
            changed = _change(connection, asset, request.form)
            if isinstance(changed, Consent):
                return waits(changed)
    except Invalid as error:
        return _form(asset.kind, request.form, explain(asset.kind, error), 422, asset=asset)
    except Conflict as error:
        if error.code == STALE:
            return _stale(code, request.form, error)
        field = "nature" if error.code in (SHUT, NEEDS_CONSENT) else "owner_ref"
        messages = {field: t(error.code, **error.params)}
        return _form(asset.kind, request.form, messages, error.status, asset=asset)
    return done(t("assets.form.saved", version=changed), url_for("assets.show", code=code))


def explain(kind: Kind, error: Invalid) -> dict[str, str]:
    """Messages by field of the form, each naming its field."""
    own = {field.name for field in KINDS[kind].fields}
    place = {Shape.LINE: "points", Shape.POINT: "lon", Shape.POINT_OR_AREA: "outline"}[KINDS[kind].shape]
    if "lon" in request.form and not (request.form.get("outline_points") or request.form.get("points")):
        place = "lon"
    messages: dict[str, str] = {}
    for fault in error.faults:
        name = (
            place if fault.field == "geometry" else f"v_{fault.field}" if fault.field in own else fault.field
        )
        label = LABELS.get(name, f"field.{fault.field}")
        messages.setdefault(name, t("assets.form.fault", field=t(label), said=fault_text(fault)))
    return messages


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as error:
        raise NotFound("page.missing", path=text[:40]) from error


def _draft(connection: Connection, kind: Kind, form: Mapping[str, str]) -> Draft:
    faults: list[Fault] = []
    columns = values.columns(connection, form, faults)
    place = values.geometry(kind, form, faults)
    since = values.day(form, "valid_from", faults)
    status = form.get("status", "")
    if status not in tuple(Status):
        faults.append(Fault("status", status[:40], "field.not_choice", " | ".join(Status)))
    values.refuse(faults)
    if place is None:
        raise Invalid([Fault("geometry", None, "geometry.empty", "")])
    return Draft(kind, geometry=place, status=Status(status), fields=dict(values.fields(kind, form)), valid_from=since,
                 **columns)  # fmt: skip


def _change(connection: Connection, asset: record.Record, form: Mapping[str, str]) -> int | Consent:
    faults: list[Fault] = []
    columns = values.columns(connection, form, faults)
    place = values.geometry(asset.kind, form, faults)
    since = values.day(form, "valid_from", faults)
    values.refuse(faults)
    if place is not None and values.same_place(asset, place):
        place = None
    change = Change(columns, values.fields(asset.kind, form), place, since)
    return _apply(connection, asset.item.values["code"], sent_version() or 0, change)


def _apply(connection: Connection, code: str, version: int, change: Change) -> int | Consent:
    """Store a correction of the record, or an alteration or relocation of the asset, which passes the gates.

    Only a correction hands an asset over.
    """
    form, actor = request.form, current_actor()
    nature = form.get("nature", "")
    step = Step(
        change.valid_from, form.get("reason", ""), form.get("works", "").strip(), form.get("as_fact") == "1"
    )
    if nature == "altered":
        return steps.alter(connection, actor, code, version, change, step)
    if nature == "relocated":
        if change.geometry is None:
            raise Invalid([Fault("nature", nature, "gate.same_place", "")])
        moved = steps.relocate(connection, actor, code, version, change.geometry, step)
        return editing.edit(connection, actor, code, moved, replace(change, geometry=None))
    return consents.change(connection, actor, code, version, change)


def _form(
    kind: Kind,
    sent: Mapping[str, str],
    errors: Mapping[str, str],
    status: int,
    *,
    asset: record.Record | None = None,
) -> ResponseReturnValue:
    with use_case() as connection:
        offered = parties.choices(connection)
    here = t("assets.edit") if asset else t("assets.new")
    page = render(
        "assets/form.html",
        kind=kind,
        spec=KINDS[kind],
        sent=sent,
        errors=errors,
        record=asset,
        parties=offered,
        statuses=list(Status),
        crumbs=[
            (t("assets.heading"), url_for("assets.index")),
            (t(f"kinds.{kind}"), f"/assets?kind={kind}"),
            (here, None),
        ],
    )
    return page, status


def _stale(code: str, sent: Mapping[str, str], error: RegistryError) -> ResponseReturnValue:
    """Both versions, field by field, and the choice between them."""
    with use_case() as connection:
        asset = record.detail(connection, current_actor(), code)
    now = values.as_form(asset)
    kept = {name: value for name, value in sent.items() if name not in ("csrf_token", "version")}
    names = [name for name in kept if name in now or kept[name]]
    page = render("assets/stale.html", record=asset, now=now, sent=kept, names=names, params=error.params)
    return page, 409
