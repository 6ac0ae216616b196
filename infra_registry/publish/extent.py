"""Whose hues a map shows: the parties that operate something."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

MOST_OPERATORS = 30


def operators(connection: Connection) -> Sequence[Row[Any]]:
    """Parties that operate a registered asset: code, name, English name; in a stable order."""
    return connection.execute(
        text("""
        SELECT p.code, p.name, p.name_en FROM party p
        WHERE EXISTS (SELECT 1 FROM asset a WHERE a.operator_id = p.id) ORDER BY p.id LIMIT :most"""),
        {"most": MOST_OPERATORS},
    ).all()
