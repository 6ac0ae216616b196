"""Addresses with a code given before things had letters of their own: they lead to the address of today."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from infra_registry import codes
from infra_registry.db.aliases import currents
from web.site import context

THINGS = tuple(thing for thing in codes.FORMER if thing != "grant")  # a grant has no address of its own


def redirected() -> Response | None:
    """The way to today's address, for a reader who may see the thing; None when the address is of today.

    A form that was open during an upgrade is sent to its old address: what it names is resolved where it is read.
    """
    if request.method not in ("GET", "HEAD") or not request.view_args or request.endpoint is None:
        return None
    given = {name: value for name, value in request.view_args.items() if isinstance(value, str)}
    if not any(set(THINGS).intersection(codes.formerly(value)) for value in given.values()):
        return None
    with context.reading() as connection:
        today = currents(connection, given.values(), *THINGS)
    if all(today[value] == value for value in given.values()):
        return None
    path = url_for(
        request.endpoint, **request.view_args | {name: today[value] for name, value in given.items()}
    )
    query = request.query_string.decode("latin-1")
    return redirect(f"{path}?{query}" if query else path, 302)
