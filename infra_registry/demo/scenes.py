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
class ClaimScene:
    """An operator's claim: discs around the seats of districts, ``reach`` times their built-up radius; its columns."""

    operator: str
    reach: float
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DriveTest:
    """Points a district for each operator that claims the technology; ``weak`` ones at each disputed place."""

    technology: str
    per_district: int
    weak: int
    on: date


@dataclass(frozen=True, slots=True)
class ChallengeScene:
    """A dispute of an operator's claim so far from a district's seat, and the moves that followed: name and note."""

    operator: str
    technology: str
    district: str
    bearing_deg: float
    metres: float
    reason: str
    seen_on: date
    detail: str
    moves: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DealScene:
    """An agreement about a building, from a day for so many years; ``grantee`` is a party key."""

    grantee: str
    deal_type: str
    since: date
    years: int
    exclusive: bool | None = None


@dataclass(frozen=True, slots=True)
class OutpostScene:
    """A village so many metres off its district's seat, far from any mast: dwellings with people, one building.

    What happened to the building: ``opening`` as for others, or ``deal``.
    """

    key: str
    district: str
    east_m: float
    north_m: float
    people: tuple[int, ...]
    names: tuple[str, str]
    venue: str
    controller_type: str
    owner: str
    height_m: float
    roof_m2: int
    surveyed_on: date
    opening: OpeningScene | None = None
    deal: DealScene | None = None


@dataclass(frozen=True, slots=True)
class RunScene:
    """A run of coverage over the city: ``method`` as runs have it, ``step_m`` the length of a cell of a radio run."""

    method: str
    step_m: int | None = None


@dataclass(frozen=True, slots=True)
class Scenes:
    """Everything of a city that shows the law at work."""

    works: tuple[WorksScene, ...] = ()
    key_lists: tuple[KeyList, ...] = ()
    zones: tuple[ZoneScene, ...] = ()
    openings: tuple[OpeningScene, ...] = ()
    evidence: tuple[EvidenceScene, ...] = ()
    campaigns: tuple[CampaignScene, ...] = ()
    claims: tuple[ClaimScene, ...] = ()
    drive_test: DriveTest | None = None
    challenges: tuple[ChallengeScene, ...] = ()
    target_days: int | None = None
    outposts: tuple[OutpostScene, ...] = ()
    runs: tuple[RunScene, ...] = ()


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
        tuple(ClaimScene(row.pop("operator"), row.pop("reach"), row) for row in read.pop("claim", [])),
        DriveTest(**read.pop("drive_test")) if "drive_test" in read else None,
        tuple(_challenge(row) for row in read.pop("challenge", [])),
        read.pop("target_days", None),
        tuple(_outpost(row) for row in read.pop("outpost", [])),
        tuple(RunScene(**row) for row in read.pop("run", [])),
    )


def _outpost(row: dict[str, Any]) -> OutpostScene:
    opening = OpeningScene(count=1, **row["opening"]) if "opening" in row else None
    deal = DealScene(**row["deal"]) if "deal" in row else None
    zh, en = row["names"]
    changed = {"people": tuple(row["people"]), "names": (zh, en), "opening": opening, "deal": deal}
    return OutpostScene(**{**row, **changed})


def _works(row: dict[str, Any]) -> WorksScene:
    takes = Takes(**row["takes"]) if "takes" in row else None
    builds = tuple(row["builds"]) if "builds" in row else None
    zh, en = row["names"]
    return WorksScene(**{**row, "names": (zh, en), "takes": takes, "builds": builds})


def _list(row: dict[str, Any]) -> KeyList:
    places = tuple(KeyPlace(**place) for place in row["place"])
    return KeyList(places=places, **{name: value for name, value in row.items() if name != "place"})


def _challenge(row: dict[str, Any]) -> ChallengeScene:
    steps = tuple((step["name"], step["note"]) for step in row.get("moves", []))
    return ChallengeScene(**{**row, "moves": steps})
