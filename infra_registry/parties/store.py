"""Rows of organisations. Names, kinds and codes are open to every reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from infra_registry import words
from infra_registry.db import holding
from infra_registry.parties.tables import party

SORTS = {
    "name": "p.name",
    "kind": "p.kind",
    "code": "p.code",
}
COLUMNS = ("code", "name", "name_en", "kind", "uscc", "country", "contact", "sample", "version")


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as it is registered."""

    id: int
    code: str
    name: str
    name_en: str | None
    kind: str
    uscc: str | None
    country: str
    contact: str | None
    sample: bool
    version: int

    def label(self, locale: str) -> str:
        """The name in the reader's language where there is one."""
        return words.name_of(self, locale)


def ids_of(connection: Connection, codes: Iterable[str]) -> dict[str, int]:
    """Inside ids by public code, of those that exist."""
    rows = connection.execute(select(party.c.code, party.c.id).where(party.c.code.in_(list(codes))))
    return {row.code: row.id for row in rows}


def names_of(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Names by inside id."""
    rows = connection.execute(select(party.c.id, party.c.name).where(party.c.id.in_(list(ids))))
    return {row.id: row.name for row in rows}


def read(connection: Connection, code: str) -> Party | None:
    """One organisation by its code."""
    columns = [party.c[name] for name in ("id", *COLUMNS)]
    row = connection.execute(select(*columns).where(party.c.code == code)).one_or_none()
    return Party(*row) if row is not None else None


def with_uscc(connection: Connection, uscc: str) -> str | None:
    """The code of the organisation that has this credit code."""
    return connection.scalar(select(party.c.code).where(party.c.uscc == uscc))


def choices(connection: Connection) -> list[Party]:
    """All organisations by name, at most a thousand: what a form offers."""
    columns = [party.c[name] for name in ("id", *COLUMNS)]
    return [Party(*row) for row in connection.execute(select(*columns).order_by(party.c.name).limit(1000))]


def page(
    connection: Connection, *, words: str = "", kind: str = "", order: str = "name", limit: int, offset: int
) -> list[Party]:
    """Organisations whose name (either language), code or credit code holds ``words``, a page of them."""
    descending = order.startswith("-")
    column = SORTS[order.lstrip("-")]
    query = f"""SELECT p.id, {", ".join(f"p.{name}" for name in COLUMNS)} FROM party p {_WHERE}
      ORDER BY {column} {"DESC" if descending else "ASC"} NULLS LAST, p.code
      LIMIT :limit OFFSET :offset"""
    return [
        Party(*row)
        for row in connection.execute(
            text(query), {**_filters(words, kind), "limit": limit, "offset": offset}
        )
    ]


def count(connection: Connection, *, words: str = "", kind: str = "") -> int:
    """How many organisations the filters find."""
    query = text(f"SELECT count(*) FROM party p {_WHERE}")
    return int(connection.scalar(query, _filters(words, kind)) or 0)


def add(connection: Connection, values: dict[str, Any]) -> int:
    """A new organisation; its inside id."""
    return int(connection.scalar(insert(party).values(values).returning(party.c.id)) or 0)


def change(connection: Connection, code: str, values: dict[str, Any], *, version: int) -> int | None:
    """Write the values if the organisation still has this version; its new version, or None when it moved on."""
    statement = (
        update(party)
        .where(party.c.code == code, party.c.version == version)
        .values({**values, "version": party.c.version + 1})
        .returning(party.c.version)
    )
    changed = connection.scalar(statement)
    return None if changed is None else int(changed)


_WHERE = """WHERE (:kind = '' OR p.kind = :kind) AND (:words = '' OR p.name ILIKE :pattern
  OR p.name_en ILIKE :pattern OR p.code ILIKE :pattern OR p.uscc ILIKE :pattern)"""


def _filters(words: str, kind: str) -> dict[str, str]:
    return {"words": words, "pattern": holding(words), "kind": kind}
