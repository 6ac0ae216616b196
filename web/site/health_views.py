"""For machines that watch: whether the process is alive, whether the whole is ready, and the figures."""

from dataclasses import dataclass

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from infra_registry.access import SERVICE
from infra_registry.db import Database, faults
from infra_registry.db.state import State, read_state
from web.site import metrics
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
    checks = _checks(database())
    ready = all(check.ok for check in checks if check.needed)
    facts = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    return jsonify(status="ready" if ready else "not_ready", checks=facts), 200 if ready else 503


@feature.get("/metrics", permission=PUBLIC)
def prometheus() -> ResponseReturnValue:
    """Figures for Prometheus; in production only for this machine or with the metrics token."""
    metrics.admit(settings())
    return Response(metrics.text(), content_type=metrics.CONTENT_TYPE)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition; those that are not ``needed`` only slow things down."""

    name: str
    ok: bool
    detail: str
    needed: bool = True


def _checks(database: Database) -> list[Check]:
    """All conditions; with no database only the first."""
    try:
        with database.use_case(SERVICE, timeout_ms=3000) as connection:
            state = read_state(connection)
    except Exception as error:
        explanation = faults.explain(error)
        if explanation is None:
            raise
        return [Check("database", ok=False, detail=explanation.code)]
    return [Check("database", ok=True, detail="reachable"), *_of_state(state)]


def _of_state(state: State) -> list[Check]:
    migrated = state.revision == state.head
    silent = "no sign" if state.worker_age_s is None else f"{state.worker_age_s} s ago"
    index = "leakproof" if state.leakproof else "integer cells"
    return [
        Check("schema", migrated, f"{state.revision or 'none'} of {state.head}"),
        Check("spatial_index", state.leakproof, index, needed=False),
        Check("worker", state.worker_alive, silent, needed=False),
    ]
