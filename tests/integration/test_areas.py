"""Areas: boundaries with dates, membership of points, tiles, and assets that find their city when it arrives."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mapbox_vector_tile
import pytest
from shapely.geometry import LineString, Point, Polygon, box, mapping
from sqlalchemy import Connection, text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.areas import AreaDraft, SourceDraft, geocn, outlines, store, tile_store
from infra_registry.areas.ground_store import day_began, day_of, needed_outline
from infra_registry.areas.outlines import Columns, Outline
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.cases import choice_store
from infra_registry.config import DEFAULT_ZONE
from infra_registry.db import Database
from infra_registry.errors import Invalid, RegistryError

SOURCE = SourceDraft("test", "Test outlines", "nobody", note="hand-made")
CITY = Outline("990100", "试验市", "city", box(10, 10, 11, 11), name_en="Test City")
WEST = Outline("990101", "西区", "district", box(10, 10, 10.5, 11), parent_code="990100")
EAST = Outline("990102", "东区", "district", box(10.5, 10, 11, 11), parent_code="990100")


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.use_case(SERVICE) as connection:
        yield connection


def write(connection: Connection, *shapes: Outline, since: date | None = None) -> list[bool]:
    days: dict[str, Any] = {"valid_from": since} if since else {}
    done = outlines.write(connection, shapes, source=SOURCE, scheme="gb2260", **days)
    return [fresh for _, _, fresh in done]


def test_tree_and_search(connection: Connection) -> None:
    write(connection, CITY, WEST, EAST)
    assert [(depth, item.code) for depth, item in store.tree(connection)] == [
        (0, "990100"),
        (1, "990101"),
        (1, "990102"),
    ]
    assert [item.code for item in store.listed(connection, words="东")] == ["990102"]
    assert [item.code for item in store.listed(connection, words="test c")] == ["990100"]
    assert store.find(connection, "gb2260:990101").name == "西区"  # type: ignore[union-attr]
    assert store.find(connection, "foreign:990101") is None


def test_second_import_changes_nothing(connection: Connection) -> None:
    assert write(connection, CITY, WEST) == [True, True]
    assert write(connection, CITY, WEST) == [False, False]


def test_a_new_boundary_ends_the_old_one(connection: Connection) -> None:
    write(connection, CITY)
    write(connection, replace(CITY, geometry=box(10, 10, 12, 11)), since=date(2026, 7, 1))
    found = store.find(connection, "990100")
    assert found is not None
    before = store.boundary(connection, found.id, on=date(2026, 6, 30))
    after = store.boundary(connection, found.id, on=date(2026, 7, 1))
    assert before is not None
    assert after is not None
    assert (before.box[2], before.valid_until) == (11, date(2026, 7, 1))
    assert (after.box[2], after.valid_until) == (12, None)
    assert not needed_outline(connection, found.id, date(2026, 6, 30)).intersects(Point(11.5, 10.5))
    assert choice_store.areas_at(connection, (11.5, 10.5)) == (found.id, None)


def test_broken_shapes_are_mended_or_refused(connection: Connection) -> None:
    bowtie = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    write(connection, replace(CITY, geometry=bowtie))
    found = store.find(connection, "990100")
    assert found is not None
    shape = store.boundary(connection, found.id)
    assert shape is not None
    assert shape.geometry["type"] == "MultiPolygon"
    with pytest.raises(RegistryError, match=r"area\.boundary"):
        store.put_boundary(connection, found.id, LineString([(0, 0), (1, 1)]))
    with pytest.raises(RegistryError, match=r"area\.range"):
        store.put_boundary(connection, found.id, box(700000, 6000000, 700100, 6000100))


def test_assets_find_their_city_when_its_boundary_arrives(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        drafts = [
            Draft(Kind.TOWER, "甲", Point(10.2, 10.5)),
            Draft(Kind.TOWER, "乙", Point(10.2, 10.6), access_class="P3"),
            Draft(Kind.DUCT, "丙", LineString([(10.4, 10.5), (10.6, 10.5)])),
        ]
        ids = [made.id for made in register(connection, drafts)]
        write(connection, CITY)
        strict = _stricter_towers(connection)
        write(connection, replace(CITY, geometry=box(9, 9, 11, 11)))
        rows = connection.execute(
            text("SELECT access_class, city_id, publication_id FROM asset WHERE id = ANY (:ids) ORDER BY id"),
            {"ids": ids},
        ).all()
        found = store.find(connection, "990100")
        assert found is not None
        assert [row.access_class for row in rows] == ["P2", "P3", "P3"]
        assert {row.city_id for row in rows} == {found.id}
        assert rows[0].publication_id == strict
        write(connection, WEST, EAST)
    with database.use_case(ANONYMOUS) as connection:
        shown = connection.execute(
            text("SELECT level, precision_m, city_id FROM asset_place WHERE asset_id = :id"), {"id": ids[0]}
        ).all()
        assert [(row.level, row.city_id) for row in shown] == [("cell", found.id)]
        places = connection.scalars(
            text(
                "SELECT r.code FROM asset_area s JOIN area r ON r.id = s.area_id WHERE s.asset_id = :id ORDER BY 1"
            ),
            {"id": ids[2]},
        )
        assert places.all() == [
            "990100",
            "990101",
            "990102",
        ]


def _stricter_towers(connection: Connection) -> int:
    key = connection.scalar(
        text("""INSERT INTO publication (area_id, kind, access_class, digest)
                SELECT id, 'tower', 'P2', 'test' FROM area WHERE code = '990100' RETURNING id""")
    )
    assert key is not None
    return int(key)


def test_public_cannot_ask_for_rehoming(database: Database) -> None:
    with pytest.raises(Exception, match="permission denied"), database.use_case(ANONYMOUS) as connection:
        connection.execute(text("SELECT rehome_assets(ARRAY[1]::bigint[])"))


def test_tile_has_outlines_and_labels_by_zoom(connection: Connection) -> None:
    write(connection, CITY, WEST, EAST)
    low = mapbox_vector_tile.decode(tile_store.tile(connection, 4, 8, 7))
    assert {f["properties"]["code"] for f in low["areas"]["features"]} == {"990100"}
    near = mapbox_vector_tile.decode(tile_store.tile(connection, 8, 135, 120))
    assert {f["properties"]["code"] for f in near["areas"]["features"]} == {"990100", "990101", "990102"}
    labels = near["area_labels"]["features"]
    assert {f["properties"]["name_en"] for f in labels} == {"Test City", "西区", "东区"}
    assert tile_store.tile(connection, 8, 0, 0) == b""


def test_outlines_of_a_file(tmp_path: Path) -> None:
    frame_file = tmp_path / "quarters.geojson"
    feature = {
        "type": "Feature",
        "properties": {"no": 7.0, "nom": "Écusson"},
        "geometry": mapping(box(1, 2, 3, 4)),
    }
    frame_file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    found = outlines.read(frame_file, Columns("no", "nom"), "district")
    assert [(item.code, item.name, item.level) for item in found] == [("7", "Écusson", "district")]
    with pytest.raises(RegistryError, match=r"areas\.no_column"):
        outlines.read(frame_file, Columns("code", "nom"), "district")
    frame_file.write_text("not a map", "utf-8")
    with pytest.raises(RegistryError, match=r"areas\.file"):
        outlines.read(frame_file, Columns("no", "nom"), "district")


def test_a_file_without_names_is_one_area(tmp_path: Path) -> None:
    file = tmp_path / "limit.geojson"
    features = [
        {"type": "Feature", "properties": {}, "geometry": mapping(box(i, 2, i + 1, 3))} for i in (1, 2)
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    found = outlines.read_one(file, Outline("34172", "Montpellier", "city", Polygon()))
    assert [(item.code, item.geometry.bounds, item.geometry.geom_type) for item in found] == [
        ("34172", (1, 2, 3, 3), "Polygon")
    ]


@pytest.mark.skipif(not geocn.available(), reason="the extra demo is not installed")
def test_package_gives_city_with_province_and_districts(connection: Connection) -> None:
    shapes = geocn.read("370800")
    assert [item.level for item in shapes[:3]] == ["province", "city", "district"]
    list(outlines.write(connection, shapes, source=geocn.source(), scheme="gb2260"))
    city = store.find(connection, "370800")
    assert city is not None
    assert (city.name, city.parent_code) == ("济宁市", "370000")
    assert len(store.listed(connection, parent_id=city.id)) == 11
    shape = store.boundary(connection, city.id)
    assert shape is not None
    assert 10_900 < shape.area_km2 < 11_300
    assert "not an approved map" in (shape.source_note or "")
    with pytest.raises(RegistryError, match=r"areas\.no_city"):
        geocn.read("379900")


def test_template_reaches_areas_without_parent(connection: Connection) -> None:
    parent = store.put_area(connection, AreaDraft("foreign", "34172", "Montpellier", "city"))
    template = AreaDraft("foreign", "", "", "", parent_id=parent, time_zone="Europe/Paris")
    done = outlines.write(
        connection,
        [Outline("q1", "Centre", "district", box(3.8, 43.6, 3.9, 43.7))],
        source=SOURCE,
        scheme="foreign",
        template=template,
    )
    assert len(list(done)) == 1
    found = store.find(connection, "q1")
    assert found is not None
    assert (found.parent_name, found.time_zone) == ("Montpellier", "Europe/Paris")


@pytest.mark.parametrize(
    ("instant", "montpellier", "jining"),
    [
        (
            "2026-01-31T23:30:00Z",
            date(2026, 2, 1),
            date(2026, 2, 1),
        ),  # 00:30 and 07:30; in UTC still the day before
        ("2026-01-31T22:30:00Z", date(2026, 1, 31), date(2026, 2, 1)),  # 23:30 and 06:30
        ("2026-06-30T22:30:00Z", date(2026, 7, 1), date(2026, 7, 1)),  # 00:30 in summer time
        ("2026-06-30T21:59:59Z", date(2026, 6, 30), date(2026, 7, 1)),
        ("2026-01-31T15:59:59Z", date(2026, 1, 31), date(2026, 1, 31)),
        ("2026-01-31T16:00:00Z", date(2026, 1, 31), date(2026, 2, 1)),
    ],
)
def test_an_instant_falls_on_the_day_of_the_area(
    connection: Connection, instant: str, montpellier: date, jining: date
) -> None:
    abroad = store.put_area(
        connection, AreaDraft("foreign", "34172", "Montpellier", "city", time_zone="Europe/Paris")
    )
    below = store.put_area(connection, AreaDraft("foreign", "q1", "Centre", "district", parent_id=abroad))
    home = store.put_area(connection, AreaDraft("gb2260", "370800", "济宁市", "city"))
    at = datetime.fromisoformat(instant)
    days = [day_of(connection, area_id, at) for area_id in (abroad, below, home, None)]
    assert days == [montpellier, montpellier, jining, jining]
    assert (
        at.astimezone(ZoneInfo(DEFAULT_ZONE)).date() == days[-1]
    )  # the register's own day, in SQL and in Python


def test_a_time_zone_is_kept_and_one_that_is_none_is_refused(connection: Connection) -> None:
    draft = AreaDraft("foreign", "34172", "Montpellier", "city", time_zone="Europe/Paris")
    area_id = store.put_area(connection, draft)
    store.put_area(connection, replace(draft, time_zone=None, name_en="Montpellier"))
    found = store.by_id(connection, area_id)
    assert found is not None
    assert (found.time_zone, found.name_en) == ("Europe/Paris", "Montpellier")
    with pytest.raises(Invalid):
        store.put_area(connection, replace(draft, time_zone="Europe/Montpellier"))


def test_a_day_begins_at_the_midnight_of_any_area(connection: Connection) -> None:
    hour = datetime.now(UTC).hour
    noon, midnight = (f"Etc/GMT{(hour - local + 12) % 24 - 12:+d}" for local in (12, 0))
    draft = AreaDraft("foreign", "1", "Elsewhere", "city", time_zone=noon)
    store.put_area(connection, draft)
    assert not day_began(connection)
    store.put_area(connection, replace(draft, code="2", time_zone=midnight))
    assert day_began(connection)
