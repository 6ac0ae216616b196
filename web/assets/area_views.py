"""Areas: the tree with figures, and one area with its boundary, its parts and what stands in it."""

from flask import request
from flask.typing import ResponseReturnValue

from infra_registry.areas import store
from infra_registry.areas.ground_store import day_of
from infra_registry.areas.tables import LEVELS
from infra_registry.assets.kinds import KINDS
from infra_registry.db import Connection
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.area_law import area_codes, books_of
from infra_registry.errors import Fault, Invalid
from infra_registry.publish import area_figures, assets, figures
from infra_registry.publish.query import Query
from infra_registry.rules.engine import EVERYWHERE
from infra_registry.rules.model import Rulebook
from web.site.context import current_actor, locale, render, t, use_case
from web.site.routing import PUBLIC, Feature

feature = Feature("areas", __name__)
PICTURE_ZOOM = 10


@feature.get("/areas", permission=PUBLIC)
def index() -> ResponseReturnValue:
    """Every area under the one that contains it; with a filter, the areas that match."""
    words, level = request.args.get("q", "").strip(), request.args.get("level", "")
    if len(words) > 100 or not words.isprintable():
        raise Invalid([Fault("q", words[:60], "query.text", "1 … 100")], "query.invalid")
    level = level if level in LEVELS else ""
    with use_case(timeout_ms=10_000) as connection:
        if words or level:
            rows = [(0, area) for area in store.listed(connection, level=level or None, words=words or None)]
        else:
            rows = store.tree(connection)
        totals = area_figures.totals(connection, current_actor())
    return render(
        "areas/index.html",
        rows=rows,
        totals=totals,
        filters={"q": words, "level": level},
        levels=LEVELS,
        crumbs=[(t("areas.title"), None)],
    )


@feature.get("/areas/<code>", permission=PUBLIC)
def show(code: str) -> ResponseReturnValue:
    """One area: boundary with source and date, what it consists of, assets by kind."""
    actor = current_actor()
    with use_case(timeout_ms=10_000) as connection:
        area = store.needed(connection, code)
        boundary = store.boundary(connection, area.id, zoom=PICTURE_ZOOM)
        parts = store.listed(connection, parent_id=area.id)
        totals = area_figures.totals(connection, actor, area.id) if parts else {}
        counts = area_figures.by_kind(connection, actor, area.id)
        lone = (
            assets.count(connection, actor, Query(area=area.code, lone_host=True))
            if actor.is_authenticated
            else 0
        )
        above = store.by_id(connection, area.parent_id) if area.parent_id else None
        books = _own_books(connection, area.id)
    with use_case(service=True) as connection:
        hidden = figures.hidden_counts(connection, area.code) if area.level == "city" else []
    crumbs = [(t("areas.title"), "/areas")]
    crumbs += [(above.called(locale()), f"/areas/{above.code}")] if above else []
    return render(
        "areas/show.html",
        area=area,
        above=above,
        books=books,
        boundary=boundary,
        parts_of=parts,
        totals=totals,
        withheld=[row for row in hidden if row.count != 0],
        lone=lone,
        counts=[(kind, counts[kind]) for kind in KINDS if counts.get(kind)],
        crumbs=[*crumbs, (area.called(locale()), None)],
    )


def _own_books(connection: Connection, area_id: int) -> list[tuple[Rulebook, bool]]:
    """Rulebooks that name this area or one above it, and whether they hold only by reference."""
    books = books_of(law(connection), area_codes(connection, area_id), day_of(connection, area_id))
    return [(book, so) for book, so in books if EVERYWHERE not in book.instrument.areas]
