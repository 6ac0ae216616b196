"""Conditional answers: the ETag of a response, and 304 while the reader's copy has the same."""

import hashlib
from collections.abc import Callable

from flask import Response, request

from web.site.context import current_actor


def is_good(etag: str) -> bool:
    """True when the reader's copy has this tag."""
    return bool(request.if_none_match) and request.if_none_match.contains(etag)


def tagged(
    response: Response, etag: str, *, public: bool = False, vary: str = "Cookie, Authorization"
) -> Response:
    """The response with its tag, to be asked for again each time, by caches of all or of this reader alone."""
    response.set_etag(etag)
    response.headers["Cache-Control"] = f"{'public' if public else 'private'}, no-cache"
    response.headers["Vary"] = vary
    return response


def answer(marks: str, make: Callable[[], Response]) -> Response:
    """What ``make`` gives, or 304 when the copy made from equal ``marks`` for this reader's audience is there."""
    etag = hashlib.sha256(f"{marks}|{current_actor().audience()}".encode()).hexdigest()[:32]
    return tagged(Response(status=304) if is_good(etag) else make(), etag)
