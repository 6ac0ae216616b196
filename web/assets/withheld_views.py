"""Withholding an asset from its page, publishing it again, and the regulator's list of what is withheld."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from infra_registry import audit
from infra_registry.access import Permission
from infra_registry.assets import withheld_store, withholding
from infra_registry.db import Connection
from infra_registry.errors import Fault
from infra_registry.formats import whole
from web.assets import asset_form as values
from web.assets.act_forms import Acts, Form
from web.assets.asset_views import page
from web.site.clock import local
from web.site.context import MOST_VERSION, current_actor, named, render, t, use_case
from web.site.frame import all_cities, asked_area
from web.site.paging import as_csv, page_number, pages
from web.site.routing import Feature

feature = Feature("withheld", __name__)
WITHHOLD = Permission.WITHHOLD
ROWS, MOST_ROWS = 50, 10_000
COLUMNS = ("code", "kind", "name", "city", "reason", "by", "since", "review_on")
acts = Acts(feature, "/assets/<code>", page, "assets.show", "reason", anchor="#withhold")


@acts.post("withholding", WITHHOLD, "wh")
def withhold(connection: Connection, code: str, form: Form) -> str:
    """Withhold the asset, or go on withholding it until another day."""
    faults: list[Fault] = []
    review_on = values.day(form, "review_on", faults, required=True)
    values.refuse(faults)
    version = whole(form.get("version"), MOST_VERSION) or 0
    reason = form.get("reason", "")
    withholding.withhold(connection, current_actor(), code, version, reason=reason, review_on=review_on)
    return t("withhold.done", code=code)


@acts.post("withholding/end", WITHHOLD, "wh")
def release(connection: Connection, code: str, form: Form) -> str:
    """Publish the asset again."""
    version = whole(form.get("version"), MOST_VERSION) or 0
    withholding.release(connection, current_actor(), code, version)
    return t("withhold.released", code=code)


@feature.get("/office/withheld", permission=WITHHOLD)
def index() -> ResponseReturnValue:
    """What is withheld in the reader's cities, reviews that are overdue first; or as CSV."""
    regulated = current_actor().regulated()
    city, number = asked_area()[:100], page_number("field.out_of_range")
    if request.args.get("format") == "csv":
        return _csv(city)
    with use_case() as connection:
        rows = withheld_store.listed(connection, city, limit=ROWS, offset=(number - 1) * ROWS)
    return render(
        "assets/withheld.html",
        rows=rows,
        city=city,
        cities=[place for place in all_cities() if regulated == "*" or str(place.id) in regulated.split(",")],
        pages=pages(number, ROWS, len(rows), rows[0].total if rows else 0),
        crumbs=[(t("assets.heading"), "/assets"), (t("withhold.heading"), None)],
    )


def _csv(city: str) -> Response:
    with use_case() as connection:
        rows = withheld_store.listed(connection, city, limit=MOST_ROWS)
        audit.note(connection, "export", "asset", count=len(rows), facts={"withheld": True})
    lines = (
        (
            row.code,
            t(f"kind.{row.kind}"),
            named(row),
            named(row, "city"),
            row.reason,
            row.by_whom,
            local(row.since).date().isoformat(),
            row.review_on.isoformat(),
        )
        for row in rows
    )
    return as_csv("withheld.csv", [t(f"withhold.column.{name}") for name in COLUMNS], lines)
