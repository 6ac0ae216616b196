"""Instants in the time zone of the register."""

from datetime import datetime
from zoneinfo import ZoneInfo

from infra_registry.config import DEFAULT_ZONE

ZONE = ZoneInfo(DEFAULT_ZONE)


def local(at: datetime) -> datetime:
    """An instant on the clocks of the register's zone."""
    return at.astimezone(ZONE)
