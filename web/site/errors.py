"""One table from exception to answer: a page for people, problem+json for programs."""

import json
from dataclasses import dataclass
from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError as ApiError
from flask import Response, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from infra_registry.db import faults
from infra_registry.errors import Fault, Forbidden, Invalid, Limited, NoRoom, RegistryError
from web.site.context import current_actor, fault_text, locale, public_address, render, t, wants_json
from web.site.session import NotAuthenticated

log = structlog.get_logger("web")

HTTP_CODES = {
    400: "request.bad",
    401: "access.log_in",
    403: "access.denied",
    404: "page.missing",
    405: "request.method",
    408: "request.slow",
    413: "request.too_large",
    414: "request.address_too_long",
    415: "request.media_type",
    422: "request.bad",
    429: "request.too_many",
    431: "request.header_too_long",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, ready to be shown."""

    status: int
    code: str
    params: dict[str, Any]
    faults: tuple[Any, ...] = ()
    retry_after_s: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


def register(app: APIFlask) -> None:
    """Answer every exception of the application with ``answer``."""
    for kind in (Exception, ApiError):  # the API framework brings a handler of its own, which this replaces
        app.register_error_handler(kind, answer)


def answer(error: Exception) -> AnyResponse:
    """The response to an exception."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()
    g.failing = True  # the page of an error asks nothing of the database
    problem = problem_of(error)
    if problem.status == 401 and _may_sign_in():
        return redirect(url_for("sign_in.form", next=request.full_path.rstrip("?")), 303)
    return respond(problem)


def _may_sign_in() -> bool:
    """True for a person on a page. A bad Authorization header comes again with every request: no way out by log-in."""
    return (
        not wants_json()
        and request.method == "GET"
        and "Authorization" not in request.headers
        and request.endpoint != "sign_in.form"
    )


def problem_of(error: Exception) -> Problem:
    """The problem an exception means, by its class."""
    error = NoRoom("file.no_room") if NoRoom.explains(error) else faults.explain(error) or error
    if isinstance(error, RegistryError):
        wait = error.params.get("retry_after_s") if error.status in (429, 503) else None
        invalid = error.faults if isinstance(error, Invalid) else ()
        params = {"retry_after_s": wait or 1, **error.params}
        if error.code == "db.replica":  # where to write instead
            params["address"] = public_address()
        return Problem(
            error.status, error.code, params, invalid, wait or (1 if isinstance(error, Limited) else None)
        )
    if isinstance(error, ApiError):
        return Problem(error.status_code, "form.invalid", {"count": 1}, tuple(_schema_faults(error.detail)))
    if isinstance(error, HTTPException):
        return _http_problem(error)
    # The address of a letter opens it: that kind of path is named, not written down.
    path = str(request.url_rule) if request.blueprint == "answer" else request.path
    log.exception("unexpected", request_id=g.get("request_id"), path=path, exc_info=error)
    return Problem(500, "server.failed", {})


def respond(problem: Problem) -> Response:
    """The problem in the form the reader can use."""
    params = {**problem.params, "request_id": g.get("request_id", "")}
    if wants_json():
        body = json.dumps(document(problem), ensure_ascii=False, allow_nan=False)
        response = Response(body, problem.status, mimetype="application/problem+json")
    else:
        page = render("errors/problem.html", problem=problem, detail=t(problem.code, **params))
        response = Response(page, problem.status, mimetype="text/html")
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="registry"'
    for name, value in problem.headers:
        response.headers[name] = value
    return response


def document(problem: Problem) -> dict[str, Any]:
    """RFC 9457 with our stable code, the faults and the request's name."""
    request_id = g.get("request_id", "")
    shut = {"gates": [_gate(gate) for gate in problem.params["gates"]]} if "gates" in problem.params else {}
    return shut | {
        "type": f"urn:registry:problem:{problem.code}",
        "title": t(f"http.{problem.status}"),
        "status": problem.status,
        "code": problem.code,
        "detail": t(problem.code, **{**problem.params, "request_id": request_id}),
        "faults": [fault_of(fault) for fault in problem.faults],
        "request_id": request_id,
    }


def _gate(gate: Any) -> dict[str, Any]:
    """A shut gate as JSON: rulebook, clause, citation, missing facts, what opens it."""
    texts = {name: getattr(gate, name).of(locale()) for name in ("citation", "lacking", "remedy")}
    return {"book": gate.book.key, "clause": gate.clause.key, "missing": list(gate.missing), **texts}


def fault_of(fault: Any) -> dict[str, str]:
    """One refused value as JSON: field, value sent, code, expected values, message."""
    facts = {name: str(getattr(fault, name, "") or "") for name in ("field", "value", "code", "expected")}
    facts["value"] = facts["value"][:200]
    return {**facts, "detail": t(facts["code"], **facts)}


def messages(refused: RegistryError | None, *, at: str = "") -> dict[str, str]:
    """A refusal as form fields show it: field to message, the first fault of a field.

    A refusal that names no field stands at the field ``at``.
    """
    if refused is None:
        return {}
    if not isinstance(refused, Invalid):
        return {at: t(refused.code, **refused.params)}
    result: dict[str, str] = {}
    for fault in refused.faults:
        result.setdefault(fault.field, fault_text(fault))
    return result


def denied() -> RegistryError:
    """The error for an actor without the permission: NotAuthenticated for visitors, else Forbidden."""
    if current_actor().is_authenticated:
        return Forbidden("access.denied")
    return NotAuthenticated("access.log_in")


def _http_problem(error: HTTPException) -> Problem:
    status = error.code or 500
    code = HTTP_CODES.get(status, "request.bad" if status < 500 else "server.failed")
    description = error.description or ""
    if status == 400 and description.startswith("request."):
        code = description
    headers = [item for item in error.get_headers() if item[0] == "Allow"]
    return Problem(status, code, {"path": request.path[:200]}, headers=tuple(headers))


def _schema_faults(detail: Any, path: str = "") -> list[Fault]:
    if isinstance(detail, dict):
        skip = ("json", "query", "form", "files", "headers", "json_or_form")
        return [
            faults
            for name, inner in detail.items()
            for faults in _schema_faults(
                inner, path if not path and name in skip else f"{path}.{name}".strip(".")
            )
        ]
    message = "; ".join(str(item) for item in detail) if isinstance(detail, list) else str(detail)
    return [Fault(path, None, "form.schema", message)]
