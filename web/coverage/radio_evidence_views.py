"""A run of mobile coverage beside what operators claim, what was measured and what is disputed."""

from flask import url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.areas import ground_store
from infra_registry.coverage.evidence_map import fields, over_run, symbols
from infra_registry.coverage.evidence_map.pictures import fits
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.errors import NotFound, RegistryError
from infra_registry.reports.radio import field_sentences
from web.coverage import evidence_map_views, radio_views
from web.site.context import locale, render, t, use_case
from web.site.routing import Feature

feature = Feature("radio_evidence", __name__)
SURE = ("high", "medium", "low")


@feature.get("/coverage/<code>/evidence", permission=Permission.COVERAGE_READ)
def show(code: str) -> ResponseReturnValue:
    """Where prediction, claims, measurements and challenges agree over the run's area, and where they do not."""
    with use_case(timeout_ms=60_000) as connection:
        view = radio_views.opened(connection, code)
        named = (view.layer["operator"], view.layer["technology"])
        rows = result_store.layers(connection, view.run, result_store.PUBLIC)
        layer = next((row for row in rows if (row["operator"], row["technology"]) == named), None)
        page = radio_views.shared(connection, view, "evidence")
        grid = None
        if layer is not None:
            outline = ground_store.needed_outline(connection, view.run["area_id"], view.run["as_of"])
            with evidence_map_views.sight(connection, internal=view.internal) as sources:
                grid = over_run.evidence_grid(connection, view.run, layer, outline=outline, sources=sources)
            page["map"] |= {
                "style": url_for(
                    "evidence_map.style", code=code, edition=view.edition, layer=layer["ordinal"]
                )
            }
    drawn = grid is not None and fits(grid.frame)
    figures = grid and over_run.figures(grid)
    signs = {
        "kinds": [
            (kind, symbols.swatch(kind)) for kind in reversed(symbols.KINDS)
        ],  # the weightiest word first
        "differs": symbols.swatch("claimed", "low", hatched=True),
        "sure": [(name, symbols.swatch("both", name)) for name in SURE],
    }
    return render("radio/evidence.html", **page, figures=figures, drawn=drawn, signs=signs)


@feature.get("/coverage/<code>/fields", permission=Permission.COVERAGE_READ)
def compared(code: str) -> ResponseReturnValue:
    """Predicted beside measured field strength at every measured site of the run's area; for who sees its cells."""
    with use_case(timeout_ms=60_000) as connection:
        view = radio_views.opened(connection, code)
        if not view.run["whole"]:
            raise NotFound("coverage.no_run", run=code)
        page = radio_views.shared(connection, view, "evidence")
        try:
            figures, problem = fields.compared(connection, view.run["area_id"], view.run["as_of"]), None
        except RegistryError as refused:
            figures, problem = None, t(refused.code, **refused.params)
    way = (t("radio_page.evidence"), url_for("radio_evidence.show", code=code))
    page["crumbs"] = radio_views.crumbs(view.run, way, (t("fields.heading"), None))
    context = {
        "figures": figures,
        "problem": problem,
        "rows": [field_sentences.cells(row, locale()) for row in figures.figures] if figures else [],
        "says": field_sentences.verdict(figures, locale()) if figures else None,
        "left": field_sentences.left_out(figures, locale()) if figures else [],
        "rests": field_sentences.rests(figures, locale()) if figures else [],
    }
    return render("radio/fields.html", **page, **context)
