"""The page of the ledger of opening: rows, shares and days, filters, the form of the area's own target."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from flask import url_for

from infra_registry.access import Permission, PermissionSubject, allows
from infra_registry.areas import store as areas
from infra_registry.duties.answers import ledger, ledger_store
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.inforce.law import law
from infra_registry.publish import state_tiles
from infra_registry.publish.state_layers import STATES
from web.duties import duty_list, no_duty_reasons
from web.site.context import address, current_actor, named, render, t, use_case
from web.site.paging import pages

MOST_BODIES = 40


def show(query: Query, raw: Mapping[str, str]) -> str:
    """The page for a query; ``raw`` are its parameters as they were sent."""
    with use_case(timeout_ms=15_000) as connection:
        in_force = law(connection)
        names = duty_list.names(connection, in_force, query.city)
        page = ledger.search(connection, query)
        bare = replace(query, state=())
        counted = ledger.states(connection, bare)
        cities = ledger.figures(connection, bare, "city")
        bodies = ledger.figures(connection, bare, "body")
        box = state_tiles.extent(connection, state_tiles.openings(query)) if page.rows else None
        city = areas.find(connection, query.city) if query.city else None
        target = ledger_store.target(connection, city.id) if city else None
        silence = None if page.rows else no_duty_reasons.of(connection, in_force, query.city, _plain(raw))
    may_set = city is not None and allows(
        current_actor(), Permission.TARGET_SET, PermissionSubject(city_id=city.id)
    )
    return render(
        "duties/ledger.html",
        page=page,
        query=query,
        raw=raw,
        names=names,
        address=address,
        choices=duty_list.opening_choices(),
        states=[(s, counted[s], _href(raw, state=s)) for s in STATES["openings"] if counted.get(s)],
        cities=cities,
        bodies=sorted(bodies, key=lambda body: -body.counts["total"])[:MOST_BODIES],
        more_bodies=max(0, len(bodies) - MOST_BODIES),
        bodies_known=[(body.key, _name(body)) for body in bodies if body.key],
        box=box,
        city=city,
        target=target,
        may_set=may_set,
        silence=silence,
        called=_name,
        chips=duty_list.opening_chips(raw, names),
        pages=pages(query.page, query.limit, len(page.rows), page.total, address=partial(_href, raw)),
        crumbs=[(t("frame.nav.duties"), url_for("duties.index")), (t("duty_pages.opening"), None)],
    )


def _plain(raw: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in raw.items() if name not in ("sort", "page")}


def _href(raw: Mapping[str, str], **changes: Any) -> str:
    return address("/duties/opening", raw, **({"page": None} | changes))


def _name(figure: Any) -> str:
    """A city or body in the reader's language."""
    return named(figure) or t("value.not_stated")
