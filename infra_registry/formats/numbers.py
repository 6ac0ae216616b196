"""Numbers and days as people and addresses write them."""

from datetime import date

MOST_DIGITS = 18  # what a bigint of the database holds in any case


def whole(text: str | None, most: int, *, least: int = 0) -> int | None:
    """A whole number written in ASCII digits alone, from ``least`` to ``most``; None for anything else."""
    if not text or not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
        return None
    number = int(text)
    return number if least <= number <= most else None


def day(text: str) -> date | None:
    """A day in ISO 8601 (``2026-01-31``); None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
