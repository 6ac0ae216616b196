"""Instants as people here read them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from infra_registry.config import DEFAULT_ZONE

ZONE = ZoneInfo(DEFAULT_ZONE)


def local(at: datetime) -> datetime:
    """An instant on the clocks of the register's zone."""
    return at.astimezone(ZONE)
