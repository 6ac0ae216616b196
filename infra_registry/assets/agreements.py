"""Agreements as facts: who let whom in, on which terms, and where that is known from. No judgement here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import Range

from infra_registry import codes
from infra_registry.assets import ledger_store


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement about a host; ``exclusive`` None is "not stated"; ``until`` is the first day after the term."""

    asset_id: int
    deal_type: str
    basis: str
    grantor_id: int | None = None
    grantee_id: int | None = None
    exclusive: bool | None = None
    signed_on: date | None = None
    since: date | None = None
    until: date | None = None
    note: str | None = None
    sample: bool = False
    code: str | None = None


def add(connection: Connection, rows: Sequence[Agreement]) -> list[int]:
    """Record agreements; ids in the order given."""
    return ledger_store.add_agreements(connection, [_row(item) for item in rows])


def _row(item: Agreement) -> dict[str, Any]:
    values = asdict(item)
    since, until = values.pop("since"), values.pop("until")
    period = None if since is None and until is None else Range(since, until, bounds="[)")
    return values | {"code": item.code or codes.new("agreement"), "period": period}
