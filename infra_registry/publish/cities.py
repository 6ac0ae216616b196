"""Cities and whether sample data is here; open to every reader."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from infra_registry import words


@dataclass(frozen=True, slots=True)
class City:
    """A city of the register."""

    id: int
    scheme: str
    code: str
    name: str
    name_en: str | None

    def label(self, locale: str) -> str:
        """The name in the reader's language where there is one."""
        return words.name_of(self, locale)


def cities(connection: Connection) -> tuple[City, ...]:
    """All cities, by code."""
    rows = connection.execute(
        text("SELECT id, scheme, code, name, name_en FROM area WHERE level = 'city' ORDER BY scheme, code")
    )
    return tuple(City(*row) for row in rows)


def has_samples(connection: Connection) -> bool:
    """True when something here is a sample and not the real world."""
    query = (
        """SELECT EXISTS (SELECT 1 FROM source WHERE sample) OR EXISTS (SELECT 1 FROM party WHERE sample)"""
    )
    return bool(connection.scalar(text(query)))
