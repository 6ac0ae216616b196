"""The published sources things came from: title, provider, licence, map approval. Open to every reader."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Source:
    """Where something came from, and on what terms."""

    code: str
    title: str
    provider: str
    licence: str | None
    published_on: date | None
    map_approval: str | None
    sample: bool


def listed(connection: Connection) -> list[Source]:
    """All sources, by title."""
    query = """SELECT code, title, provider, licence, published_on, map_approval, sample FROM source
      ORDER BY title, code LIMIT 500"""
    return [Source(*row) for row in connection.execute(text(query))]
