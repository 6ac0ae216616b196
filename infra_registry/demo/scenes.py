"""Scenes of a sample city that show the law at work, as its file tells them: works, lists, zones, answers, evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Takes:
    """Assets that belong to works: the first so many of a kind (and laying) in the district, the status they get."""

    kind: str
    count: int
    status: str
    laying: str | None = None


@dataclass(frozen=True, slots=True)
class WorksScene:
    """Works of their own; ``names`` in Chinese and English, acts by name with their day."""

    key: str
    district: str
    names: tuple[str, str]
    kind: str
    builder: str
    funding: str
    starts_on: date
    ends_on: date
    acts: Mapping[str, date]
    setting: str | None = None
    builds: tuple[str, ...] | None = None
    in_town: bool | None = None
    designated: bool | None = None
    takes: Takes | None = None


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """A place of a list: at the n-th free zone of its district (``zone``, from 1), or so many metres off the seat."""

    name: str
    district: str
    part: str
    zone: int = 0
    east_m: float = 0.0
    north_m: float = 0.0


@dataclass(frozen=True, slots=True)
class KeyList:
    """A list of key public areas."""

    title: str
    issued_by: str
    issued_on: date
    places: tuple[KeyPlace, ...]
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class ZoneScene:
    """A special zone that a rulebook names, with a hand-made outline: corners in longitude and latitude."""

    name: str
    name_en: str
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class OpeningScene:
    """What happened to so many public buildings: asked by a party on a day, answered or not."""

    count: int
    act: str | None = None
    on: date | None = None
    asked_by: str | None = None
    asked_on: date | None = None
    wanted: str = ""
    ground: str = ""
    evidence: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceScene:
    """A fact shown about so many of the buildings that were asked for."""

    fact: str
    holds: bool
    count: int
    basis: str
    known_on: date


@dataclass(frozen=True, slots=True)
class CampaignScene:
    """Letters to the bodies that control buildings of one family; ``closed``: it is over."""

    title: str
    sender: str
    contact: str
    words: str
    venue: str
    link_days: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Scenes:
    """Everything of a city that shows the law at work."""

    works: tuple[WorksScene, ...] = ()
    key_lists: tuple[KeyList, ...] = ()
    zones: tuple[ZoneScene, ...] = ()
    openings: tuple[OpeningScene, ...] = ()
    evidence: tuple[EvidenceScene, ...] = ()
    campaigns: tuple[CampaignScene, ...] = ()
    target_days: int | None = None


def take(read: dict[str, Any]) -> Scenes:
    """The scenes of a city's file; their tables are taken out of it."""
    return Scenes(
        tuple(_works(row) for row in read.pop("works", [])),
        tuple(_list(row) for row in read.pop("key_list", [])),
        tuple(
            ZoneScene(row["name"], row["name_en"], tuple((x, y) for x, y in row["outline"]))
            for row in read.pop("zone", [])
        ),
        tuple(OpeningScene(**row) for row in read.pop("opening", [])),
        tuple(EvidenceScene(**row) for row in read.pop("evidence", [])),
        tuple(CampaignScene(**row) for row in read.pop("campaign", [])),
        read.pop("target_days", None),
    )


def _works(row: dict[str, Any]) -> WorksScene:
    takes = Takes(**row["takes"]) if "takes" in row else None
    builds = tuple(row["builds"]) if "builds" in row else None
    zh, en = row["names"]
    return WorksScene(**{**row, "names": (zh, en), "takes": takes, "builds": builds})


def _list(row: dict[str, Any]) -> KeyList:
    places = tuple(KeyPlace(**place) for place in row["place"])
    return KeyList(places=places, **{name: value for name, value in row.items() if name != "place"})
