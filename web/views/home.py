"""The first page: the city in figures, and what needs me."""

from urllib.parse import urlencode

from flask import redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.publish import desk, figures
from web.context import current_actor, render, use_case
from web.frame import chosen_area
from web.routing import PUBLIC, Feature

feature = Feature("home", __name__)


@feature.get("/", permission=PUBLIC)
def show() -> ResponseReturnValue:
    """What is registered here, by kind, and what waits for the one who asks."""
    area, actor = chosen_area(), current_actor()
    with use_case() as connection:
        counted = figures.city(connection, actor, area.code if area else None)
        waiting = desk.waiting(connection, actor)
    return render("home/show.html", figures=counted, waiting=waiting)


@feature.get("/search", permission=PUBLIC)
def search() -> ResponseReturnValue:
    """The search field of every page: codes, names and addresses of assets, in the list beside the map."""
    return redirect(f"/assets?{urlencode({'q': request.args.get('q', '').strip()[:100]})}", 303)
