"""Works: the list, one of them with its acts, its duties and the steps that wait for something, and their forms."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission, allows
from infra_registry.areas.ground_store import day_of
from infra_registry.assets.kinds import Kind
from infra_registry.assets.ledger_tables import ACTS
from infra_registry.db import Connection
from infra_registry.duties.answers import evidence, evidence_store
from infra_registry.duties.answers.evidence import Shown
from infra_registry.duties.inforce.law import law
from infra_registry.duties.steps import gates, works, works_store
from infra_registry.duties.steps.works import Done
from infra_registry.duties.steps.works_store import ORDERS, Filters
from infra_registry.errors import Fault, Invalid, NotFound
from infra_registry.parties import store as parties
from infra_registry.publish import record
from infra_registry.rules.facts import WORK_KINDS
from infra_registry.rules.model import SubjectKind
from web.assets import asset_form as values
from web.assets import works_form
from web.assets.act_forms import Acts, Form
from web.site.context import current_actor, locale, render, sent_version, t, use_case
from web.site.paging import page_number, pages
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("works", __name__)
EDIT, CREATE = Permission.ASSET_EDIT, Permission.ASSET_CREATE
ROWS = 50
STEPS = ("started", "accepted")


@feature.get("/works", permission=Permission.ACCOUNT)
def index() -> ResponseReturnValue:
    """Works, newest first, with filters."""
    raw, number = request.args, page_number("field.out_of_range")
    sort = raw.get("sort", "").removeprefix("-")
    filters = Filters(
        raw.get("q", "").strip()[:100],
        raw.get("area", "")[:20],
        raw.get("builder", "")[:40],
        raw.get("kind", "")[:20],
        sort=sort if sort in ORDERS else "starts_on",
        descending=raw.get("sort", "-starts_on").startswith("-"),
        page=number,
        limit=ROWS,
    )
    with use_case() as connection:
        rows, total = works.listed(connection, filters)
    return render(
        "works/index.html",
        rows=rows,
        filters=filters,
        kinds=WORK_KINDS,
        pages=pages(number, ROWS, len(rows), total),
        crumbs=[(t("works.heading"), None)],
    )


@feature.get("/works/new", permission=CREATE)
def new() -> ResponseReturnValue:
    """The form of new works; one's own organisation stands in it."""
    with use_case() as connection:
        builder = values.own_party(connection)
    return _form({"builder": builder, "work_kind": "new", "funding": "not_stated"}, {})


@feature.post("/works/new", permission=CREATE)
def create() -> ResponseReturnValue:
    """Register works."""
    try:
        with use_case() as connection:
            code = works.create(connection, current_actor(), works_form.project(connection, request.form))
    except Invalid as error:
        return _form(request.form, works_form.messages_of(error)), error.status
    return done(t("works.created", code=code), url_for("works.show", code=code))


@feature.get("/works/<code>", permission=Permission.ACCOUNT)
def show(code: str) -> ResponseReturnValue:
    """One of the works."""
    return _page(code)


@feature.get("/works/<code>/edit", permission=EDIT)
def edit(code: str) -> ResponseReturnValue:
    """The form with what is registered now."""
    with use_case() as connection:
        row = works.by_code(connection, code.upper())
    return _form(works_form.as_form(row), {}, row=row)


@feature.post("/works/<code>/edit", permission=EDIT)
def save(code: str) -> ResponseReturnValue:
    """Save a change against the version that was read."""
    try:
        with use_case() as connection:
            row = works.by_code(connection, code.upper())
            changed, place = works_form.change(connection, request.form)
            works.change(connection, current_actor(), row.code, sent_version() or 0, changed, place)
    except Invalid as error:
        return _form(request.form, works_form.messages_of(error), row=row), error.status
    return done(t("works.saved"), url_for("works.show", code=code.upper()))


def _page(
    code: str, mark: str = "", sent: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    with use_case() as connection:
        row = works.by_code(connection, code.upper())
        in_force, on = law(connection), day_of(connection, row.city_id)
        done = works_store.acts(connection, row.id)
        live = {item.act for item in done if item.taken_back_on is None}
        may_edit = allows(current_actor(), EDIT, row)
        parts = {
            "acts": done,
            "steps": _steps(connection, in_force, row.code, live, on),
            "duties": works_form.duties(connection, in_force, row.code, on),
            "assets": works_store.assets(connection, row.id),
            "evidence": evidence_store.shown(connection, SubjectKind.PROJECT, row.id) if may_edit else [],
        }
    return render(
        "works/show.html",
        row=row,
        live=live,
        may_edit=may_edit,
        offered=ACTS,
        facts=evidence.facts_for(SubjectKind.PROJECT),
        act=mark,
        sent=sent or {},
        errors=errors or {},
        place=works_form.place(row),
        crumbs=[(t("works.heading"), "/works"), (row.code, None)],
        **parts,
    )


acts = Acts(feature, "/works/<code>", _page, "works.show", "act")


@acts.post("acts", EDIT, "ac")
def act(connection: Connection, code: str, form: Form) -> str:
    """Record an act; a shut gate says why, with its article and what opens it."""
    faults: list[Fault] = []
    on = values.day(form, "on", faults)
    values.refuse(faults)
    as_fact = form.get("as_fact") == "1"
    basis, by = form.get("basis", ""), form.get("by", "")
    on = on or day_of(connection, works.by_code(connection, code).city_id)
    done_act = Done(form.get("act", ""), on, by, basis, as_fact)
    works.record_act(connection, current_actor(), code, done_act)
    return t("works.recorded", act=t(f"act.{done_act.act}"))


@acts.post("acts/<int:key>/take-back", EDIT, "tb{key}")
def take_back(connection: Connection, code: str, form: Form, key: int) -> str:
    """Take an act back."""
    reason = form.get("reason", "")
    works.take_back(connection, current_actor(), code, key, reason=reason)
    return t("works.taken")


@acts.post("assets", EDIT, "at")
def attach(connection: Connection, code: str, form: Form) -> str:
    """Say that an asset belongs to these works."""
    asset_code = form.get("asset", "").strip().upper()
    try:
        asset = record.detail(connection, current_actor(), asset_code)
    except NotFound as error:
        raise Invalid([Fault("asset", asset_code[:40], "field.no_asset", "")]) from error
    works.attach(connection, current_actor(), code, asset_code, asset.version)
    return t("works.attached", code=asset_code)


@acts.post("evidence", Permission.EVIDENCE_SHOW, "ev")
def show_evidence(connection: Connection, code: str, form: Form) -> str:
    """Show evidence about works."""
    holds = form.get("holds", "")
    if holds not in ("true", "false"):
        raise Invalid([Fault("holds", holds[:20], "field.required", "true | false")])
    shown = Shown(form.get("fact", ""), holds == "true", form.get("basis", ""))
    evidence.show(connection, current_actor(), SubjectKind.PROJECT, code, [shown])
    return t("evidence.done")


def _steps(
    connection: Connection, in_force: Any, code: str, live: set[str], on: date
) -> list[tuple[str, bool, Any]]:
    """Steps with a gate: the act, whether it is done, and what is not plainly open about it."""
    return [
        (step, step in live, () if step in live else gates.gates(
            connection, in_force, gates.ACT_GATES[step], project=code, on=on))
        for step in STEPS
    ]  # fmt: skip


def _form(sent: Mapping[str, Any], errors: Mapping[str, str], row: Any = None) -> str:
    with use_case() as connection:
        offered = [(party.code, party.label(locale())) for party in parties.choices(connection)]
    return render(
        "works/form.html",
        sent=sent,
        errors=errors,
        row=row,
        parties=offered,
        choices=works.CHOICES,
        kinds=tuple(Kind),
        built=works_form.built(sent),
        crumbs=[(t("works.heading"), "/works"), (t("works.edit" if row else "works.new"), None)],
    )
