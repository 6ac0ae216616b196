"""For machines that watch: is the process alive, is the whole ready, what are the figures."""

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from web.site import metrics, readiness
from web.site.context import database, settings
from web.site.routing import PUBLIC, Feature

feature = Feature("health", __name__)


@feature.get("/healthz", permission=PUBLIC)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@feature.get("/readyz", permission=PUBLIC)
def readyz() -> ResponseReturnValue:
    """The register can do its work; 503 and the reasons when it cannot."""
    checks = readiness.check(database())
    ready = all(check.ok for check in checks if check.needed)
    facts = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    return jsonify(status="ready" if ready else "not_ready", checks=facts), 200 if ready else 503


@feature.get("/metrics", permission=PUBLIC)
def prometheus() -> ResponseReturnValue:
    """Figures for Prometheus; in production only for this machine or with the metrics token."""
    metrics.admit(settings())
    return Response(metrics.text(), content_type=metrics.CONTENT_TYPE)
