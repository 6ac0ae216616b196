"""Codes given before a thing had a letter of its own: they still lead to it, for whoever may see it.

Row security shows an alias only to readers of the thing itself, so that an old code tells nothing a new one does not.
"""

from collections.abc import Iterable

from sqlalchemy import Column, Connection, Table, Text, select

from infra_registry import codes
from infra_registry.db.schema import metadata

code_alias = Table(
    "code_alias",
    metadata,
    Column("old", Text, primary_key=True),
    Column("thing", Text, primary_key=True),
    Column("code", Text, nullable=False, comment="the code of the same thing today"),
)


ASSETS = ("room", "cable")


def current(connection: Connection, code: str, *things: str) -> str:
    """Today's code of a thing (one of ``things``, keys of ``codes.FORMER``) named by an old or today's code.

    A code without an alias for this reader is returned as it was.
    """
    return currents(connection, (code,), *things)[code]


def currents(connection: Connection, given: Iterable[str], *things: str) -> dict[str, str]:
    """Today's code by each given one; see ``current``."""
    today = {code: code for code in given}
    old = {code: code.strip().upper() for code in today if not set(things).isdisjoint(codes.formerly(code))}
    if old:
        query = select(code_alias.c.old, code_alias.c.code).where(
            code_alias.c.old.in_(old.values()), code_alias.c.thing.in_(things)
        )
        aliases = {row.old: row.code for row in connection.execute(query)}
        today |= {code: aliases[upper] for code, upper in old.items() if upper in aliases}
    return today
