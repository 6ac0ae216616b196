"""The audit: events with filters and as CSV, and the verification of their chain."""

from typing import Any

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from infra_registry import audit
from infra_registry.access import Permission
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import day, whole
from web.site.context import render, t, use_case
from web.site.paging import as_csv, page_number, pages
from web.site.routing import Feature

feature = Feature("audit", __name__)
PER_PAGE = 100
MAX_CSV = 10_000
VERIFY_TIMEOUT_MS = 600_000
COLUMNS = ("at", "actor", "role", "action", "object", "ref", "rows", "request")


@feature.get("/admin/audit", permission=Permission.AUDIT_READ)
def listing() -> ResponseReturnValue:
    """Events, newest first: filtered, paged, or as CSV; and the head of the chain."""
    filters, page = _filters(), page_number("audit.fault.page")
    if request.args.get("format") == "csv":
        return _csv(filters)
    return _page(filters, page)


@feature.post("/admin/audit/verify", permission=Permission.AUDIT_VERIFY)
def verify() -> ResponseReturnValue:
    """Recompute the chain and show what was found."""
    with use_case(timeout_ms=VERIFY_TIMEOUT_MS) as connection:
        findings = audit.verify(connection)
        audit.note(connection, "verify", "audit_seal", facts={"findings": len(findings)})
    return _page(_filters(), 1, findings=findings)


@feature.get("/admin/audit/verify", permission=Permission.AUDIT_READ)
def back() -> ResponseReturnValue:
    """The address of a result, opened by hand: the list."""
    return redirect("/admin/audit", 303)


def _page(filters: audit.EventFilter, page: int, **more: Any) -> str:
    with use_case() as connection:
        rows, further = audit.events(connection, filters, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        count, digest = audit.head(connection)
        waiting, objects = audit.waiting(connection), audit.objects(connection)
    return render(
        "audit/list.html",
        rows=rows,
        filters=filters,
        actions=audit.ACTIONS,
        objects=objects,
        count=count,
        digest=digest,
        waiting=waiting,
        pages=pages(page, PER_PAGE, len(rows) + further, None),
        **{"findings": None, **more},
    )


def _filters() -> audit.EventFilter:
    texts = {name: request.args.get(name, "").strip()[:80] or None for name in ("action", "object", "ref")}
    actor, text = request.args.get("actor", "").strip(), request.args.get("day", "").strip()
    faults = []
    number = whole(actor, 10**18)
    if actor and number is None:
        faults.append(Fault("actor", actor[:20], "audit.fault.actor"))
    on = day(text)
    if text and on is None:
        faults.append(Fault("day", text[:20], "audit.fault.day"))
    if faults:
        raise Invalid(faults)
    return audit.EventFilter(**texts, actor=number, day=on)


def _csv(filters: audit.EventFilter) -> Response:
    with use_case(timeout_ms=VERIFY_TIMEOUT_MS) as connection:
        rows, _ = audit.events(connection, filters, limit=MAX_CSV)
        audit.note(connection, "export", "audit_event", count=len(rows))
    lines = (
        (e.at.isoformat(), e.actor, e.role, e.action, e.object, e.ref, e.row_count, e.request) for e in rows
    )
    return as_csv("audit.csv", [t(f"audit.{name}") for name in COLUMNS], lines)
