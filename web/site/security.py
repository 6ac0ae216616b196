"""What a browser may do with our pages, and what a request may carry: headers, CSRF, caps."""

import hashlib
import hmac
import json
import math
import re
import secrets
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, request
from werkzeug.exceptions import BadRequest, RequestURITooLarge

from infra_registry.config import Settings
from infra_registry.errors import Forbidden
from web.site.context import settings
from web.site.session import read_cookie, set_cookie

MAX_BODY = 1024 * 1024
MAX_FORM_PARTS = 400
MAX_QUERY = 8192
MAX_FIELD = 64 * 1024
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
CONTROL = re.compile("[\x00-\x1f]")
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")
HOST = re.compile(r"(?:(?P<bare>[a-z0-9.-]+)|\[(?P<bracketed>[0-9a-f:.]+)\])(?::[0-9]{1,5})?", re.ASCII)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser sends its own forms as from origin null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
}


def signing_key(settings: Settings) -> str:
    """The key of signatures: the operator's, else one made on this machine and kept below ``var``."""
    return settings.secret_key or settings.local_key("web")


def policy(nonce: str, basemap_hosts: tuple[str, ...] = ()) -> str:
    """The content security policy; hosts of the operator's own base map are let in, and no others."""
    return _policy(basemap_hosts).replace("{nonce}", nonce)


@lru_cache(maxsize=8)
def _policy(basemap_hosts: tuple[str, ...]) -> str:
    parts = dict(POLICY)
    for host in basemap_hosts:
        parts["img-src"] += f" {host}"
        parts["connect-src"] += f" {host}"
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def add_headers(response: Response) -> Response:
    """Set the headers every response carries, whatever made it."""
    kept = {name.lower() for name, _ in response.headers}  # a miss in Headers is an exception each time
    for name, value in HEADERS.items():
        if name.lower() not in kept:
            response.headers.add(name, value)
    hosts = current_app.config.get("BASEMAP_HOSTS", ())
    response.headers["Content-Security-Policy"] = policy(g.get("csp_nonce", ""), hosts)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if current_app.config["SECURE_COOKIES"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "cache-control" not in kept:
        response.headers["Cache-Control"] = "no-store"
    if g.get("new_form_seed"):
        set_cookie(response, "form", g.new_form_seed)
    return response


def form_seed() -> str:
    """What form tokens are bound to: the log-in session, else a random cookie of the visitor."""
    if g.get("account") is not None:
        return read_cookie("session")
    seed = g.get("new_form_seed") or read_cookie("form")
    if len(seed) < 20:
        seed = g.new_form_seed = secrets.token_urlsafe(24)
    return str(seed)


def csrf_token(seed: str | None = None) -> str:
    """The token a form of ours carries; only this server can make it for this session."""
    message = f"csrf:{form_seed() if seed is None else seed}".encode("utf-8", "surrogatepass")
    key = str(current_app.secret_key).encode()
    return urlsafe_b64encode(hmac.new(key, message, hashlib.sha256).digest()).rstrip(b"=").decode()


def check_csrf() -> None:
    """Refuse a write that another site could have made the browser send."""
    if request.method in SAFE_METHODS:
        return
    check_origin()
    if g.get("by_token"):
        return
    if g.get("account") is None and request.path.startswith("/api/"):
        return  # no cookie counts here: there is nothing to forge, and the permission decides
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token") or ""
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf_token().encode()):
        raise Forbidden("csrf.missing")


def check_host() -> None:
    """Refuse a request that asks for another host than ours; BadRequest ``request.host``."""
    name = HOST.fullmatch(request.host.lower())
    if name is None or (name["bare"] or name["bracketed"]) not in current_app.config["KNOWN_HOSTS"]:
        raise BadRequest("request.host")


def name_request() -> str:
    """A name for the request: that of a proxy of ours where it gave one of the usual form, else a new one."""
    sent = request.headers.get("X-Request-Id", "") if settings().proxies else ""
    return sent if REQUEST_ID.match(sent) else secrets.token_hex(12)


def check_origin() -> None:
    """Refuse a write whose Origin (or fetch metadata) names another site; http is another site than https."""
    origin = request.headers.get("Origin")
    if origin is not None and origin not in _own_origins():
        raise Forbidden("csrf.origin")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise Forbidden("csrf.origin")


def _own_origins() -> tuple[str, ...]:
    """The public address, and the host that was asked for: in production by the scheme of the public address."""
    public = settings().public_address
    scheme = urlsplit(public).scheme if public and settings().production else request.scheme
    asked_for = f"{scheme}://{request.host}".removesuffix(":443" if scheme == "https" else ":80")
    return (asked_for, public) if public else (asked_for,)


def check_caps() -> None:
    """Refuse addresses and parameters no honest client sends: too long, or not text."""
    if len(request.query_string) > MAX_QUERY or len(request.path) > MAX_QUERY:
        raise RequestURITooLarge
    _refuse_unless_text(request.path)
    if CONTROL.search(request.path):  # a line break would go on into headers of redirects
        raise BadRequest("request.not_text")
    for name, value in request.args.items(multi=True):
        _refuse_unless_text(name)
        _refuse_unless_text(value)
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "max_bytes", None):
        request.max_content_length = view.max_bytes  # type: ignore[union-attr]
    if request.method in SAFE_METHODS:
        return
    if request.is_json:
        check_json(request.get_data(cache=True))
        return
    for name, value in request.form.items(multi=True):
        _refuse_unless_text(name)
        _refuse_unless_text(value)
        if len(value) > MAX_FIELD:
            raise BadRequest("request.field_too_long")
    for name, file in request.files.items(multi=True):
        _refuse_unless_text(name)
        _refuse_unless_text(file.filename or "")


def check_json(data: bytes) -> None:
    """Refuse JSON that is not JSON: NaN, infinities, numbers beyond a double, text that is no text."""
    try:
        _refuse_odd(json.loads(data, parse_constant=_refuse_number, parse_float=_finite))
    except (ValueError, RecursionError) as error:
        raise BadRequest("request.json") from error


def _refuse_odd(value: Any) -> None:
    if isinstance(value, str):
        _refuse_unless_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unless_text(name)
            _refuse_odd(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_odd(inner)


def _refuse_unless_text(value: str) -> None:
    if NOT_TEXT.search(value):
        raise BadRequest("request.not_text")


def _refuse_number(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
