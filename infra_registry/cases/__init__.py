"""Cases: the report of an exclusive agreement from citizen to handler."""

from infra_registry.cases.filing import Receipt, file_report
from infra_registry.cases.handling import (
    Case,
    Identity,
    MoveRequest,
    erase_case,
    move_case,
    read_case,
    read_identity,
)
from infra_registry.cases.keys import Keys, load
from infra_registry.cases.tracking import Status, look_again, track

__all__ = [
    "Case",
    "Identity",
    "Keys",
    "MoveRequest",
    "Receipt",
    "Status",
    "erase_case",
    "file_report",
    "load",
    "look_again",
    "move_case",
    "read_case",
    "read_identity",
    "track",
]
