"""What a published run of mobile coverage gives to everybody else: canaries are looked for in whatever is answered.

Readers: anybody, a competing carrier, the regulator of another city. Addresses: every page, file, list, style and tile
of the run, asked for in the edition they may not have as well.
"""

import io
import re
import struct
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pypdf
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.config import Settings, today
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.runs import life
from infra_registry.db import Database
from infra_registry.files import Folder, path_of
from infra_registry.publish.spatial import tile
from tests.integration.radio_town import (
    LAT,
    LON,
    Station,
    Town,
    done,
    make_town,
)
from tests.web.site import Site, Visitor

EVIL = "<script>alert('x')</script>{{7*7}}#read(\"/etc/passwd\")=1+1"
AT = (LON + 0.0123457, LAT - 0.0076543)
SECRET = (LON - 0.0213457, LAT + 0.0123543)
HOST = (LON + 0.0313457, LAT - 0.0143543)
CELL = {
    "technology": "4g",
    "azimuth_deg": 217.25,
    "antenna_height_m": 33.75,
    "eirp_dbm": 51.375,
    "tilt_deg": 6.625,
}
STATIONS = (
    Station("canary-blurred", *AT, "east", (CELL,)),
    Station("canary-secret", *SECRET, "east", ({"technology": "5g"},), access_class="P4"),
    Station("canary-stated", LON - 0.03, LAT, None, ({"technology": "2g"},), stated=EVIL),
)
NAMES = ("canary-",)
FIGURES = re.compile(r"(?<![\d.])(217\.25|33\.75|51\.375|6\.625)(?!\d)")
SUFFIXES = ("csv", "csv?of=remedies", "geojson", "gpkg", "html", "pdf")
READERS = ("anybody", "carrier", "far")


@pytest.fixture
def town(database: Database, var: Path) -> Town:
    made = make_town(database, STATIONS)
    with database.use_case(SERVICE) as connection:
        register(
            connection,
            [
                Draft(
                    Kind.PUBLIC_BUILDING,
                    "canary-host",
                    Point(*HOST),
                    fields={"venue": "hospital", "height_m": 31},
                    owner_id=made.parties["owner"],
                    access_class="P4",
                    withheld_reason="a guarded place",
                    withheld_review_on=today() + timedelta(days=90),
                )
            ],
        )
    return made


def addresses(code: str, layers: int, others: int) -> Iterator[str]:
    """Every way to a run."""
    yield from ("/coverage", "/map", f"/coverage/{code}/progress", f"/coverage/{code}/fields")
    for part in (
        "",
        "/gaps",
        "/gaps/1",
        "/remedies",
        "/sets",
        "/evidence",
        "/gap-list.csv",
        "/style.json?layer=1",
    ):
        mark = "&" if "?" in part else "?"
        yield from (f"/coverage/{code}{part}", f"/coverage/{code}{part}{mark}edition=internal&remedies=1")
    for suffix in SUFFIXES:
        mark = "&" if "?" in suffix else "?"
        yield from (
            f"/coverage/{code}/radio.{suffix}",
            f"/coverage/{code}/radio.{suffix}{mark}edition=internal",
        )
    yield f"/coverage/{code}/radio.tif?edition=internal"
    for zoom in (10, 15, 18):
        for place in (AT, SECRET, HOST):
            at = "/".join(map(str, (zoom, *tile(*place, zoom))))
            yield from (
                f"/tiles/coverage/{code}/{kind}/{at}.mvt?edition=internal" for kind in ("gaps", "remedies")
            )
            yield from (f"/tiles/coverage/{code}/{n}/{at}.mvt" for n in (1, layers, others))
            yield f"/tiles/coverage/{code}/1/{at}.png"


def readable(path: str, data: bytes) -> str:
    """An answer as text, a PDF by its letters."""
    if ".pdf" in path and data[:4] == b"%PDF":
        return letters(data)
    return data.decode("utf-8", "replace")


@cache
def letters(data: bytes) -> str:
    """The text of a PDF; equal files, which several readers get, are read once."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def test_no_address_of_a_published_run_tells_what_is_hidden(
    database: Database,
    var: Path,
    town: Town,
) -> None:
    code = done(database, town.regulator, budgets=(2,), targets=())
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, code, public=True)
        run = result_store.radio_run(connection, code)
        layers = result_store.layers(connection, run, "public")
        inside = result_store.layers(connection, run, "internal")
        digests = {row["raster_digest"] for row in inside} | {run["inputs_digest"]}
        digests.add(run["summary"]["internal"]["stations_list"])
        shown = connection.scalars(
            text("SELECT code FROM asset WHERE id = ANY (:ids)"), {"ids": list(town.stations.values())}
        ).all()
    site = Site(database, Settings(var_dir=var))
    readers = {
        "anybody": site.visitor(),
        "carrier": site.user("rival", (Role.CARRIER_EDITOR, None), party_id=town.parties["west"]),
        "far": site.user("distant", (Role.REGULATOR, _other(database))),
    }
    assert set(readers) == set(READERS)
    for name, reader in readers.items():
        for path in addresses(code, len(layers), len(inside) + 7):
            answer = reader.get(path)
            data = answer.get_data()
            said = readable(path, data)
            assert answer.status_code in (200, 204, 302, 304, 404), (name, path, answer.status_code)
            for canary in (*NAMES, *digests, *shown):
                assert canary not in said, (name, path, canary)
            for place in (AT, SECRET, HOST):
                for value in place:
                    assert f"{value:.5f}" not in said, (name, path, value)
                    assert struct.pack("<d", value) not in data, (name, path, value)
            if answer.mimetype == "text/html":
                assert "<script>alert(" not in said, (name, path)
            assert "root:" not in said, (name, path)
            if path.endswith((".png", "/fields")) or ".tif" in path:
                assert answer.status_code == 404, (name, path)
    _rasters_are_refused_cleanly(site, var, town, code, run)


def _rasters_are_refused_cleanly(
    site: Site, folder: Path, town: Town, code: str, run: dict[str, object]
) -> None:
    """A raster gone from the file store is told as missing; nothing else of the run falls with it."""
    regulator = site.user("regina", (Role.REGULATOR, town.id))
    with site.database.use_case(town.regulator) as connection:
        row = result_store.layers(connection, run, "internal")[0]
    at = "/".join(map(str, (12, *tile(*AT, 12))))
    picture = f"/tiles/coverage/{code}/{row['ordinal']}/{at}.png"
    assert regulator.get(picture).status_code == 200
    path_of(Settings(var_dir=folder).files_dir, Folder.RASTERS, row["raster_digest"]).unlink()
    assert regulator.get(picture).status_code == 404
    named = f"operator={row['operator']}&technology={row['technology']}"
    answer = regulator.get(f"/coverage/{code}/radio.tif?{named}")
    assert answer.status_code == 404
    assert str(folder) not in answer.get_data(as_text=True)
    assert regulator.get(f"/coverage/{code}").status_code == 200
    _documents_live_without_it(regulator, code)


def _documents_live_without_it(regulator: Visitor, code: str) -> None:
    for suffix in ("csv", "geojson", "gpkg", "html", "pdf"):
        status = regulator.get(f"/coverage/{code}/radio.{suffix}").status_code
        assert status in (200, 404), (suffix, status)


def _other(database: Database) -> int:
    with database.use_case(SERVICE) as connection:
        found: int = connection.execute(text("SELECT id FROM area WHERE code = 'T2'")).scalar_one()
        return found
