"""A run of mobile coverage beside what operators claim, what was measured and what is disputed."""

from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.coverage.evidence import of_run
from infra_registry.coverage.radio import input_store, result_store
from infra_registry.coverage.radio.limits import limits
from web.context import render, use_case
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
