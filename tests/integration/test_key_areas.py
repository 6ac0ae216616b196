"""A government's list of key public areas: loaded whole or not at all, ended by the next, undone, asked by the law."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.assets.register import register
from infra_registry.cli import key_areas as cli
from infra_registry.config import today
from infra_registry.coverage.wifi import wifi_state
from infra_registry.db import Database
from infra_registry.duties.answers import evidence
from infra_registry.duties.answers.evidence import Shown
from infra_registry.duties.inforce.law import law
from infra_registry.duties.key_lists import key_area_store, key_areas
from infra_registry.duties.key_lists.key_area_reading import read_list, template
from infra_registry.duties.key_lists.key_areas import Loaded
from infra_registry.errors import Conflict, Forbidden, NotFound, RegistryError
from infra_registry.rules.engine import Kept
from infra_registry.rules.model import SubjectKind
from tests.integration.wifi_city import JINING, LAT, LON, STEP, City, make_city, zone

HEADS = "name,part,lon,lat,wkt,list_title,issued_by,issued_on,ends_on"
SQUARE = '"POLYGON ((116.60 35.40, 116.61 35.40, 116.61 35.41, 116.60 35.41, 116.60 35.40))"'


def table(*rows: str) -> bytes:
    return "\n".join([HEADS, *rows]).encode()


def rows_of(day: str, *names: str, ends: str = "") -> list[str]:
    return [
        f"{name},urban_district,{LON + i * STEP},{LAT},,List of {day},City,{day},{ends}"
        for i, name in enumerate(names)
    ]


@pytest.fixture
def city(database: Database) -> City:
    with database.use_case(SERVICE) as connection:
        return make_city(connection, JINING)


def load(database: Database, city: City, content: bytes, name: str = "list.csv", **more: object) -> Loaded:
    with database.use_case(city.regulator) as connection:
        return key_areas.load_file(connection, city.regulator, JINING, (content, name), **more)  # type: ignore[arg-type]


def held(database: Database, city: City) -> list[tuple[str, str | None]]:
    with database.use_case(ANONYMOUS) as connection:
        lists = key_area_store.lists(connection, city.id, today())
        return [(str(row.issued_on), str(row.ends_on) if row.ends_on else None) for row in lists]


def stored(database: Database) -> int:
    with database.use_case(SERVICE) as connection:
        return int(connection.scalar(text("SELECT count(*) FROM key_area")) or 0)


def test_a_list_of_points_and_outlines_is_loaded(database: Database, city: City) -> None:
    park = f"Park,市区,,,{SQUARE},List of 2025-03-01,City,2025-03-01,"
    done = load(database, city, table(*rows_of("2025-03-01", "Square"), park))
    assert (done.written, done.areas, done.findings) == (True, 2, ())
    with database.use_case(ANONYMOUS) as connection:
        rows = key_area_store.areas(connection, city.id, today())
    assert [(row.name, row.urban_part, row.district) for row in rows] == [
        ("Park", "urban_district", "C1E"),
        ("Square", "urban_district", "C1E"),
    ]


def test_geojson_is_read_in_its_declared_system(database: Database, city: City) -> None:
    facts = {"名称": "广场", "名单名称": "名单", "印发机关": "市政府", "印发日期": "2025-03-01"}
    place = {"type": "Point", "coordinates": [463690.0, 3919300.0]}
    feature = {"type": "Feature", "properties": facts, "geometry": place}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    done = load(database, city, content, "list.geojson", crs="EPSG:4549")
    assert (done.written, done.crs) == (False, "EPSG:4549")
    assert [item.code for item in done.findings if done.faulty] == ["key_area.outside"]
    place["coordinates"] = [LON, LAT]
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert load(database, city, content, "list.geojson").written
    undone = load(
        database, city, content.replace(b"2025-03-01", b"2025-04-01"), "list.geojson", crs="EPSG:4549"
    )
    assert [item.code for item in undone.findings] == ["crs.degrees_as_metres"]


def test_a_newer_list_ends_the_one_before_and_undoing_gives_it_back(database: Database, city: City) -> None:
    load(database, city, table(*rows_of("2024-01-01", "A", "B")))
    second = load(database, city, table(*rows_of("2025-01-01", "A", ends="2027-12-31")))
    assert second.ended == ("List of 2024-01-01", date(2024, 12, 31))
    between = load(database, city, table(*rows_of("2024-06-01", "C", ends="2024-08-31")))
    assert between.ended == ("List of 2024-01-01", date(2024, 5, 31))
    assert held(database, city) == [
        ("2025-01-01", "2027-12-31"),
        ("2024-06-01", "2024-08-31"),
        ("2024-01-01", "2024-05-31"),
    ]
    with database.use_case(city.regulator) as connection:
        assert key_areas.undo(connection, city.regulator, JINING, date(2024, 6, 1)) == 1
        assert key_areas.undo(connection, city.regulator, JINING, date(2025, 1, 1)) == 1
    assert held(database, city) == [("2024-01-01", None)]


def test_a_day_has_one_list_and_one_that_is_not_there_cannot_be_undone(
    database: Database, city: City
) -> None:
    load(database, city, table(*rows_of("2025-01-01", "A")))
    with pytest.raises(Conflict, match=r"key_area\.same_day"):
        load(database, city, table(*rows_of("2025-01-01", "B")))
    with database.use_case(city.regulator) as connection, pytest.raises(NotFound, match=r"key_area\.no_list"):
        key_areas.undo(connection, city.regulator, JINING, date(2020, 1, 1))
    assert stored(database) == 1


def test_a_list_somebody_showed_something_about_stays(database: Database, city: City) -> None:
    load(database, city, table(*rows_of("2025-01-01", "A")))
    with database.use_case(SERVICE) as connection:
        code = connection.scalar(text("SELECT code FROM key_area"))
        facts = evidence.facts_for(SubjectKind.AREA)
        if not facts:
            connection.execute(
                text(
                    "INSERT INTO evidence (key_area_id, fact, holds, basis, known_on) "
                    "SELECT id, 'safety', true, 'seen there', '2025-02-01' FROM key_area"
                )
            )
        else:
            evidence.show(
                connection, SERVICE, SubjectKind.AREA, str(code), [Shown(facts[0], True, "seen there")]
            )
    with (
        database.use_case(city.regulator) as connection,
        pytest.raises(Conflict, match=r"key_area\.evidence"),
    ):
        key_areas.undo(connection, city.regulator, JINING, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (f",urban_district,{LON},{LAT},,L,City,2025-01-01,", "name", "field.required"),
        (f"A,suburb,{LON},{LAT},,L,City,2025-01-01,", "part", "field.not_choice"),
        (f"A,,{LON},far,,L,City,2025-01-01,", "lat", "field.not_number"),
        ("A,,,,,L,City,2025-01-01,", "geometry", "geometry.empty"),
        ("A,,,,POINT (1,L,City,2025-01-01,", "wkt", "geometry.malformed"),
        ("A,,,,\"LINESTRING (116.6 35.4, 116.61 35.4)\",L,City,2025-01-01,", "geometry", "geometry.type"),
        ("A,,,,\"POLYGON ((116.6 35.4, 116.61 35.41, 116.61 35.4, 116.6 35.41, 116.6 35.4))\",L,City,2025-01-01,",
         "geometry", "geometry.invalid.crossing"),
        (f"A,,{LAT},{LON},,L,City,2025-01-01,", "geometry", "crs.swapped"),
        ("A,,120,35,,L,City,2025-01-01,", "geometry", "key_area.outside"),
        (f"A,,{LON},{LAT},,L,City,soon,", "issued_on", "field.not_date"),
        (f"A,,{LON},{LAT},,L,City,2099-01-01,", "issued_on", "field.out_of_range"),
        (f"A,,{LON},{LAT},,L,City,2025-01-01,2024-01-01", "ends_on", "field.out_of_range"),
        (f"A,,{LON},{LAT},,,City,2025-01-01,", "list_title", "field.required"),
        (f"A,,{LON},{LAT},,{'x' * 201},City,2025-01-01,", "list_title", "field.too_long"),
    ],
)  # fmt: skip
def test_a_fault_names_row_field_value_and_nothing_is_written(
    database: Database, city: City, row: str, field: str, code: str
) -> None:
    done = load(database, city, table(row))
    errors = [item for item in done.findings if item.severity == "error"]
    assert (field, code) in [(item.field, item.code) for item in errors]
    assert {item.row for item in errors} == {2}
    assert not done.written
    assert stored(database) == 0


def test_one_faulty_row_keeps_all_out(database: Database, city: City) -> None:
    good = rows_of("2025-01-01", "A", "B")
    other = f"C,,{LON},{LAT},,Another,City,2025-01-01,"
    done = load(database, city, table(*good, good[0], other))
    assert [(item.row, item.code) for item in done.findings if item.severity == "error"] == [
        (4, "key_area.twice"),
        (5, "key_area.other_list"),
    ]
    assert stored(database) == 0


def test_missing_columns_and_empty_files_are_named(database: Database, city: City) -> None:
    done = load(database, city, b"where,when\nhere,now\n")
    missing = [item.field for item in done.findings if item.code == "finding.missing_column"]
    assert missing == ["name", "list_title", "issued_by", "issued_on"]
    with pytest.raises(RegistryError, match=r"key_area\.no_rows"):
        load(database, city, HEADS.encode())
    with pytest.raises(RegistryError, match=r"crs\.unknown"):
        load(database, city, table(*rows_of("2025-01-01", "A")), crs="EPSG:1")


def test_a_dry_run_writes_nothing(database: Database, city: City) -> None:
    done = load(database, city, table(*rows_of("2025-01-01", "A")), dry_run=True)
    assert (done.written, done.faulty, done.areas) == (False, False, 1)
    assert stored(database) == 0


def test_only_a_regulator_of_the_city_loads_and_undoes(database: Database, city: City) -> None:
    content = table(*rows_of("2025-01-01", "A"))
    for who in (ANONYMOUS, city.stranger):
        with database.use_case(who) as connection, pytest.raises(Forbidden):
            key_areas.load_file(connection, who, JINING, (content, "list.csv"))
    load(database, city, content)
    with database.use_case(city.stranger) as connection, pytest.raises(Forbidden):
        key_areas.undo(connection, city.stranger, JINING, date(2025, 1, 1))
    with database.use_case(city.regulator) as connection, pytest.raises(NotFound):
        key_areas.load_file(connection, city.regulator, "nowhere", (content, "list.csv"))


def test_the_template_would_be_taken(database: Database, city: City) -> None:
    for locale in ("zh-Hans", "en"):
        content = "\n".join(",".join(f'"{cell}"' for cell in row) for row in template(locale)).encode()
        sheet = read_list(content, "list.csv")
        assert (sheet.faults, len(sheet.areas)) == ([], 2)
    assert load(database, city, content).written


def test_a_listed_area_without_a_free_zone_is_found_and_with_one_it_is_kept(
    database: Database, city: City
) -> None:
    load(database, city, table(*rows_of("2025-01-01", "near", "far")))
    with database.use_case(SERVICE) as connection:
        register(connection, [zone("W", LON, reach_m=100)])
        found = wifi_state.key_areas(connection, law(connection), city.id, today())
    assert [(item.row.name, item.state) for item in found] == [("far", "without"), ("near", "has")]
    assert [item.duty.kept for item in found if item.duty] == [Kept.BROKEN, Kept.KEPT]


def test_without_zones_in_the_register_nothing_is_shown_either_way(database: Database, city: City) -> None:
    load(database, city, table(*rows_of("2025-01-01", "A")))
    with database.use_case(SERVICE) as connection:
        found = wifi_state.key_areas(connection, law(connection), city.id, today())
    assert [(item.state, item.duty.kept if item.duty else None) for item in found] == [
        ("not_shown", Kept.NOT_SHOWN)
    ]


def test_commands_load_list_and_undo(
    database: Database, city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    file, report = tmp_path / "list.csv", tmp_path / "report.csv"
    file.write_bytes(table(f"A,suburb,{LON},{LAT},,L,City,2025-01-01,"))
    command = ["import", str(file), "--city", JINING, "--report", str(report)]
    wrong = CliRunner().invoke(cli.key_areas_, command)
    assert wrong.exit_code == 1
    assert "suburb" in report.read_text("utf-8-sig")
    file.write_bytes(table(*rows_of("2025-01-01", "A", "B")))
    dry = CliRunner().invoke(cli.key_areas_, [*command, "--dry-run", "--json"])
    assert (dry.exit_code, json.loads(dry.output)["written"]) == (0, False)
    done = CliRunner().invoke(cli.key_areas_, [*command, "--json"])
    assert (done.exit_code, json.loads(done.output)["areas"]) == (0, 2)
    listed = CliRunner().invoke(cli.key_areas_, ["list", "--city", JINING])
    assert listed.output.startswith("* 2025-01-01")
    assert (
        CliRunner().invoke(cli.key_areas_, ["undo", "--city", JINING, "--issued-on", "2025-01-01"]).exit_code
        == 0
    )
    assert stored(database) == 0
