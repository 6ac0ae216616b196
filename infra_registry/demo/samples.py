"""The data files of the sample cities, read into plain values. Code knows no city; ``data/samples`` does."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from infra_registry.demo.scenes import Scenes, take
from infra_registry.resources import DATA, tables

FOLDER = DATA / "samples"
SHARED_FILES = ("parties.toml", "names.toml")


@dataclass(frozen=True, slots=True)
class District:
    """A district: its seat (longitude, latitude), its share of the counts, the radius of its built-up area."""

    code: str
    name: str
    name_en: str
    seat: tuple[float, float]
    share: float
    radius_m: float

    @property
    def short(self) -> str:
        """The name without the word for what it is."""
        return self.name[:-1] if len(self.name) > 2 else self.name


@dataclass(frozen=True, slots=True)
class City:
    """A sample city and how many things of each sort it gets."""

    code: str
    name: str
    name_en: str
    seed: int
    as_of: date
    province: dict[str, str]
    counts: dict[str, int]
    districts: tuple[District, ...]
    scenes: Scenes = field(default_factory=Scenes)

    def shares(self, what: str) -> dict[str, int]:
        """The count of something, by district code; the largest remainders are rounded up."""
        total, weight = self.counts[what], sum(district.share for district in self.districts)
        exact = {district.code: total * district.share / weight for district in self.districts}
        whole = {code: int(value) for code, value in exact.items()}
        left = total - sum(whole.values())
        for code in sorted(exact, key=lambda item: (whole[item] - exact[item], item))[:left]:
            whole[code] += 1
        return whole


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A sample party; ``share`` is how often an operator is found on a host. Local ones exist once per city."""

    key: str
    name: str
    name_en: str
    kind: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A sample log-in; ``in_city`` limits its roles to the city of the accounts file."""

    login: str
    name: str
    name_en: str
    roles: tuple[str, ...]
    party: str | None = None
    in_city: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """All sample parties and accounts."""

    parties: tuple[PartyRow, ...]
    local: tuple[PartyRow, ...]
    accounts: tuple[AccountRow, ...]
    password: str
    city: str

    @property
    def operators(self) -> tuple[PartyRow, ...]:
        """Parties that may be found on hosts."""
        return tuple(party for party in self.parties if party.share)


@cache
def names() -> dict[str, Any]:
    """Words the samples are made of."""
    return tables(FOLDER / "names.toml")


@cache
def people() -> People:
    """Parties and accounts."""
    read = tables(FOLDER / "parties.toml")
    accounts = [{**row, "roles": tuple(row["roles"])} for row in read["account"]]
    return People(
        tuple(PartyRow(**row) for row in read["party"]),
        tuple(PartyRow(**row) for row in read["local_party"]),
        tuple(AccountRow(**row) for row in accounts),
        read["accounts"]["password"],
        read["accounts"]["city"],
    )


@cache
def cities() -> tuple[City, ...]:
    """Every sample city, by code."""
    read = [_city(path) for path in FOLDER.glob("*.toml") if path.name not in SHARED_FILES]
    return tuple(sorted(read, key=lambda city: city.code))


def _city(path: Path) -> City:
    read = tables(path)
    districts = tuple(District(**{**row, "seat": tuple(row["seat"])}) for row in read.pop("district"))
    return City(districts=districts, scenes=take(read), **read)
