"""A new run of mobile coverage: asked on one page, priced before it starts, refused with its cost."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.coverage.evidence.tables import ENVIRONMENTS
from infra_registry.coverage.gaps.detection import KINDS
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio import costs
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Connection
from infra_registry.errors import Conflict, Fault, Invalid, NotFound, RegistryError
from web.coverage import radio_form
from web.site.context import current_actor, locale, render, t, use_case
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("radio_new", __name__)
RUN = Permission.COVERAGE_RUN
SHOWN_AGAIN = (404, 409, 422)


@feature.get("/coverage/new/mobile", permission=RUN)
def new() -> ResponseReturnValue:
    """The form of a new run."""
    return _form(radio_form.empty(request.args.get("area", "")), {}, 200)


@feature.post("/coverage/new/mobile", permission=RUN)
def start() -> ResponseReturnValue:
    """Tell what a run would cost, or ask for it; the form again with what is wrong when it cannot be."""
    sent = radio_form.sent(request.form)
    try:
        question = radio_form.question(sent)
        if request.form.get("act") == "estimate":
            with use_case() as connection:
                return _form(sent, {}, 200, cost=_cost(connection, question))
        with use_case() as connection:
            code, _ = life.ask(connection, current_actor(), RADIO, question)
    except RegistryError as error:
        if error.status not in SHOWN_AGAIN:
            raise
        return _form(sent, radio_form.faults_in_words(error), error.status)
    return done(t("coverage.started", code=code), url_for("coverage.show", code=code))


def _cost(connection: Connection, question: Question) -> dict[str, Any]:
    try:
        ground = life.ground_of(connection, current_actor(), RADIO, question)
        price = costs.priced(connection, question.filled(), ground)
    except (NotFound, Conflict) as error:
        fault = Fault("area", question.area_code[:40], "radio_page.area_not_known", "")
        raise Invalid([fault]) from error
    costs.check(price)
    return {
        "cells": price.cost.cells,
        "layers": price.layers,
        "memory_mb": price.memory_mb,
        "gigabytes": price.disk_bytes / 1e9,
        "seconds": price.cost.seconds,
    }


def _form(
    sent: dict[str, Any], errors: dict[str, str], status: int, *, cost: dict[str, Any] | None = None
) -> ResponseReturnValue:
    with use_case() as connection:
        areas_to_choose = radio_form.areas_offered(connection)
        earlier = [
            run
            for run in run_store.runs(connection, method="radio", limit=200)
            if run["ended_at"] and run["whole"] and sent["area"] in ("", run["area_code"])
        ]
    page = render(
        "radio/new.html",
        sent=sent,
        errors=errors,
        cost=cost,
        areas_offered=areas_to_choose,
        earlier=earlier,
        technologies=list(radio().technologies),
        environments=[(key, radio().environments[key].basis.of(locale())) for key in ENVIRONMENTS],
        kinds=KINDS,
        bounds=limits(),
        crumbs=[(t("coverage.heading"), url_for("coverage.index")), (t("coverage.new"), None)],
    )
    return page, status
