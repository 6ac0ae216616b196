"""``Idempotency-Key``: a write that is sent again is answered again, not done again.

The view runs inside the transaction that claims the key: ``web.context.use_case`` gives it that same
connection, so claim, write and answer are kept together or not at all.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, g, make_response, request

from infra_registry.parties import repeats
from web.site.context import current_actor, use_case

KEPT_HEADERS = ("Content-Type", "Location", "ETag")


class _Undone(Exception):
    """The view answered with an error: the transaction is rolled back and the answer is not stored."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Make a writing view answer a repeated ``Idempotency-Key`` as it did before."""

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        repeats.check_key(key)
        try:
            return _run(key, view, args, kwargs)
        except _Undone as undone:
            return undone.response

    return once


def _run(key: str, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Response:
    user_id = current_actor().user_id
    with use_case() as connection:
        earlier = repeats.claim(connection, user_id, key, _content())
        if earlier is not None:
            return _replay(earlier)
        g.shared_connection = connection
        try:
            response = make_response(view(*args, **kwargs))
        finally:
            g.pop("shared_connection", None)
        if response.status_code >= 400:
            raise _Undone(response)
        repeats.keep(connection, user_id, key, _record(response))
        return response


def _content() -> bytes:
    line = f"{request.method} {request.full_path} {request.headers.get('If-Match', '')}\n"
    return line.encode("utf-8", "surrogatepass") + request.get_data(cache=True)


def _record(response: Response) -> repeats.Answer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    text = json.dumps({"headers": headers, "body": response.get_data(as_text=True)}, ensure_ascii=False)
    return repeats.Answer(response.status_code, text)


def _replay(earlier: repeats.Answer) -> Response:
    kept = json.loads(earlier.text)
    response = Response(kept["body"], earlier.status, headers=kept["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    return response
