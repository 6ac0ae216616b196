"""Grants of exact places: the regulator gives them for a purpose and a time, sees them, revokes them."""

from datetime import date, datetime, timedelta

from flask import request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.areas import store as areas
from infra_registry.config import today
from infra_registry.errors import Invalid
from infra_registry.parties import grants
from infra_registry.parties import store as parties
from web.site.clock import ZONE
from web.site.context import current_actor, render, t, use_case
from web.site.errors import messages
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("grants", __name__)
GIVE = Permission.GRANT_GIVE
BODY = 2 * 1024 * 1024


@feature.get("/admin/grants", permission=GIVE)
def index() -> ResponseReturnValue:
    """Live grants, or all there ever were."""
    every = request.args.get("all") == "1"
    with use_case() as connection:
        listed = grants.listed(connection, current_actor(), all_times=every)
    return render("admin/grants.html", grants=listed, every=every)


@feature.get("/admin/grants/new", permission=GIVE)
def new() -> ResponseReturnValue:
    """The form for a grant."""
    return _form({"ends_on": (today() + timedelta(days=365)).isoformat()})


@feature.post("/admin/grants/new", permission=GIVE, max_bytes=BODY)
def give() -> ResponseReturnValue:
    """Give a grant."""
    form = request.form
    grant = grants.GrantRequest(
        party=form.get("party", ""),
        purpose=form.get("purpose", ""),
        ends_at=_end_of(form.get("ends_on", "")),
        areas=tuple(form.getlist("areas")),
        drawn=form.get("drawn", "").strip(),
    )
    try:
        with use_case() as connection:
            code, opened = grants.give(connection, current_actor(), grant)
    except Invalid as refused:
        return _form(form, refused), 422
    return done(t("grant.given", code=code, count=opened), "/admin/grants")


@feature.post("/admin/grants/<code>/revoke", permission=GIVE)
def revoke(code: str) -> ResponseReturnValue:
    """Revoke a grant now."""
    with use_case() as connection:
        grants.revoke(connection, current_actor(), code)
    return done(t("grant.revoked", code=code), "/admin/grants")


def _form(values: object, refused: Invalid | None = None) -> str:
    with use_case() as connection:
        offered = parties.choices(connection)
        tree = areas.tree(connection)
    chosen = request.form.getlist("areas")
    return render(
        "admin/grant_form.html",
        values=values,
        errors=messages(refused),
        parties=offered,
        tree=tree,
        chosen=chosen,
    )


def _end_of(text: str) -> datetime | None:
    """The end of that day where the register's cities are; None when it is no date."""
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), datetime.min.time(), ZONE)
    except (ValueError, OverflowError):
        return None
