"""Where a publication table asks for cells with several hosts, a guess is no better than any of them at random.

The attacker knows the rule, the pools and all public hosts, what several readers are shown together, and what they were
shown before: rows and tiles. Every host of the town carries a station, so the hosts that a station may stand on are
those whose stations are shown alike; nobody can tell more of the hosts than that.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import mapbox_vector_tile
import pytest
from click.testing import CliRunner
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPoint, MultiPolygon, Point, box
from sqlalchemy import Connection, insert, text

from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.store import put_boundary
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.assets.register import register
from infra_registry.cli.areas import areas
from infra_registry.config import Settings, today
from infra_registry.db import Database
from infra_registry.db.connection import acting_as
from infra_registry.publish.spatial import tile
from tests.web.site import Site, Visitor

LEAST = 3
CITY = box(116.4, 35.3, 116.7, 35.5)
ASK = "UPDATE publication SET min_hosts = :least WHERE kind = 'base_station' AND area_id IS NULL"
POOLS = "SELECT city_id, kind, zoom, x, y FROM host_pool ORDER BY 1, 2, 3, 4, 5"
SHOWN = """SELECT a.name, p.level, ST_AsText(p.geom), p.precision_m FROM asset a JOIN asset_place p ON p.asset_id = a.id
    WHERE a.kind = 'base_station' ORDER BY 1, 2"""
SEEKER = Actor(9999, 0, "seeker", frozenset({RoleGrant(Role.SEEKER)}))
ZOOM = 15
OWN = ("code", "name", "name_en")  # what a station is called is no place
RARE = Kind.PUBLIC_BUILDING


def spots(rng: random.Random) -> Iterator[tuple[Kind, Point]]:
    """Dense quarters, lone towers between them, poles along some streets, and one rare public building."""
    for _ in range(6):
        lon, lat = rng.uniform(116.42, 116.68), rng.uniform(35.32, 35.48)
        for n in range(rng.randint(2, 14)):
            kind = Kind.POLE if n % 3 == 2 else Kind.TOWER
            yield kind, Point(lon + rng.gauss(0, 0.003), lat + rng.gauss(0, 0.003))
    for _ in range(25):
        yield Kind.TOWER, Point(rng.uniform(116.41, 116.69), rng.uniform(35.31, 35.49))
    yield RARE, Point(116.55, 35.41)


@dataclass(frozen=True)
class Town:
    """Hosts by the name that their stations bear too: kind, place, id."""

    hosts: dict[str, tuple[Kind, Point, int]]
    names: dict[str, str]

    def add(self, connection: Connection, places: dict[str, tuple[Kind, Point]]) -> None:
        """Register hosts, then a station on each of them, in no order."""
        hosts = register(connection, [Draft(kind, name, spot) for name, (kind, spot) in places.items()])
        self.hosts.update(
            {name: (*spot, host.id) for (name, spot), host in zip(places.items(), hosts, strict=True)}
        )
        on = [Draft(Kind.BASE_STATION, n, self.hosts[n][1], host_id=self.hosts[n][2]) for n in places]
        random.Random(11).shuffle(on)
        self.names.update({row.code: one.name for row, one in zip(register(connection, on), on, strict=True)})


@pytest.fixture(scope="module")
def town(module_database: Database) -> Town:
    with module_database.use_case(SERVICE) as connection:
        row = insert(area).values(scheme="gb2260", code="370800", name="示例市", level="city")
        city = connection.scalar(row.returning(area.c.id))
        shape = from_shape(MultiPolygon([CITY]), 4326)
        connection.execute(insert(area_boundary).values(area_id=city, geom=shape))
        connection.execute(text(ASK), {"least": LEAST})
        made = Town({}, {})
        made.add(connection, {f"host-{n:03}": spot for n, spot in enumerate(spots(random.Random(10)))})
    return made


@pytest.fixture(scope="module")
def readers(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Visitor]:
    site = Site(module_database, Settings(var_dir=tmp_path_factory.mktemp("var")))
    return {
        "anonymous": site.visitor(),
        "seeker": site.user("seeker", (Role.SEEKER, None)),
        "regulator": site.user("regulator", (Role.REGULATOR, None)),
    }


def shown(connection: Connection) -> list[Any]:
    """Rows of places as the anonymous public and a seeker are shown them."""
    rows: list[Any] = []
    for actor in (ANONYMOUS, SEEKER):
        with acting_as(connection, actor):
            rows += connection.execute(text(SHOWN)).all()
    assert rows
    return rows


def listed(reader: Visitor, town: Town) -> dict[str, Any]:
    """By the name of the host: the point its station is shown at and how wide the cell is."""
    items = reader.get("/api/v1/assets?kind=base_station&limit=1000").get_json()["features"]
    return {
        town.names[item["properties"]["code"]]: (
            *item["geometry"]["coordinates"],
            item["properties"]["precision_m"],
        )
        for item in items
    }


def drawn(reader: Visitor, town: Town) -> dict[str, Any]:
    """The same from tiles: which of them the station is drawn in, where, and what is said of it."""
    west, south, east, north = CITY.bounds
    (first, top), (last, bottom) = tile(west, north, ZOOM), tile(east, south, ZOOM)
    found: dict[str, list[Any]] = defaultdict(list)
    for x in range(first, last + 1):
        for y in range(top, bottom + 1):
            answer = reader.get(f"/tiles/assets/{ZOOM}/{x}/{y}.mvt?kind=base_station")
            layers = mapbox_vector_tile.decode(answer.data) if answer.data else {}
            for feature in (item for layer in layers.values() for item in layer["features"]):
                said = {name: value for name, value in feature["properties"].items() if name not in OWN}
                if name := town.names.get(feature["properties"].get("code", "")):
                    found[name].append((x, y, repr(feature["geometry"]), repr(sorted(said.items()))))
    return {name: tuple(rows) for name, rows in found.items()}


LOOKS = {"rows": listed, "tiles": drawn}


def guess(town: Town, told: dict[str, Any], hosts: set[str]) -> tuple[int, float, float, float]:
    """Fewest possible hosts of a kind; right guesses of the one amid them, and those by chance ± spread."""
    total = Counter(town.hosts[name][0] for name in hosts)
    fewest, right, chance, spread = len(told), 0.0, 0.0, 0.0
    for name in hosts:
        kind = town.hosts[name][0]
        if total[kind] < LEAST:  # the only building of the city: the regulator is told, nothing can hide it
            continue
        possible = sorted(host for host in hosts if told[host] == told[name] and town.hosts[host][0] is kind)
        middle = MultiPoint([town.hosts[host][1] for host in possible]).centroid
        best = min(possible, key=lambda host: town.hosts[host][1].distance(middle))
        p = 1 / len(possible)
        fewest = min(fewest, len(possible))
        right, chance, spread = right + (best == name), chance + p, spread + p * (1 - p)
    return fewest, right, chance, sqrt(spread)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("who", [("anonymous",), ("seeker",), ("anonymous", "seeker")])
def test_a_guess_is_no_better_than_a_random_possible_host(
    town: Town, readers: dict[str, Visitor], who: tuple[str, ...], look: str
) -> None:
    looks = [LOOKS[look](readers[one], town) for one in who]
    told = {name: tuple(one[name] for one in looks) for name in town.hosts}
    fewest, right, chance, spread = guess(town, told, set(town.hosts))
    print(
        f"{look} {who}: at least {fewest} possible hosts, {right:.0f} right, {chance:.1f} ± {spread:.1f} by chance"
    )
    assert fewest >= LEAST
    assert right <= chance + 3 * spread


@pytest.mark.parametrize("anew", [False, True])
def test_nothing_more_is_told_over_time(module_database: Database, town: Town, *, anew: bool) -> None:
    """Hosts are added where a pool would split, with stations on them. Pools drawn anew would tell, so they stay."""
    with module_database.use_case(SERVICE) as connection:
        told: dict[str, tuple[Any, ...]] = defaultdict(tuple)
        grown, rng = Town(dict(town.hosts), dict(town.names)), random.Random(12)
        for step in range(3):
            for name, *row in shown(connection):
                told[name] += (tuple(row),)
            for n, (_, spot, _) in enumerate(list(town.hosts.values())[step::3]):
                near = Point(spot.x + rng.gauss(0, 0.0005), spot.y + rng.gauss(0, 0.0005))
                grown.add(connection, {f"new-{step}-{n:03}": (Kind.TOWER, near)})
            if anew:
                connection.execute(text("SELECT redraw_pools(array_agg(id), 'base_station') FROM area"))
        connection.rollback()
    fewest, right, chance, spread = guess(grown, told, set(town.hosts))
    print(
        f"over time: at least {fewest} possible hosts, {right:.0f} right, {chance:.1f} ± {spread:.1f} by chance"
    )
    assert (fewest >= LEAST) == (not anew)
    assert anew or right <= chance + 3 * spread


def test_blurred_assets_decide_nothing(module_database: Database, town: Town) -> None:
    """Without half of the stations, or with some of them exact, the others are shown as before."""
    with module_database.use_case(SERVICE) as connection:
        before = {row[:2]: row for row in shown(connection)}
        connection.execute(text("DELETE FROM asset WHERE kind = 'base_station' AND name < 'host-040'"))
        connection.execute(text("SELECT redraw_pools(array_agg(id), 'base_station') FROM area"))
        rows = shown(connection)
        assert all(before[row[:2]] == row for row in rows)
        connection.rollback()


def test_the_point_lies_in_the_city(town: Town, readers: dict[str, Visitor]) -> None:
    assert all(CITY.covers(Point(where[:2])) for where in listed(readers["anonymous"], town).values())
    answer = readers["anonymous"].get("/api/v1/assets?kind=base_station&area=370800&limit=1000").get_json()
    assert answer["numberMatched"] == len(town.hosts)


def test_a_table_that_asks_for_more_or_for_none(module_database: Database, town: Town) -> None:
    with module_database.use_case(SERVICE) as connection:
        before, pools = shown(connection), connection.execute(text(POOLS)).all()
        connection.execute(text(ASK), {"least": 5})
        assert shown(connection) != before
        connection.execute(text(ASK), {"least": 1})
        widths = {row[3] for row in shown(connection) if row[1] == "cell"}
        assert max(widths) < 1100
        assert connection.execute(text(POOLS)).all() == []
        connection.execute(text(ASK), {"least": LEAST})
        assert connection.execute(text(POOLS)).all() == pools
        assert shown(connection) == before
        connection.rollback()


def test_the_regulator_is_told_of_what_no_pool_hides(
    module_database: Database, town: Town, readers: dict[str, Visitor]
) -> None:
    """The only building of its kind, and, once hosts are open no longer, what pools hide no longer."""

    def alone() -> set[str]:
        answer = readers["regulator"].get("/api/v1/assets?lone_host=true&area=370800&limit=1000").get_json()
        return {item["properties"]["name"] for item in answer["features"]}

    rare = {name for name, (kind, _, _) in town.hosts.items() if kind is RARE}
    assert alone() == rare
    with module_database.use_case(SERVICE) as connection:
        place = shown(connection)[0]
        same = [row.name for row in shown(connection) if row[1:] == place[1:]]
        same = [name for name in same if town.hosts[name][0] is town.hosts[place.name][0]]
        kept = same[: LEAST - 1]
        ids = [town.hosts[name][2] for name in same[LEAST - 1 :]]
        connection.execute(text("UPDATE asset SET access_class = 'P3' WHERE id = ANY (:ids)"), {"ids": ids})
    assert alone() >= rare | set(kept)
    with module_database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET access_class = 'P1' WHERE id = ANY (:ids)"), {"ids": ids})


def test_every_kind_that_carries_assets_counts(module_database: Database) -> None:
    """Kinds that stand at a point; what lies in ducts is shown as a line, which is not pooled."""
    with module_database.use_case(SERVICE) as connection:
        source = connection.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = 'public_hosts'"))
    carrying = {kind.value for kind, spec in KINDS.items() if spec.host and kind is not Kind.DUCT}
    assert carrying == {kind.value for kind in Kind if f"'{kind.value}'" in source}


def test_the_command_draws_them_anew(
    module_database: Database, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts that came later make narrower cells, once somebody asks for it."""
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: module_database)
    monkeypatch.setenv("REGISTRY_LANG", "en")
    with module_database.use_case(SERVICE) as connection:
        near = [Draft(Kind.TOWER, f"late-{n}", Point(116.41 + n * 1e-5, 35.31)) for n in range(LEAST)]
        register(connection, near)
        before = connection.execute(text(POOLS)).all()
    done = CliRunner().invoke(areas, ["pools", "370800", "--kind", "base_station"])
    assert "Whoever kept what was shown before" in done.output
    with module_database.use_case(SERVICE) as connection:
        after = connection.execute(text(POOLS)).all()
    assert len(after) > len(before)
    assert f": {len(after)} cells" in done.output


def test_a_city_that_grows_hides_what_joins_it(module_database: Database, town: Town) -> None:
    """Beyond the widest pool of before: as many possible hosts as within."""
    with module_database.use_case(SERVICE) as connection:
        grown, wide = Town(dict(town.hosts), dict(town.names)), box(116.4, 35.3, 118.6, 36.9)
        places = {f"far-{n}": (Kind.TOWER, Point(118 + 0.1 * n, 36.5)) for n in range(4)}
        city = connection.scalar(text("SELECT id FROM area WHERE code = '370800'"))
        put_boundary(connection, city, MultiPolygon([wide]), valid_from=today())
        grown.add(connection, places)
        told: dict[str, tuple[Any, ...]] = defaultdict(tuple)
        for name, *row in shown(connection):
            told[name] += (tuple(row),)
        connection.rollback()
    assert guess(grown, told, set(grown.hosts))[0] >= LEAST
