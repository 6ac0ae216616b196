"""A run of mobile coverage beside what operators claim, what was measured and what is disputed."""

from flask import url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.coverage.evidence import of_run
from infra_registry.coverage.radio import fields, fields_speaking, input_store, result_store
from infra_registry.coverage.radio.limits import limits
from infra_registry.errors import NotFound, RegistryError
from web.context import locale, render, t, use_case
from web.routing import Feature
from web.views import radio

feature = Feature("radio_evidence", __name__)


@feature.get("/coverage/<code>/evidence", permission=Permission.COVERAGE_READ)
def show(code: str) -> ResponseReturnValue:
    """Where prediction, claims, measurements and challenges agree over the run's area, and where they do not."""
    with use_case(timeout_ms=60_000) as connection:
        found = radio.opened(connection, code)
        named = (found.layer["operator"], found.layer["technology"])
        rows = result_store.layers(connection, found.run, result_store.PUBLIC)
        layer = next((row for row in rows if (row["operator"], row["technology"]) == named), None)
        figures = None
        if layer is not None:
            outline = input_store.outline(connection, found.run["area_id"], found.run["as_of"])
            figures = of_run.figures(connection, found.run, outline, layer, limits().served_class)
        page = radio.shared(connection, found, "evidence")
    return render("radio/evidence.html", **page, figures=figures)


@feature.get("/coverage/<code>/fields", permission=Permission.COVERAGE_READ)
def compared(code: str) -> ResponseReturnValue:
    """Predicted beside measured field strength at every measured site of the run's area; for who sees its cells."""
    with use_case(timeout_ms=60_000) as connection:
        found = radio.opened(connection, code)
        if not found.run["whole"]:
            raise NotFound("coverage.no_run", run=code)
        page = radio.shared(connection, found, "evidence")
        try:
            figures, problem = fields.compared(connection, found.run["area_id"], found.run["as_of"]), None
        except RegistryError as refused:
            figures, problem = None, t(refused.code, **refused.params)
    page["crumbs"] = [
        *page["crumbs"][:-1],
        (t("radio_page.evidence"), url_for("radio_evidence.show", code=code)),
        (t("fields.heading"), None),
    ]
    told = {
        "figures": figures,
        "problem": problem,
        "rows": [fields_speaking.cells(row, locale()) for row in figures.figures] if figures else [],
        "says": fields_speaking.verdict(figures, locale()) if figures else None,
        "left": fields_speaking.left_out(figures, locale()) if figures else [],
        "rests": fields_speaking.rests(figures, locale()) if figures else [],
    }
    return render("radio/fields.html", **page, **told)
