"""Mappings as data: what is wrong with one is told with file, key and line; headers match as people write them."""

from dataclasses import replace

import pytest

from infra_registry.assets.kinds import Kind
from infra_registry.exchange.binding import bind as bound_to
from infra_registry.exchange.binding import choose, converted, missing
from infra_registry.exchange.catalogue import filed
from infra_registry.exchange.generic import generic_mapping
from infra_registry.exchange.mapping import Mapping, MappingError, Value, parse_mapping
from infra_registry.exchange.staged import Staged
from infra_registry.exchange.staging import Setting, stage
from infra_registry.formats import read
from infra_registry.formats.headers import plain
from infra_registry.formats.table import Part

GOOD = """[mapping]
title = { zh = "杆", en = "Poles" }

[[part]]
match = ["*"]
target = "pole"
place = { x = "X", y = "Y" }

[part.fields]
name = "Nom"
height_m = { from = ["Hauteur", "Height"] }
"""


def test_every_filed_mapping_is_sound() -> None:
    assert {"anfr_supports", "montpellier_lighting", "montpellier_city"} <= set(filed())


@pytest.mark.parametrize(
    ("old", "new", "key", "line"),
    [
        ('target = "pole"', 'target = "lamp"', "target", 6),
        ("height_m =", "hieght_m =", "hieght_m", 11),
        ("[part.fields]", "[part.feilds]", "feilds", 9),
        ('place = { x = "X", y = "Y" }', 'place = { x = "X", z = "Y" }', "z", 7),
        ('place = { x = "X", y = "Y" }\n', "", "place", 1),
        ('{ from = ["Hauteur", "Height"] }', '{ template = "x", join = ["y"] }', "height_m", 11),
        ("[mapping]", "[mapping", "–", "1"),
    ],
)
def test_mistakes_are_located(old: str, new: str, key: str, line: int | str) -> None:
    with pytest.raises(MappingError) as refused:
        parse_mapping(GOOD.replace(old, new), "poles")
    found = refused.value.params
    assert (found["file"], found["key"], str(found["line"])) == ("poles", key, str(line))


def test_a_mapping_says_how_far_a_row_may_move_something() -> None:
    assert parse_mapping(GOOD, "poles").move_m == 100
    assert parse_mapping(GOOD.replace("[mapping]", "[mapping]\nmove_m = 2500"), "poles").move_m == 2500


@pytest.mark.parametrize(
    ("left", "right"),
    [("Numéro de\nsupport", "numero DE support"), ("高度（m）", "高度(m)"), ("owner_ref", "Owner ref")],
)
def test_headers_compare_as_people_write_them(left: str, right: str) -> None:
    assert plain(left) == plain(right)


def table(text: str, name: str = "t.csv") -> list[Part]:
    return read(text.encode(), name)


def staged(mapping: Mapping, text: str, name: str = "t.csv") -> Staged:
    return stage(mapping, table(text, name), Setting("EPSG:4326"), lambda done, total: None)


def test_a_missing_column_is_named_with_the_nearest_header() -> None:
    mapping = parse_mapping(
        GOOD.replace('place = { x = "X", y = "Y" }', 'place = { x = "Longitude", y = "Y" }'), "m"
    )
    parts = table("Nom,Longitud,Y\nA,1,2\n")
    bound = bound_to(mapping.parts[0], parts[0], parts)
    absent = {note.field: note for note in missing(bound, parts[0], generic=False)}
    assert (absent["x"].severity, absent["x"].expected, absent["x"].value) == (
        "error",
        "Longitude",
        "Longitud",
    )
    assert absent["height_m"].severity == "warning"


def test_a_wrong_sheet_is_named_with_those_there_are() -> None:
    two = replace(filed()["anfr_supports"])
    _, notes = choose(two, table("a\n1\n", "other.csv"))
    assert {note.expected for note in notes if note.code == "finding.missing_part"} == {
        "Supports",
        "Dates",
        "Antennes_Emetteurs_Bandes",
    }


def test_the_generic_mapping_reads_both_languages() -> None:
    mapping = generic_mapping(Kind.POLE, spatial=False)
    chinese = staged(mapping, '名称,用途,经度,纬度,高度（m）\n灯杆一,路灯杆,116.59,35.41,"8,5"\n')
    english = staged(mapping, "name,use,lon,lat,height_m\n灯杆一,street_light,116.59,35.41,8.5\n")
    assert chinese.rows[0].values == english.rows[0].values
    assert chinese.rows[0].values["use"] == "street_light"
    assert not chinese.rows[0].faulty


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("A,laterne,116.59,35.41,8", {"finding.unknown_code"}),
        ("A,street_light,116.59,35.41,1e400", {"field.not_number"}),
        ("A,street_light,116.59,35.41,900", {"field.out_of_range"}),
        ("A,street_light,,35.41,8", {"geometry.empty"}),
        ("A,street_light,x,35.41,8", {"field.not_number"}),
        ("A,street_light,35.41,116.59,8", {"crs.swapped"}),
        ("A,street_light,770999,6278801,8", {"crs.metres_as_degrees"}),
        (
            "A\x00,laterne,116.59,95,-1",
            {"cell.control", "finding.unknown_code", "field.out_of_range", "geometry.range"},
        ),
    ],
)
def test_every_fault_of_a_row_is_told(row: str, codes: set[str]) -> None:
    padded = "name,use,lon,lat,height_m\n" + "B,street_light,116.6,35.4,9\n"
    data = padded.encode() + row.encode()
    if b"\x00" in data:
        data = padded.encode("utf-16") + (row + "\n").encode("utf-16-le")
    parts = read(data, "t.csv")
    found = stage(generic_mapping(Kind.POLE, spatial=False), parts, Setting("EPSG:4326"), lambda n, of: None)
    assert {f.code for f in found.findings if f.severity == "error"} >= codes
    assert [r.faulty for r in found.rows] == [False, True]
    assert all(f.row_number == 3 for f in found.findings if f.severity == "error")


def test_latitude_first_is_seen_where_a_registered_city_lies() -> None:
    mapping, parts = generic_mapping(Kind.POLE, spatial=False), table("name,lon,lat\nA,43.6,3.87\n")
    found = stage(mapping, parts, Setting("EPSG:4326", ((3.8, 43.5, 4.0, 43.7),)), lambda n, of: None)
    assert [f.code for f in found.findings if f.severity == "error"] == ["crs.swapped"]


def test_values_are_converted_by_their_rules() -> None:
    assert converted(Value("from", dates=("%d/%m/%Y",)), "07/05/1998")[0] == "1998-05-07"
    scaled = Value("from", unit="U", factors={"GHz": 1000.0})
    assert converted(scaled, "23.38", "ghz")[0] == "23380.0"
    fault = converted(scaled, "1", "parsec")[1]
    assert fault is not None
    assert fault.code == "finding.unknown_unit"
    coded = Value("from", codes={"Château d'eau": "water_tower"}, other="other")
    assert converted(coded, "chateau d'eau")[0] == "water_tower"
    assert converted(coded, "Phare")[0] == "other"
