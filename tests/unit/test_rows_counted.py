"""Every row of a file is read, refused or skipped: an independent reader counts as many, whatever the format."""

import csv
import io
import json
import random
import zipfile
from pathlib import PurePath
from typing import Any

import openpyxl
import pandas
import pytest

from infra_registry.assets.kinds import Kind
from infra_registry.exchange.generic import generic_mapping
from infra_registry.exchange.related import relate
from infra_registry.exchange.staging import Setting, stage
from infra_registry.formats import read
from infra_registry.formats.table import Part

HEAD = ["owner_ref", "name", "use", "lon", "lat", "height_m", "address"]


def generated(seed: int) -> list[list[str]]:
    """Rows of poles as people send them: good, faulty, twice, empty, with quotes, commas and line breaks."""
    rng = random.Random(seed)
    rows: list[list[str]] = []
    for number in range(rng.randint(1, 40)):
        height = rng.choice(["8", "8.5", "900", "x", ""])
        address = rng.choice(["", "一路1号", 'rue "Neuve", 2', "一路\n二号", "a;b\tc|d", "'x", "- -"])
        lon = rng.choice(["116.59", "116.59", "", "abc"])
        row = [f"P{number}", f"Pole {number}", "street_light", lon, f"35.{number:02}", height, address]
        rows += [row] * rng.choice([1, 1, 1, 2]) + [[""] * len(HEAD)] * rng.choice([0, 0, 0, 1, 3])
    return rows


def as_csv(rows: list[list[str]], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([HEAD, *rows])
    return out.getvalue().encode()


def as_xlsx(rows: list[list[str]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in [HEAD, *rows]:
        book.active.append([cell or None for cell in row])
    book.create_sheet("Readme").append(["Tower list of 2026"])
    book.save(out)
    return out.getvalue()


def as_geojson(rows: list[list[str]]) -> bytes:
    def feature(row: list[str]) -> dict[str, Any]:
        place = {"type": "Point", "coordinates": [row[3], float(row[4] or 0)]}
        return {"type": "Feature", "properties": dict(zip(HEAD, row, strict=True)), "geometry": place}

    return json.dumps({"type": "FeatureCollection", "features": [feature(row) for row in rows]}).encode()


def as_zip(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", as_csv(rows, ","))
        archive.writestr("b.csv", as_csv(rows[:5], ";"))
    return out.getvalue()


FILES = {
    "poles.csv": lambda rows: as_csv(rows, ","),
    "poles.tsv": lambda rows: as_csv(rows, "\t"),
    "poles.txt": lambda rows: as_csv(rows, "|"),
    "poles.xlsx": as_xlsx,
    "poles.geojson": as_geojson,
    "poles.zip": as_zip,
}


def counted(data: bytes, name: str) -> dict[str, int]:
    """Rows below the header, empty ones too, of every part as another reader counts them."""
    stem, ending = PurePath(name).stem, PurePath(name).suffix
    if ending == ".zip":
        archive = zipfile.ZipFile(io.BytesIO(data))
        return {k: n for m in archive.namelist() for k, n in counted(archive.read(m), m).items()}
    if ending == ".xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        last = {s.title: [n for n, r in enumerate(s.values) if any(r)][-1] for s in book.worksheets}
        return {title: number for title, number in last.items() if title != "Readme"} | {"Readme": 0}
    if ending == ".geojson":
        return {stem: len(json.loads(data)["features"])}
    delimiter = {".tsv": "\t", ".txt": "|"}.get(ending, ";" if stem == "b" else ",")
    frame = pandas.read_csv(io.BytesIO(data), sep=delimiter, dtype=str, skip_blank_lines=False)
    return {stem: len(frame)}


def without_empty_end(rows: list[list[str]]) -> list[list[str]]:
    while rows and not any(rows[-1]):
        rows = rows[:-1]
    return rows


def outcome(part: Part) -> tuple[int, int, int]:
    """How many rows of a part are read, refused, skipped."""
    mapping = generic_mapping(Kind.POLE, spatial=part.spatial)
    staged = stage(mapping, [part], Setting("EPSG:4326"), lambda done, total: None)
    relate(staged, {}, placed_by_parent=frozenset())
    assert staged.rows_read == len(part.rows)
    refused = staged.rows_faulty + len(part.rows) - len(staged.rows)
    return sum(row.good or row.outcome == "repeated" for row in staged.rows), refused, part.skipped


@pytest.mark.parametrize("name", FILES)
def test_read_refused_and_skipped_rows_are_all_rows(name: str) -> None:
    total = [0, 0, 0]
    for seed in range(25):
        data = FILES[name](without_empty_end(generated(seed)))
        expected = counted(data, name)
        outcomes = {part.name: outcome(part) for part in read(data, name)}
        assert {part: sum(counts) for part, counts in outcomes.items()} == expected, seed
        for counts in outcomes.values():
            total = [have + more for have, more in zip(total, counts, strict=True)]
    assert all(total[:2]), "the files held good and faulty rows"
    assert bool(total[2]) == (name != "poles.geojson"), "and empty ones"


def test_the_sender_learns_how_many_rows_were_skipped() -> None:
    part = read(b"\n\na,b\n1,2\n\n , \n3,4\n", "x.csv")[0]
    assert part.skipped == 4
    assert [(note.severity, note.value) for note in part.notes if note.code == "part.skipped"] == [
        ("note", "4")
    ]
