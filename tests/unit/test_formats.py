"""Readers of files: what a sender may send, what is refused before it is parsed, and what goes out unharmed."""

import io
import json
import zipfile
from datetime import date
from typing import Any

import geopandas
import openpyxl
import pytest

from infra_registry.formats import Caps, FormatError, csv_lines, read, write_csv, write_geojson
from infra_registry.formats.encoding import decode


def workbook(sheets: dict[str, list[list[Any]]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name == hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def feature(**more: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [116.59, 35.41]}
    return {"type": "Feature", "properties": {"name": "A"}, "geometry": point} | more


def layer(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more).encode()


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    [
        ("utf-8", "杆号,名称\nP1,共青团路灯杆", "utf-8"),
        ("utf-8-sig", "杆号,名称\nP1,共青团路灯杆", "utf-8-sig"),
        ("gb18030", "杆号,名称\nP1,共青团路灯杆在路口东侧", "gb18030"),
        ("latin-1", "LIBEL;CATÉGORIE\nMusée Fabre;Écoles élémentaires, préélémentaires", "latin-1"),
        ("utf-16", "a,b\n1,2", "utf-16"),
    ],
)
def test_the_encoding_is_found(encoding: str, content: str, expected: str) -> None:
    found = decode(content.encode(encoding))
    assert (found.encoding, found.text) == (expected, content)


def test_a_guess_is_reported_as_one() -> None:
    part = read("nom\nMusée".encode("latin-1"), "a.csv")[0]
    assert (part.notes[0].code, part.notes[0].severity) == ("file.encoding", "warning")


def test_header_line_breaks_and_delimiters_are_understood() -> None:
    part = read('"Numéro\nde support";"Hauteur"\n1;"2,5"\n\n3;4\n'.encode(), "x.csv")[0]
    assert part.columns == ("Numéro\nde support", "Hauteur")
    assert [(row.number, row.values["Hauteur"]) for row in part.rows] == [(2, "2,5"), (4, "4")]


def test_repeated_and_empty_headers_stay_apart() -> None:
    assert read(b"a,,a\n1,2,3\n", "x.csv")[0].columns == ("a", "#2", "a (2)")


def test_rows_say_what_is_odd_about_them() -> None:
    part = read(b"a,b\n=cmd(),2\n1,2,3\nx\x01y,1\n", "x.csv")[0]
    assert [[note.code for note in row.notes] for row in part.rows] == [
        ["cell.formula"],
        ["row.too_many_cells"],
        ["cell.control"],
    ]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"\x00\x01", "x.csv", "format.binary"),
        (b"", "x.csv", "format.no_header"),
        (b"a,b\n" + b"x" * 5_000_000 + b",1\n", "x.csv", "format.csv"),
        (b",".join(b"c%d" % i for i in range(400)) + b"\n", "x.csv", "format.too_many_columns"),
        (b"PK\x03\x04" + b"\0" * 100, "x.xlsx", "format.zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "x.xls", "format.old_excel"),
        (b"[" * 1_000_000 + b"]" * 1_000_000, "x.geojson", "format.too_deep"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "x.geojson", "format.json_constant"),
        (b'{"type": "FeatureCollection", "features": [-Infinity]}', "x.geojson", "format.json_constant"),
        (b'{"type": "FeatureCollection", "features": [1' + b"0" * 5000 + b"]}", "x.geojson", "format.json"),
        (b'{"type": "FeatureCollection", "features": 3}', "x.geojson", "format.not_geojson"),
        (b'{"type": "Topology"}', "x.json", "format.not_geojson"),
        (b'{"type": ', "x.json", "format.json"),
    ],
)
def test_unreadable_files_are_refused(content: bytes, name: str, code: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(content, name)
    assert refused.value.code == code


def test_caps_hold() -> None:
    with pytest.raises(FormatError) as refused:
        read(b"a\n1\n2\n3\n", "x.csv", caps=Caps(max_rows=2))
    assert refused.value.code == "format.too_many_rows"
    with pytest.raises(FormatError) as refused:
        read(b"a\n1\n", "x.csv", caps=Caps(max_bytes=3))
    assert refused.value.code == "file.too_large"


def test_a_workbook_reads_as_people_write() -> None:
    data = workbook(
        {"Supports": [["N", "H"], [29973.0, 61.5], [None, None], [5, True]], "Old": [["a"], [1]]}, "Old"
    )
    supports, old = read(data, "x.xlsx")
    assert [row.values for row in supports.rows] == [{"N": "29973", "H": "61.5"}, {"N": "5", "H": "true"}]
    assert [row.number for row in supports.rows] == [2, 4]
    assert old.notes[0].code == "part.hidden"


def bomb(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return out.getvalue()


def test_a_zip_bomb_is_seen_in_its_directory() -> None:
    with pytest.raises(FormatError) as refused:
        read(bomb(20 << 20), "x.xlsx")
    assert refused.value.code == "format.zip_ratio"
    with pytest.raises(FormatError) as refused:
        read(bomb(20 << 20), "x.xlsx", caps=Caps(max_inflated=1 << 20))
    assert refused.value.code == "format.zip_bomb"


def test_a_lying_zip_directory_is_seen_when_inflated() -> None:
    data = bomb(3 << 20)
    size = (3 << 20).to_bytes(4, "little")
    with pytest.raises(FormatError) as refused:
        read(data.replace(size, (100).to_bytes(4, "little")), "x.xlsx")
    assert refused.value.code == "format.zip"


def test_a_zip_of_tables_is_one_file_of_several_parts() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
        archive.writestr("b.csv", "y\n2\n")
    assert [part.name for part in read(out.getvalue(), "both.zip")] == ["a", "b"]
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("run.exe", "MZ")
    with pytest.raises(FormatError):
        read(out.getvalue(), "both.zip")


def test_odd_features_are_told_row_by_row() -> None:
    huge = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1e400, 2]}}'
    doubled = '{"type": "Feature", "properties": {"a": 1, "a": 2}, "geometry": null}'
    listed = [json.dumps(feature()), huge, doubled, "7", json.dumps(feature(geometry={"type": "Circle"}))]
    data = '{"type": "FeatureCollection", "features": [' + ",".join(listed) + "]}"
    rows = read(data.encode(), "x.geojson")[0].rows
    assert [[note.code for note in row.notes] for row in rows] == [
        [],
        [],
        ["feature.doubled_key"],
        ["feature.not_feature"],
        ["geometry.malformed"],
    ]
    assert rows[2].values == {"a": "2"}
    assert rows[2].geometry is None


def test_the_crs_member_and_the_frame() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    part = read(layer(feature(), crs=crs), "x.geojson")[0]
    assert part.crs == "urn:ogc:def:crs:EPSG::4490"
    frame = geopandas.GeoDataFrame(
        [row.values for row in part.rows], geometry=[row.geometry for row in part.rows], crs=part.crs
    )
    assert (len(frame), frame.crs.to_epsg(), frame.geometry.iloc[0].x) == (1, 4490, 116.59)


def test_what_goes_out_runs_nowhere() -> None:
    out = io.StringIO()
    assert write_csv(out, ["a", "b"], [["=1+1", -3.5], ["@x", None], ["灯杆", True]]) == 3
    assert out.getvalue() == "\ufeffa,b\r\n'=1+1,-3.5\r\n'@x,\r\n灯杆,true\r\n"
    rows = [["-12", "-1+1", date(2026, 11, 22)], [True, ("5g", "=x"), "\n=1"]]
    assert "".join(csv_lines(["a"], rows)).splitlines()[1] == "-12,'-1+1,2026-11-22"
    for lead in "＝＋－＠﹦﹢﹣﹫":  # a Chinese keyboard's signs; spreadsheets take them for the plain ones
        assert next(iter(csv_lines([f"{lead}1+1"], []))) == f"\ufeff'{lead}1+1\r\n"
    assert next(iter(csv_lines(["灯杆＝1"], []))) == "\ufeff灯杆＝1\r\n"
    assert next(iter(csv_lines(["=a"], []))) == "\ufeff'=a\r\n"
    out = io.StringIO()
    assert write_geojson(out, [feature(), feature()]) == 2
    assert len(json.loads(out.getvalue())["features"]) == 2
