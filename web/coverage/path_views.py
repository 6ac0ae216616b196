"""One radio path over the ground: asked in a form, answered with its profile and the models beside each other."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.coverage.paths.asking import Question, numbers
from infra_registry.coverage.paths.checking import PathCheck, check
from infra_registry.coverage.paths.picture import drawn, rows
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.errors import Invalid, RegistryError
from infra_registry.reports.path_report import sentence, verdict
from web.site.context import fault_text, locale, render, settings, t, use_case
from web.site.routing import Feature

feature = Feature("paths", __name__)
RUN = Permission.COVERAGE_RUN
FIELDS = ("from", "to", "technology", "height_m", "rx_height_m", "frequency_mhz", "eirp_dbm")
SHOWN_AGAIN = (403, 404, 422)
TIMEOUT_MS = 30_000


@feature.get("/coverage/path", permission=RUN)
def index() -> ResponseReturnValue:
    """The form; with both ends in the address also the answer."""
    sent = {name: request.args.get(name, "").strip()[:60] for name in FIELDS}
    sent["technology"] = sent["technology"] or next(iter(radio().technologies))
    if "to" not in request.args:
        return _page(sent, {}, 200)
    try:
        question = Question(sent["from"], sent["to"], sent["technology"], **numbers(sent))
        with use_case(timeout_ms=TIMEOUT_MS) as connection:
            path_check = check(connection, settings().files_dir, question)
    except Invalid as error:
        wrong = {fault.field if fault.field in FIELDS else "to": fault_text(fault) for fault in error.faults}
        return _page(sent, wrong, 422)
    except RegistryError as error:
        if error.status not in SHOWN_AGAIN:
            raise
        at = "from" if error.params.get("asset") == sent["from"] else "to"
        return _page(sent, {at: t(error.code, **error.params)}, error.status)
    return _page(sent, {}, 200, path_check)


def _page(
    sent: dict[str, str], errors: dict[str, str], status: int, path_check: PathCheck | None = None
) -> ResponseReturnValue:
    answer = {}
    if path_check is not None:
        key, facts = verdict(path_check)
        answer = {
            "verdict": t(key, **facts),
            "findings": [sentence(finding, locale()) for finding in path_check.findings],
            "picture": drawn(path_check.clearance) if path_check.clearance else None,
            "profile": rows(path_check.clearance) if path_check.clearance else [],
        }
    page = render(
        "radio/path.html",
        sent=sent,
        errors=errors,
        path_check=path_check,
        technologies=list(radio().technologies),
        receiver_m=radio().receiver_height_m,
        crumbs=[(t("coverage.heading"), url_for("coverage.index")), (t("path.title"), None)],
        **answer,
    )
    return page, status
