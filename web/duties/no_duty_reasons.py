"""Why a list of duties is empty: nothing matches, the law held is silent, not held, or nothing is in force."""

from collections.abc import Mapping
from typing import Any

from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.db import Connection
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.judging.area_law import area_codes, books_of
from infra_registry.rules.engine import EVERYWHERE
from infra_registry.rules.model import Force


def of(connection: Connection, law: Law, city: str, raw: Mapping[str, Any]) -> str:
    """The last part of the message key: ``filtered``, ``silent``, ``not_held``, ``no_book``.

    Silence is told of a city only where nothing else narrows the list but what the law is asked for.
    """
    if not city or set(raw) - {"area", "effect", "book"}:
        return "filtered"
    area = areas.find(connection, city)
    if area is None:
        return "filtered"
    own = [book for book, _ in books_of(law, area_codes(connection, area.id), day_of(connection, area.id))]
    own = [book for book in own if EVERYWHERE not in book.instrument.areas]
    if any(book.not_held or book.instrument.force is Force.KNOWN_NOT_HELD for book in own):
        return "not_held"
    return "silent" if any(book.instrument.force is Force.IN_FORCE for book in own) else "no_book"
