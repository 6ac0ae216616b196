"""Organisations: list, record, CSV, and the forms to enter and change them."""

from flask import request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.errors import Conflict, Invalid
from infra_registry.parties import record, store
from infra_registry.parties.tables import PARTY_KINDS
from infra_registry.publish import assets
from infra_registry.publish.query import Query
from web.site import paging
from web.site.context import current_actor, render, sent_version, t, use_case
from web.site.errors import messages
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("parties", __name__)
READ, EDIT = Permission.PARTY_READ, Permission.PARTY_EDIT
PAGE, MOST_ROWS = 50, 10_000
COLUMNS = ("code", "name", "name_en", "kind", "uscc", "country", "contact")


@feature.get("/parties", permission=READ)
def index() -> ResponseReturnValue:
    """The list: search in both languages, by kind, sorted, paged."""
    filters = _filters()
    number = paging.nearest_page()
    with use_case() as connection:
        total = store.count(connection, words=filters["words"], kind=filters["kind"])
        rows = store.page(connection, **filters, limit=PAGE, offset=(number - 1) * PAGE)
    pages = paging.pages(number, PAGE, len(rows), total)
    return render("parties/index.html", rows=rows, pages=pages, filters=filters, kinds=PARTY_KINDS)


@feature.get("/parties.csv", permission=READ)
def as_csv() -> ResponseReturnValue:
    """The same list as CSV, for spreadsheets."""
    with use_case() as connection:
        rows = store.page(connection, **_filters(), limit=MOST_ROWS, offset=0)
    return paging.as_csv("parties.csv", COLUMNS, ([getattr(row, name) for name in COLUMNS] for row in rows))


@feature.get("/parties/new", permission=EDIT)
def new() -> ResponseReturnValue:
    """The empty form."""
    return _form({"country": "CN"}, None)


@feature.post("/parties/new", permission=EDIT)
def create() -> ResponseReturnValue:
    """Enter an organisation."""
    try:
        with use_case() as connection:
            code = record.create(connection, current_actor(), request.form)
    except Invalid as refused:
        return _form(request.form, None, refused), 422
    return done(t("party.saved", name=request.form["name"]), f"/parties/{code}")


@feature.get("/parties/<code>", permission=READ)
def show(code: str) -> ResponseReturnValue:
    """One organisation."""
    with use_case() as connection:
        party = record.read(connection, code)
        queries = {"owners": Query(owners=(code,)), "operators": Query(operators=(code,))}
        counts = {name: assets.count(connection, current_actor(), query) for name, query in queries.items()}
    return render("parties/show.html", party=party, counts=counts)


@feature.get("/parties/<code>/edit", permission=EDIT)
def edit(code: str) -> ResponseReturnValue:
    """The form with what is registered."""
    with use_case() as connection:
        party = record.read(connection, code)
    return _form({name: getattr(party, name) for name in (*record.FIELDS, "version")}, code)


@feature.post("/parties/<code>/edit", permission=EDIT)
def change(code: str) -> ResponseReturnValue:
    """Change an organisation, unless somebody else did meanwhile."""
    version = sent_version()
    try:
        if version is None:
            raise Conflict("party.changed", code=code)
        with use_case() as connection:
            record.change(connection, current_actor(), code, request.form, version=version)
    except Invalid as refused:
        return _form(request.form, code, refused), 422
    return done(t("party.saved", name=request.form["name"]), f"/parties/{code}")


def _form(values: object, code: str | None, refused: Invalid | None = None) -> str:
    errors = messages(refused)
    return render("parties/form.html", values=values, code=code, errors=errors, kinds=PARTY_KINDS)


def _filters() -> dict[str, str]:
    kind, order = request.args.get("kind", ""), request.args.get("sort", "name")
    return {
        "words": request.args.get("q", "").strip()[:100],
        "kind": kind if kind in PARTY_KINDS else "",
        "order": order if order.lstrip("-") in store.SORTS else "name",
    }
