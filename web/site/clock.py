"""Instants as people here read them."""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def local(at: datetime) -> datetime:
    """An instant on the clocks of the register's zone."""
    return at.astimezone(ZONE)
