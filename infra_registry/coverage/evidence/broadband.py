"""Fixed broadband by building, and what the law of the place says of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.coverage.evidence import broadband_store
from infra_registry.coverage.evidence.broadband_store import BuildingFilter
from infra_registry.coverage.evidence.settings import broadband_statements
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.area_law import Cited, area_codes, stating

COUNTS = ("buildings", "known", "unknown", "several")


@dataclass(frozen=True, slots=True)
class LawSaid:
    """Clauses in force on fixed broadband, drafts, and whether a book of the place is known whose text is not held."""

    clauses: tuple[Cited, ...]
    drafts: tuple[Cited, ...]
    unread: bool


def law_of(connection: Connection, area_id: int, on: date) -> LawSaid:
    """What the books of an area say of fixed broadband on a day: the clauses that model those statements."""
    in_force, areas = law(connection), area_codes(connection, area_id)
    statements = [stating(in_force, areas, statement, on) for statement in broadband_statements()]
    return LawSaid(
        tuple(cited for statement_law in statements for cited in statement_law.clauses),
        tuple(cited for statement_law in statements for cited in statement_law.drafts),
        any(statement_law.unread for statement_law in statements),
    )


def by_district(connection: Connection, query: BuildingFilter) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Counts by district and in all."""
    rows = broadband_store.by_district(connection, query)
    return rows, {name: sum(row[name] for row in rows) for name in COUNTS}
