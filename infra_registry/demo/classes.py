"""Every publication class in every sample city, on assets of every kind, with hosts, ends and controllers. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from infra_registry.assets.kinds import Kind
from infra_registry.assets.tables import ACCESS_CLASSES
from infra_registry.config import today
from infra_registry.demo.plan import OCCUPIABLE, Planned
from infra_registry.demo.samples import names

REVIEWED_AFTER = timedelta(days=300)


def spread(assets: Sequence[Planned]) -> None:
    """Give the last few of each kind a class each and somebody who controls them; on hosts where they may stand."""
    ducts = {holding.tenant: item.ref for item in assets for holding in item.holdings if _duct(item)}
    buildings = [item for item in assets if _plain(item) and item.draft.kind is Kind.PUBLIC_BUILDING]
    for kind in Kind:
        some = [item for item in assets if item.draft.kind is kind and _plain(item)]
        some.sort(key=lambda item: (item.host or ducts.get(item.ref)) is not None)
        for access, item, building in zip(ACCESS_CLASSES, some[-5:], buildings, strict=False):
            if kind is Kind.ROOM:
                item.host = building.ref
                item.draft = replace(item.draft, geometry=building.draft.geometry.representative_point())
            item.host = item.host or ducts.get(item.ref)
            item.controller = item.controller or item.owner
            item.draft = replace(item.draft, access_class=access, **(withheld() if access == "P4" else {}))


def withheld() -> dict[str, Any]:
    """What a withheld asset has to state."""
    return {
        "withheld_reason": names()["basis"]["withheld"],
        "withheld_review_on": today() + REVIEWED_AFTER,
    }


def _plain(item: Planned) -> bool:
    return item.draft.status in OCCUPIABLE and item.draft.access_class is None and item.project is None


def _duct(item: Planned) -> bool:
    return item.draft.kind is Kind.DUCT
