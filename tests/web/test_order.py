"""Order, times and numbers tell nothing of where a blurred station stands.

The attack: stations were registered in the order of their towers, as imports are. Towers are public and exact. Of all
towers inside the cell a station is shown in, guess the one whose rank, or whose time, is nearest to the station's. A
guess at random among them is right as often as chance says; no answer may make it better.
"""

import json
import random
from collections.abc import Iterable, Iterator
from csv import DictReader
from dataclasses import dataclass
from io import StringIO
from math import sqrt
from typing import Any

import mapbox_vector_tile
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from infra_registry import codes
from infra_registry.access import ANONYMOUS, SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.cli.exporting import _feature, _row
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.publish import assets
from infra_registry.publish.query import SORTS, Query
from infra_registry.publish.spatial import tile
from infra_registry.publish.tiles import Tile
from tests.web.site import Site, Visitor

TOP = Tile(11, *tile(116.5, 35.4, 11))
CELL, HUNDRED = 15, 18
CELLS, CLUSTERS, TOWERS = 30, 2, 4  # cells; cells of 100 m in each; towers in each of those
READERS = {"anonymous": CELL, "seeker": HUNDRED}


@dataclass(frozen=True)
class Town:
    """Towers by code with their places, and the tower that each station stands on."""

    towers: dict[str, Point]
    host: dict[str, str]


def spots(rng: random.Random) -> Iterator[Point]:
    """Places of towers, a few in each of some cells of one tile, in no order."""
    found = []
    for cell in rng.sample(range(1 << 2 * (CELL - TOP.z)), CELLS):
        side = 1 << (CELL - TOP.z)
        x, y = TOP.x * side + cell % side, TOP.y * side + cell // side
        for near in rng.sample(range(64), CLUSTERS):
            inside = Tile(HUNDRED, x * 8 + near % 8, y * 8 + near // 8).box(0)
            found += [
                Point(
                    inside.west + (inside.east - inside.west) * rng.uniform(0.05, 0.95),
                    inside.south + (inside.north - inside.south) * rng.uniform(0.05, 0.95),
                )
                for _ in range(TOWERS)
            ]
    rng.shuffle(found)
    yield from found


def drawn(thing: str, rng: random.Random) -> str:
    """A code as ``codes.new`` draws it, the same in every run."""
    return codes.from_digest(thing, rng.randbytes(16))


@pytest.fixture(scope="module")
def town(module_database: Database) -> Town:
    """Towers, then their stations, in one order; each pair was changed at one instant of one day."""
    rng = random.Random(20261130)
    towers = [Draft(Kind.TOWER, "tower", spot, code=drawn("tower", rng)) for spot in spots(rng)]
    with module_database.use_case(SERVICE) as connection:
        hosts = register(connection, towers)
        stations = register(
            connection,
            [
                Draft(
                    Kind.BASE_STATION,
                    "station",
                    draft.geometry,
                    host_id=host.id,
                    code=drawn("base_station", rng),
                )
                for draft, host in zip(towers, hosts, strict=True)
            ],
        )
        connection.execute(
            text("""UPDATE asset SET changed_at = at, recorded_at = at, version = 2 + rank FROM (
                SELECT id AS key, timestamptz '2026-11-30 01:00Z' + interval '1 minute' * rank AS at, rank
                FROM (SELECT id, row_number() OVER (PARTITION BY kind ORDER BY id) AS rank FROM asset) r) t
                WHERE id = key""")
        )
    pairs = zip(stations, hosts, strict=True)
    return Town(
        {host.code: draft.geometry for host, draft in zip(hosts, towers, strict=True)},
        {station.code: host.code for station, host in pairs},
    )


@pytest.fixture(scope="module")
def readers(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Visitor]:
    site = Site(module_database, Settings(var_dir=tmp_path_factory.mktemp("var")))
    return {"anonymous": site.visitor(), "seeker": site.user("seeker", (Role.SEEKER, None))}


def attack(what: str, town: Town, possible: dict[str, list[str]], marks: Iterable[tuple[str, float]]) -> None:
    """Guess by the nearest mark (a rank, a time, a number); fail where that beats a guess at random.

    ``possible``: by station the towers in its shown cell. Among towers equally near, the guess is any of them.
    """
    mark = dict(marks)
    hits = chance = spread = 0.0
    for station, choices in possible.items():
        if station not in mark or not set(choices) <= set(mark):
            continue
        off = {tower: abs(mark[tower] - mark[station]) for tower in choices}
        best = [tower for tower in choices if off[tower] == min(off.values())]
        hits += (town.host[station] in best) / len(best)
        p = 1 / len(choices)
        chance, spread = chance + p, spread + p * (1 - p)
    print(f"{what}: {hits:.0f} right, {chance:.0f} ± {sqrt(spread):.0f} by chance")
    assert chance > 0, what
    assert hits <= chance + 3 * sqrt(spread), f"{what}: {hits:.0f} right where chance gives {chance:.0f}"


def ranks(listed: Iterable[str]) -> list[tuple[str, float]]:
    """Each code with its rank among those of its kind."""
    count = {"T": 0, "B": 0}
    result = []
    for code in listed:
        count[code[0]] += 1
        result.append((code, float(count[code[0]])))
    return result


def features(reader: Visitor, query: str) -> list[dict[str, Any]]:
    answer = reader.get(f"/api/v1/assets?limit=1000&{query}")
    assert answer.status_code == 200
    return json.loads(answer.data)["features"]


@pytest.fixture(scope="module", params=READERS)
def seen(request: pytest.FixtureRequest, town: Town, readers: dict[str, Visitor]):
    """A reader, and by station the towers that stand in the cell he is shown."""
    reader, zoom = readers[request.param], READERS[request.param]
    towers: dict[tuple[int, int], list[str]] = {}
    for code, place in town.towers.items():
        towers.setdefault(tile(place.x, place.y, zoom), []).append(code)
    possible = {}
    for item in features(reader, "kind=base_station"):
        lon, lat = item["geometry"]["coordinates"]
        possible[item["id"]] = towers[tile(lon, lat, zoom)]
    assert len(possible) == len(town.host)
    assert {len(choices) for choices in possible.values()} == {
        TOWERS if zoom == HUNDRED else TOWERS * CLUSTERS
    }
    return reader, possible


@pytest.mark.parametrize("zoom", [TOP.z, 13, CELL])
def test_order_of_features_in_tiles(seen, town: Town, zoom: int) -> None:
    reader, possible = seen
    order: list[str] = []
    for x, y in sorted({tile(place.x, place.y, zoom) for place in town.towers.values()}):
        layer = mapbox_vector_tile.decode(reader.get(f"/tiles/assets/{zoom}/{x}/{y}.mvt").data)["assets"]
        shown = layer["features"]
        assert all(not feature.get("id") for feature in shown)  # the code is the only name of a feature
        order += [feature["properties"]["code"] for feature in shown]
    attack(f"tiles of zoom {zoom}", town, possible, ranks(dict.fromkeys(order)))


@pytest.mark.parametrize(
    "sort", [*(f"sort={name}&order={way}" for name in SORTS for way in ("asc", "desc")), "near=116.5,35.4"]
)
def test_order_of_lists(seen, town: Town, sort: str) -> None:
    reader, possible = seen
    attack(sort, town, possible, ranks(item["id"] for item in features(reader, sort)))


def test_order_of_pages(seen, town: Town) -> None:
    reader, possible = seen
    order, address = [], "/api/v1/assets?limit=100&sort=changed_at"
    while address:
        page = json.loads(reader.get(address).data)
        order += [item["id"] for item in page["features"]]
        address = page["next"]
    assert len(order) == len(set(order)) == 2 * len(town.host)
    attack("pages by time of change", town, possible, ranks(order))


def test_times_in_lists_and_records(seen, town: Town) -> None:
    reader, possible = seen
    listed = features(reader, "sort=code")
    attack(
        "times of change",
        town,
        possible,
        ((item["id"], at(item["properties"]["changed_at"])) for item in listed),
    )
    told = [reader.get(f"/api/v1/assets/{code}") for code in (*town.host, *town.towers)]
    records = [json.loads(answer.data) for answer in told]
    attack(
        "times of recording", town, possible, ((r["id"], at(r["properties"]["recorded_at"])) for r in records)
    )
    attack("versions", town, possible, ((r["id"], float(r["properties"]["version"] or 0)) for r in records))
    tags = (float(answer.headers["ETag"].strip('"').partition("-")[0]) for answer in told)
    attack("tags", town, possible, zip((r["id"] for r in records), tags, strict=True))


def at(stated: str) -> float:
    """The instant, or the beginning of the day, that was told."""
    day, _, time = stated.partition("T")
    hours, minutes, _ = (time or "00:00:00").split(":", 2)
    return float(day.replace("-", "")) * 1440 + int(hours) * 60 + int(minutes)


def test_order_and_times_of_files(seen, town: Town, module_database: Database) -> None:
    reader, possible = seen
    for query in ("", "?sort=-changed_at"):
        table = reader.get(f"/assets.csv{query}")
        if table.status_code != 200:  # files are for those who signed in
            continue
        rows = list(DictReader(StringIO(table.get_data(as_text=True).lstrip("\ufeff"))))
        names = list(rows[0])
        code, changed = names[0], next(name for name in names if rows[0][name].startswith("2026-11-30"))
        attack("order of the CSV file", town, possible, ranks(row[code] for row in rows))
        attack("times of the CSV file", town, possible, ((row[code], at(row[changed])) for row in rows))
    page = reader.get("/map/export").get_data(as_text=True)
    listed = sorted((page.index(code), code) for code in (*town.host, *town.towers))
    attack("order of the offline map", town, possible, ranks(code for _, code in listed))


def test_nothing_holds_a_number_of_the_database(
    town: Town, module_database: Database, readers: dict[str, Visitor]
) -> None:
    with module_database.use_case(ANONYMOUS) as connection:
        [item] = assets.stream(connection, ANONYMOUS, Query(codes=(next(iter(town.host)),)))
    listed = features(readers["anonymous"], "sort=code")[0]["properties"]
    for keys in (_feature(item)["properties"], _row(item), listed):
        assert not {"id", "version", "asset_id", "batch_id"} & set(keys)
