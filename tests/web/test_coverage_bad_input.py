"""Forms and addresses of coverage given what nobody should send: never a 5xx, nothing half-written."""

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.integration.radio_town import CODE, LAT, LON, Town, done, make_town
from tests.web.site import Site, Visitor

RESULTS = (
    "coverage_run",
    "job",
    "radio_layer",
    "raster_source",
    "population_zone",
    "inhabited",
    "coverage_claim",
)
GOOD = {"area": CODE, "step_m": "200", "environment": "outdoor", "threshold_kind": "class", "threshold": "2",
        "minimum_m2": "20000", "compared_with": "", "budget": "1", "target": "50"}  # fmt: skip
HOSTILE = ("", "-1", "nan", "1e308", "\0", "<script>alert(1)</script>", "A" * 5000, "'; --", "中文" * 300, "１２", "..",
           "%00", "\ud83d", '{"a":' * 2000)  # fmt: skip


@pytest.fixture
def town(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("REGISTRY_VAR", str(tmp_path))
    return make_town(database)


@pytest.fixture
def regulator(database: Database, town: Town, tmp_path: Path) -> Visitor:
    """Regulator everywhere, so that nothing is refused for want of a permission only."""
    site = Site(database, Settings(var_dir=tmp_path))
    roles = ((Role.REGULATOR, None), (Role.CARRIER_EDITOR, None))
    return site.user("all", *roles, party_id=town.parties["east"])


def counts(database: Database) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in RESULTS
        }


@pytest.mark.parametrize("act", ["", "estimate"])
def test_a_new_run_tells_every_faulty_field(database: Database, regulator: Visitor, act: str) -> None:
    before = counts(database)
    wrong: list[dict[str, str]] = [
        *[{"step_m": bad} for bad in ("0", "-50", "nan", "1e308", "x", "1", "12.5")],
        *[{"threshold": bad} for bad in ("nan", "x", "99", "2.5", "-1e308")],
        *[{"threshold_kind": bad} for bad in ("", "loud", "dbm:1")],
        *[{"minimum_m2": bad} for bad in ("-1", "nan", "1e308", "x")],
        *[{"budget": bad} for bad in ("0", "-1", "1000000000", "1.5", "x", ",".join("123456789") + ",10,11,12,13")],
        *[{"target": bad} for bad in ("0", "150", "-1", "nan", "x")],
        *[{"compared_with": bad} for bad in ("X-NOTHERE", "<b>")],
        *[{"area": bad} for bad in ("", "NIX", "<b>")],
        {"technology": "9g"}, {"technology": "microwave"}, {"environment": "moon"},
    ]  # fmt: skip
    for more in wrong:
        if act == "estimate" and "compared_with" in more:
            continue  # a cost depends on no earlier run
        answer = regulator.post(
            "/coverage/new/mobile", GOOD | {"act": act} | more, form="/coverage/new/mobile"
        )
        page = answer.get_data(as_text=True)
        assert answer.status_code in (404, 409, 422), (more, answer.status_code)
        assert "<b></option>" not in page
        assert 'aria-invalid="true"' in page or "error-summary" in page or 'role="alert"' in page, more
    assert counts(database) == before


def test_hostile_values_in_every_field(database: Database, regulator: Visitor) -> None:
    before = counts(database)
    for name in (*GOOD, "technology", "remedies", "act"):
        for value in HOSTILE:
            sent = GOOD | {"area": "NIX", name: value.encode("utf-8", "replace").decode()}
            answer = regulator.post("/coverage/new/mobile", sent, form="/coverage/new/mobile")
            assert answer.status_code < 500, (name, value[:20])
            assert "<script>alert(1)</script>" not in answer.get_data(as_text=True)
    assert counts(database) == before


def test_no_form_makes_the_server_connect_anywhere(database: Database, regulator: Visitor) -> None:
    for name in ("engine", "engine_address", "parameters"):
        sent = GOOD | {name: "tcp://169.254.169.254:80"}
        answer = regulator.post("/coverage/new/mobile", sent, form="/coverage/new/mobile")
        assert answer.status_code == 303, answer.get_data(as_text=True)[:500]
    with database.use_case(SERVICE) as connection:
        engines = connection.execute(text("SELECT DISTINCT parameters->>'engine' FROM coverage_run")).all()
    assert [tuple(row) for row in engines] == [("local",)]


def test_addresses_of_runs_and_tiles(database: Database, town: Town, regulator: Visitor) -> None:
    code = done(database, town.regulator, step_m=200, remedies=False, budgets=(), targets=())
    places = (
        "-1/0/0",
        "99/0/0",
        "12/-1/0",
        "12/999999999999999999999/0",
        "x/0/0",
        "12/1.5/2",
        "12/%00/1",
        "2/9/9",
    )
    for run in (code, code[:-1] + "x", "X-0", "%00", "..", "<b>", "A" * 900):
        for layer in ("0", "1", "99", "99999999999999999999", "-1"):
            for place in places if run == code else (*places[:1], "12/3374/1617"):
                for kind in ("png", "mvt"):
                    answer = regulator.get(f"/tiles/coverage/{run}/{layer}/{place}.{kind}")
                    assert 400 <= answer.status_code < 500, (run, layer, place, answer.status_code)
        for place in (*places, "12/3374/1617"):
            for kind in ("gaps", "remedies"):
                query = {"operator": "\0", "technology": "\ufffd", "edition": "<b>"}
                assert (
                    regulator.get(f"/tiles/coverage/{run}/{kind}/{place}.mvt", query_string=query).status_code
                    < 500
                )
    pages = ("", "/gaps", "/gaps/0", "/gaps/99999999999999999999", "/gap-list.csv", "/remedies", "/sets", "/progress",
             "/style.json", "/gaps.csv", "/gaps.geojson", "/gaps.html")  # fmt: skip
    for page in pages:
        for value in HOSTILE:
            names = (
                "operator",
                "technology",
                "district",
                "compared",
                "sort",
                "page",
                "edition",
                "layer",
                "gap",
                "kind",
            )
            query = dict.fromkeys(names, value.encode("utf-8", "replace").decode()[:300])
            assert regulator.get(f"/coverage/{code}{page}", query_string=query).status_code < 500, (
                page,
                value[:20],
            )


@pytest.mark.parametrize("file", [
    ("p.csv", f"lon,lat,n\n{LON},{LAT},nan\n".encode()), ("p.csv", f"lon,lat,n\n{LAT},{LON},5\n".encode()),
    ("p.csv", b""), ("p.csv", b"\0" * 100),
    ("p.tif", b"II*\0" + b"\xff" * 100), ("p.gpkg", b"SQLite format 3\0" + b"x" * 500),
    ("../../etc/passwd", b"lon,lat,n\n1,2,3\n"), ("p.geojson", b'{"type":' + b"[" * 5000),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_files_of_people_and_claims(database: Database, regulator: Visitor, file: tuple[str, bytes]) -> None:
    before, (name, data) = counts(database), file
    people = {"area": CODE, "kind": "population", "people": "n", "header_row": "1"}
    claim = {"operator": "east", "area": CODE, "technology": "4g", "environment": "outdoor", "tool_name": "t",
             "model": "m", "resolution_m": "50", "receiver_height_m": "1.5"}  # fmt: skip
    for address, form, good in (
        ("/coverage/demand", "/coverage/demand", people),
        ("/evidence/claims", "/evidence/claims/new", claim),
    ):
        answer = regulator.post(address, good | {"file": (io.BytesIO(data), name)}, form=form)
        assert 400 <= answer.status_code < 500, (address, answer.status_code)
        odd: list[dict[str, Any]] = [
            {field: value} for field in (*good, "crs", "source", "only") for value in HOSTILE[3::3]
        ]
        for more in odd:
            sent = good | {k: v.encode("utf-8", "replace").decode() for k, v in more.items()}
            answer = regulator.post(address, sent | {"file": (io.BytesIO(data), name)}, form=form)
            assert 400 <= answer.status_code < 500, (address, more, answer.status_code)
    assert counts(database) == before
