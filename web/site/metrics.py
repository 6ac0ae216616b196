"""Figures for Prometheus: requests by route and status, and how long they took."""

import time
from functools import lru_cache

from flask import Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client import multiprocess as shared
from prometheus_client.values import ValueClass

from infra_registry.access import Permission, require
from infra_registry.config import Settings
from web.site.session import actor

CONTENT_TYPE = CONTENT_TYPE_LATEST
LOOPBACK = ("127.0.0.1", "::1")

REQUESTS = Counter("registry_requests_total", "Requests answered", ("route", "method", "status"))
SECONDS = Histogram(
    "registry_request_seconds",
    "Seconds from request to response",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def begin() -> None:
    """Start the request's stop-watch."""
    g.started = time.perf_counter()


def count(response: Response) -> Response:
    """Count the response under its route, never under the address itself."""
    route = str(request.url_rule) if request.url_rule is not None else "none"
    counter, seconds = _figures(route, request.method, response.status_code)
    counter.inc()
    if "started" in g:
        seconds.observe(time.perf_counter() - g.started)
    return response


@lru_cache(maxsize=1024)
def _figures(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, method, str(status)), SECONDS.labels(route)


def admit(settings: Settings) -> None:
    """In production figures are for this machine and for tokens of system administrators."""
    here = request.remote_addr in LOOPBACK and "X-Forwarded-For" not in request.headers
    if here or not settings.production:
        return
    require(actor(), Permission.SYSTEM_RUN)


def text() -> bytes:
    """All figures; summed over the server's processes where there are several."""
    if ValueClass.__name__ == "MmapedValue":
        registry = CollectorRegistry()
        shared.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest()
