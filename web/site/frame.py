"""What every page shows around its content: rails, cities, language, what is a sample, where files lie."""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Any

from flask import Flask, current_app, g, request, url_for

from infra_registry.access import ANONYMOUS, Actor, Permission, allows
from infra_registry.duties.inforce.law import article_words
from infra_registry.publish import cities as places
from infra_registry.resources import STATIC
from web.site import clock, context, security

REMEMBER_S = 20
OLDER_NAME = ("/duties", "/tiles/duties", "/tiles/openings")  # where ``city`` may stand for ``area``
HAN = re.compile("[\u4e00-\u9fff]")

# key, address, permission asked for the entry to be shown
STAFF_RAIL = (
    ("map", "/map", Permission.PUBLIC_READ),
    ("assets", "/assets", Permission.PUBLIC_READ),
    ("duties", "/duties", Permission.DUTY_READ),
    ("coverage", "/coverage", Permission.COVERAGE_READ),
    ("free_wifi", "/wifi", Permission.COVERAGE_READ),
    ("works", "/works", Permission.ACCOUNT),
    ("law", "/law", Permission.LAW_READ),
    ("campaigns", "/campaigns", Permission.CAMPAIGN_RUN),
    ("cases", "/cases", Permission.CASE_READ),
    ("imports", "/imports", Permission.IMPORT_RUN),
    ("parties", "/parties", Permission.PARTY_READ),
    ("areas", "/areas", Permission.PUBLIC_READ),
    ("admin", "/admin", Permission.JOBS_READ),
)
CITIZEN_ROW = (
    ("wifi", "/map?kind=wifi_zone", Permission.PUBLIC_READ),
    ("open", "/assets", Permission.PUBLIC_READ),
    ("report", "/report", Permission.REPORT_FILE),
    ("track", "/track", Permission.REPORT_FILE),
    ("law", "/law", Permission.LAW_READ),
)
# Pages that are part of an entry without its address.
BELOW = {"coverage": ("/evidence",), "assets": ("/office/withheld", "/consents")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation; its words are ``nav.<key>``."""

    key: str
    href: str
    active: bool


class Reader:
    """The actor as templates see him."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.is_authenticated = actor.is_authenticated
        self.name = actor.name
        self.roles = frozenset(grant.role.value for grant in actor.roles)

    def may(self, permission: str, subject: Any = None) -> bool:
        """True when the permission (by name) is granted."""
        return allows(self.actor, Permission(permission), subject)


class Remembered:
    """A value read from the database now and then; what was read last serves while it cannot be."""

    def __init__(self, read: Callable[[Any], Any], empty: Any) -> None:
        self.read, self.value, self.at = read, empty, -1e9
        self.lock = Lock()

    def get(self) -> Any:
        """The value, at most ``REMEMBER_S`` old while the database answers."""
        if g.get("failing"):
            return self.value
        if time.monotonic() - self.at > REMEMBER_S and self.lock.acquire(blocking=False):
            try:
                with context.database().use_case(ANONYMOUS, timeout_ms=2000) as connection:
                    self.value = self.read(connection)
                self.at = time.monotonic()
            finally:
                self.lock.release()
        return self.value


def register(app: Flask) -> None:
    """Give templates their context."""
    app.extensions["registry.places"] = Remembered(places.cities, ())
    app.extensions["registry.samples"] = Remembered(places.has_samples, False)
    app.context_processor(template_context)
    app.add_template_filter(context.named)


def template_context() -> dict[str, Any]:
    """Exactly what base.html and every page may rely on."""
    reader = Reader(context.current_actor())
    return {
        "locale": context.locale(),
        "t": context.t,
        "fault_text": context.fault_text,
        "local": clock.local,
        "own_words": own_words,
        "actor": reader,
        "csp_nonce": g.get("csp_nonce", ""),
        "asset_url": asset_url,
        "csrf_token": security.csrf_token,
        "nav": navigation(reader),
        "areas": all_cities(),
        "current_area": chosen_area(),
        "area_address": area_address,
        "sample_data": current_app.extensions["registry.samples"].get(),
        "as_of": datetime.now(UTC),
        "request_id": context.request_id(),
        "url_with": context.url_with,
        "article_words": article_words,
    }


def own_words(note: str) -> str:
    """A note of the product itself is kept as “Chinese / English”: the reader's half. Others stay as they are."""
    first, _, second = note.partition(" / ")
    if second and HAN.search(first) and not HAN.search(second):
        return second if context.locale() == "en" else first
    return note


def _under(path: str, top: str) -> bool:
    return path == top or path.startswith(top + "/")


def navigation(reader: Reader) -> list[Entry]:
    """The side rail of staff, or the short top row of citizens; only what exists and is allowed."""
    listed = STAFF_RAIL if reader.is_authenticated else CITIZEN_ROW
    served_paths = current_app.extensions["registry.paths"]
    path = request.path
    return [
        Entry(key, href, any(_under(path, top) for top in (href.split("?")[0], *BELOW.get(key, ()))))
        for key, href, permission in listed
        if href.split("?")[0] in served_paths and reader.may(permission.value)
    ]


def served_paths(app: Flask) -> frozenset[str]:
    """Addresses without parameters that this application answers."""
    return frozenset(rule.rule.rstrip("/") or "/" for rule in app.url_map.iter_rules() if not rule.arguments)


@dataclass(frozen=True, slots=True)
class Place:
    """A city in the switcher, named in the reader's language."""

    code: str
    name: str
    id: int


def all_cities() -> list[Place]:
    """All cities, named in the reader's language."""
    cities = current_app.extensions["registry.places"].get()
    return [Place(city.code, city.label(context.locale()), city.id) for city in cities]


def chosen_area() -> Place | None:
    """The city chosen in the address or kept in a cookie from before; None for all."""
    code = asked_area() or request.cookies.get("area", "")
    return next((city for city in all_cities() if city.code == code), None)


def chosen_code() -> str:
    """The code of the area in the address, or else of the chosen city; empty for all."""
    return request.args.get("area", "") or getattr(chosen_area(), "code", "")


def asked_area() -> str:
    """The code of the area the address asks for; lists of duties still take it under its older name, ``city``."""
    older = request.args.get("city", "") if request.path.startswith(OLDER_NAME) else ""
    return request.args.get("area", older).strip()


def area_address(code: str | None) -> str:
    """This page for another city, or for all: the district and the page of the one before are left behind."""
    older = {"city": None} if request.path.startswith(OLDER_NAME) else {}
    return context.url_with(area=code, district=None, page=None, cursor=None, **older)


@lru_cache(maxsize=1024)
def _address(path: str, _changed_ns: int, _root: str) -> str:
    """Worked out once per file, its last change and the prefix a proxy serves the product under."""
    fingerprint = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return url_for("static", filename=path, v=fingerprint)


def asset_url(path: str) -> str:
    """The address of a file below ``static``, which changes with its content and may be kept for a year."""
    try:
        changed_ns = (STATIC / path).stat().st_mtime_ns
    except OSError:
        return url_for("static", filename=path)
    return _address(path, changed_ns, request.script_root)
