"""Read the audit: a filtered page of events for auditors, and a note of a sensitive read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, text

from infra_registry.audit.tables import audit_event, audit_seal
from infra_registry.db.aliases import code_alias

ACTIONS = ("insert", "update", "delete", "read", "export", "verify", "deny", "login", "logout")
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What an auditor asks for; ``day`` is a day in UTC, ``actor`` a user id (0: nobody signed in)."""

    action: str | None = None
    object: str | None = None
    ref: str | None = None
    actor: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One audit event; ``sealed`` says whether the chain covers it already."""

    id: int
    at: datetime
    actor: str
    role: str
    action: str
    object: str
    ref: str | None
    row_count: int
    request: str | None
    facts: Mapping[str, Any] | None
    sealed: bool


def note(
    connection: Connection,
    action: str,
    thing: str,
    *,
    ref: str | None = None,
    count: int = 1,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Record what no trigger sees: a sensitive read, an export, a refused log-in. Never personal data."""
    connection.execute(
        text("SELECT audit_note(:action, :thing, :ref, :count, CAST(:facts AS jsonb))"),
        {
            "action": action,
            "thing": thing,
            "ref": ref,
            "count": count,
            "facts": json.dumps(facts) if facts is not None else None,
        },
    )


def events(
    connection: Connection, filters: EventFilter, *, limit: int = 50, offset: int = 0
) -> tuple[list[Event], bool]:
    """A page of events, newest first, and whether more follow."""
    sealed = select(func.coalesce(func.max(audit_seal.c.below_txid), 0)).scalar_subquery()
    query = (
        select(
            *(audit_event.c[name] for name in Event.__dataclass_fields__ if name != "sealed"),
            (audit_event.c.txid < sealed).label("sealed"),
        )
        .where(*_conditions(filters))
        .order_by(audit_event.c.id.desc())
        .limit(min(limit, MAX_PAGE) + 1)
        .offset(offset)
    )
    rows = [Event(**row) for row in connection.execute(query).mappings()]
    return rows[:limit], len(rows) > limit


def objects(connection: Connection) -> list[str]:
    """The kinds of things that stand in the audit, for the filter."""
    # A loose index scan: one probe per kind instead of a pass over every event.
    return list(
        connection.scalars(
            text(
                """WITH RECURSIVE kinds AS (
                  (SELECT object FROM audit_event ORDER BY object LIMIT 1)
                  UNION ALL SELECT (SELECT e.object FROM audit_event e WHERE e.object > k.object
                                    ORDER BY e.object LIMIT 1) FROM kinds k WHERE k.object IS NOT NULL)
                SELECT object FROM kinds WHERE object IS NOT NULL"""
            )
        )
    )


def _conditions(filters: EventFilter) -> list[ColumnElement[bool]]:
    column = audit_event.c
    conditions: list[ColumnElement[bool]] = []
    if filters.action is not None:
        conditions.append(column.action == filters.action)
    if filters.object is not None:
        conditions.append(column.object == filters.object)
    if filters.ref is not None:
        # Events keep the code of their day: a thing is looked for by its codes of all times.
        same = select(code_alias.c.old).where(code_alias.c.code == filters.ref)
        conditions.append(or_(column.ref == filters.ref, column.ref.in_(same)))
    if filters.actor is not None:
        conditions.append(column.actor == str(filters.actor))
    if filters.day is not None:
        start = datetime(filters.day.year, filters.day.month, filters.day.day, tzinfo=UTC)
        conditions += [column.at >= start, column.at < start + timedelta(days=1)]
    return conditions
