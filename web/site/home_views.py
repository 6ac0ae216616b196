"""The first page: figures of the city and what waits for the reader; and the search of every page."""

from urllib.parse import urlencode

from flask import redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.coverage.runs import store as run_store
from infra_registry.duties.answers import ledger
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.inforce.law import law
from infra_registry.publish import desk, duty_desk, figures
from infra_registry.publish.state_layers import STATES
from web.site.context import current_actor, render, use_case
from web.site.frame import chosen_area
from web.site.routing import PUBLIC, Feature

feature = Feature("home", __name__)


@feature.get("/", permission=PUBLIC)
def show() -> ResponseReturnValue:
    """What is registered here, by kind, and what waits for the one who asks."""
    area, actor = chosen_area(), current_actor()
    with use_case() as connection:
        counted = figures.city(connection, actor, area.code if area else None)
        waiting = desk.waiting(connection, actor)
        if actor.is_authenticated:
            waiting = (*duty_desk.waiting(connection, actor, law(connection)), *waiting)
        computing = run_store.computing(connection)
        states = ledger.states(connection, Query(city=area.code if area else ""))
    return render(
        "home/show.html",
        figures=counted,
        waiting=waiting,
        computing=computing,
        states=states,
        shown=STATES["openings"],
    )


@feature.get("/search", permission=PUBLIC)
def search() -> ResponseReturnValue:
    """The search field of every page: codes, names and addresses of assets, in the list beside the map."""
    return redirect(f"/assets?{urlencode({'q': request.args.get('q', '').strip()[:100]})}", 303)
