"""What a reporter may choose from: buildings of the register, districts, registered parties."""

from infra_registry.cases.choices.store import (
    areas_at,
    areas_named,
    building,
    buildings,
    districts,
    parties,
    registered,
)

__all__ = ["areas_at", "areas_named", "building", "buildings", "districts", "parties", "registered"]
