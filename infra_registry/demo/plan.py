"""What is to be loaded, before anything is written: drafts with the references between them. Pure."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from shapely.geometry.base import BaseGeometry

from infra_registry import codes
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.demo.ground import Ground
from infra_registry.demo.samples import names

STATUS_SHARES = (
    (Status.IN_USE, 0.88),
    (Status.IDLE, 0.045),
    (Status.PLANNED, 0.03),
    (Status.BUILDING, 0.025),
    (Status.RETIRED, 0.02),
)
OCCUPIABLE = (Status.IN_USE, Status.IDLE)


@dataclass(frozen=True, slots=True)
class Holding:
    """A unit of the asset (counted from 0) that somebody holds; ``holder`` is a party key, None is not stated."""

    unit: int
    state: str
    since: date
    holder: str | None = None
    quantity_m2: float | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class ServedBy:
    """A party that serves the asset, found out on a day."""

    party: str
    service: str
    on: date


@dataclass(frozen=True, slots=True)
class Deal:
    """An agreement about the asset between two parties."""

    grantor: str
    grantee: str
    deal_type: str
    exclusive: bool | None
    basis: str
    since: date
    years: int


@dataclass(slots=True)
class Planned:
    """One asset to be registered. Parties and other assets are named by key until they have ids."""

    ref: str
    draft: Draft
    owner: str | None = None
    operator: str | None = None
    controller: str | None = None
    host: str | None = None
    units: tuple[str, int, float | None] | None = None
    holdings: list[Holding] = field(default_factory=list)
    served_by: list[ServedBy] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    cells: list[dict[str, Any]] = field(default_factory=list)
    ends: tuple[str, str] | None = None
    project: str | None = None


def sample_code(thing: str, ref: str) -> str:
    """A public code made of the reference: the same each time, in no order."""
    return codes.from_digest(thing, hashlib.sha256(ref.encode("utf-8")).digest())


def planned(ground: Ground, kind: Kind, number: int, geometry: BaseGeometry, **more: Any) -> Planned:
    """An asset with its made-up name, address and code. ``stem`` names it otherwise than by its kind."""
    words = more.pop("stem", None) or names()["kind"][kind.value]
    mark, district = names()["mark"], ground.district
    ref = f"{ground.city.code}/{district.code}/{kind.value}/{number}"
    draft = Draft(
        kind,
        f"{mark['zh']}{district.short}{words['zh']}{number:03d}号",
        geometry,
        status=more.pop("status", Status.IN_USE),
        name_en=f"{mark['en']} {district.name_en} {words['en']} {number:03d}",
        address=ground.address(),
        owner_ref=ref,
        code=sample_code(kind, ref),
        fields=more.pop("fields", {}),
        valid_from=ground.city.as_of,
        sample=True,
    )
    parts = {name: more.pop(name) for name in list(more) if name in Planned.__slots__}
    return Planned(ref, replace(draft, **more), **parts)


def status(ground: Ground) -> Status:
    """Mostly in use; some idle, planned, being built or retired."""
    draw = ground.rng.random()
    for value, share in STATUS_SHARES:
        if draw < share:
            return value
        draw -= share
    return Status.IN_USE


def day(ground: Ground, first_year: int, last_year: int) -> date:
    """A day between two years, never after the sample's own day."""
    start = date(first_year, 1, 1)
    drawn = start + timedelta(days=ground.rng.randrange((last_year - first_year + 1) * 365))
    return min(drawn, ground.city.as_of)
