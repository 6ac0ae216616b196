"""The application: features, who may use them, and what every request and response goes through."""

import secrets
from importlib import import_module
from typing import Any

from apiflask import APIFlask
from flask import Response, g, redirect, request
from jinja2 import FileSystemLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from infra_registry import __version__, logs
from infra_registry.access import allows
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.publish import basemap
from infra_registry.resources import WEB
from web import api
from web.features import FEATURES
from web.site import context, errors, frame, metrics, old_codes, openid, security, session
from web.site.routing import PUBLIC

ROOMS = ("site", "assets", "coverage", "duties", "letters", "cases", "office", "map")
TEMPLATES = tuple(WEB / room / "templates" for room in ROOMS)
YEAR_S = 31_536_000


def create_app(settings: Settings, database: Database) -> APIFlask:
    """The web application on this register."""
    logs.configure()
    app = APIFlask(
        "web",
        title="Infrastructure registry",
        version=__version__,
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    _configure(app, settings)
    app.extensions["registry.settings"] = settings
    app.extensions["registry.database"] = database
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(before)
    app.after_request(after)
    openid.register(app, settings.openid)
    frame.register(app)
    errors.register(app)
    for name in FEATURES:
        app.register_blueprint(import_module(name).feature)
    _open_own_routes(app)
    app.extensions["registry.paths"] = frame.served_paths(app)
    api.describe(app)
    return app


def _configure(app: APIFlask, settings: Settings) -> None:
    app.secret_key = security.signing_key(settings)
    app.json = api.StrictJson(app)
    app.session_interface = session.Notices()
    slot = basemap.read(settings.basemap_file)
    app.config.update(
        KNOWN_HOSTS=settings.known_hosts,
        SECURE_COOKIES=settings.production,
        BASEMAP_HOSTS=(slot.host,) if slot and slot.host else (),
        SESSION_COOKIE_NAME="__Host-notice" if settings.production else "notice",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=security.MAX_BODY,
        MAX_FORM_MEMORY_SIZE=security.MAX_BODY,
        MAX_FORM_PARTS=security.MAX_FORM_PARTS,
        MAX_COOKIE_SIZE=4093,
        TEMPLATES_AUTO_RELOAD=not settings.production,
    )
    app.jinja_loader = FileSystemLoader(TEMPLATES)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}


def _open_own_routes(app: APIFlask) -> None:
    """Files and the API's description are public; every other route names its permission or fails here."""
    for endpoint in ("static", "openapi.spec"):
        vars(app.view_functions[endpoint])["permission"] = PUBLIC
    bare = [name for name, view in app.view_functions.items() if not hasattr(view, "permission")]
    if bare:
        raise ValueError(f"routes without a permission: {', '.join(sorted(bare))}")


def before() -> Any:
    """Name the request, refuse what no honest client sends, find the actor, ask for the permission."""
    metrics.begin()
    g.request_id = security.name_request()
    g.csp_nonce = secrets.token_urlsafe(16)
    if request.endpoint == "health.healthz":
        return None
    if request.blueprint != "health":  # who watches the machine asks by its number
        security.check_host()
    if request.endpoint == "static":
        return None
    security.check_caps()
    session.identify()
    if request.routing_exception is not None or request.endpoint is None:
        return None
    security.check_csrf()
    view = api.current_view()
    if not allows(context.current_actor(), view.permission):
        raise errors.denied()
    session.narrow(view.permission)
    api.check_parameters(view)
    duty = session.first_duty()
    return redirect(duty, 303) if duty else old_codes.redirected()


def after(response: Response) -> Response:
    """Headers of every response; what is fetched by its fingerprint may be kept for a year."""
    if request.endpoint == "static" and response.status_code in (200, 304):
        kept = f"public, max-age={YEAR_S}, immutable" if request.args.get("v") else "public, no-cache"
        response.headers["Cache-Control"] = kept
    language = context.ACCEPTED.get(request.args.get("lang", ""))
    if language and response.status_code < 500:
        session.set_cookie(response, context.LANGUAGE_COOKIE, language, max_age=YEAR_S)
    if response.mimetype == "text/html":
        response.vary.update(("Cookie", "Accept-Language", "Accept"))
        response.headers.setdefault("Content-Language", context.locale())
    return metrics.count(security.add_headers(response))
