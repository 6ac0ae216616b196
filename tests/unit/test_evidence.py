"""Evidence without a database: moves of a challenge, the grid's states, claimed shapes and rows of measurements."""

import json
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from infra_registry import words
from infra_registry.coverage.evidence import fusion, measurement_mapping, moves
from infra_registry.coverage.evidence.claim_reading import read_shape
from infra_registry.coverage.evidence.fusion import CONFIDENCES, DISAGREEMENTS, STATES
from infra_registry.coverage.evidence.measurement_mapping import faulty, named, readings
from infra_registry.coverage.evidence.measurement_reading import read_rows
from infra_registry.coverage.evidence.settings import claim_caps
from infra_registry.errors import Conflict, Invalid, RegistryError
from tests.unit.silent_sources import silent

SQUARE = [[116.5, 35.4], [116.6, 35.4], [116.6, 35.5], [116.5, 35.5], [116.5, 35.4]]


def collection(*rings: list[list[float]]) -> bytes:
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for ring in rings
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


# --- moves


def test_every_state_is_reached_and_three_are_the_end() -> None:
    reached, todo = {moves.FIRST}, [moves.FIRST]
    while todo:
        for move in moves.open_moves(todo.pop()):
            if move.end not in reached:
                reached.add(move.end)
                todo.append(move.end)
    assert reached == {"open", "conceded", "disputed", "upheld", "rejected", "withdrawn"}
    assert {state for state in reached if not moves.open_moves(state)} == set(moves.OVER)


@pytest.mark.parametrize("state", sorted(moves.OVER))
@pytest.mark.parametrize("name", [move.name for move in moves.MOVES])
def test_what_is_over_does_not_move(state: str, name: str) -> None:
    with pytest.raises(Conflict) as refused:
        moves.plan(state, name, "because")
    assert refused.value.code == "claims.move_shut"


def test_disputing_and_settling_need_a_reason() -> None:
    for name in ("dispute", "uphold", "reject"):
        with pytest.raises(Invalid):
            moves.plan("open", name, "  ")
    assert moves.plan("open", "concede").end == "conceded"
    with pytest.raises(Invalid):
        moves.plan("open", "concede", "x" * 2001)


# --- the grid


def told(**given: object) -> fusion.Inputs:
    """One row of cells; what is not given is silent."""
    arrays = {
        name: np.array([value], dtype=np.int32 if name in ("good", "bad") else bool)
        for name, value in given.items()
    }
    width = next(iter(arrays.values())).shape[1]
    return replace(silent((1, width)), **arrays)


def test_disagreements_and_confidence_follow_the_rule() -> None:
    inputs = told(
        predicted=[1, 1, 0, 0, 1, 1, 0, 1, 1],
        claimed=[1, 0, 1, 0, 1, 1, 1, 1, 1],
        good=[0, 0, 0, 2, 0, 0, 4, 3, 0],
        bad=[0, 0, 0, 0, 1, 0, 0, 1, 0],
        challenged=[0, 0, 0, 0, 0, 1, 0, 0, 0],
        absent=[0, 0, 0, 0, 0, 0, 0, 0, 1],
    )
    found = fusion.combine(inputs, many=3)
    assert [DISAGREEMENTS[n] for n in found.disagreement[0]] == [
        "none",
        "predicted_not_claimed",
        "claimed_not_predicted",
        "measured_good_not_claimed",
        "claimed_measured_bad",
        "claimed_challenged",
        "claimed_not_predicted",
        "measured_both",
        "none",
    ]
    sure = [CONFIDENCES[n] for n in found.confidence[0]]
    assert sure == ["medium", "low", "low", "low", "low", "low", "low", "low", "high"]
    assert found.served[0].tolist() == [1, -1, -1, 1, 0, 1, 1, 1, 0]
    assert found.states[0, 8] == STATES["predicted"] | STATES["claimed"] | STATES["verified_absent"]


def test_many_measurements_that_agree_make_a_cell_sure() -> None:
    found = fusion.combine(told(claimed=[1, 1, 0], good=[3, 2, 0], bad=[0, 0, 3]), many=3)
    assert [CONFIDENCES[n] for n in found.confidence[0]] == ["high", "medium", "high"]
    assert found.served[0].tolist() == [1, 1, 0]


def test_silence_is_no_denial() -> None:
    found = fusion.combine(told(predicted=[1, 0], good=[0, 0]), many=3)
    assert found.disagreement.sum() == 0
    assert [CONFIDENCES[n] for n in found.confidence[0]] == ["low", "low"]
    nothing = fusion.combine(silent((1, 2)), many=3)
    assert nothing.served[0].tolist() == [-1, -1]
    assert nothing.confidence.sum() == 0


def test_conceded_is_settled_between_the_two() -> None:
    found = fusion.combine(told(claimed=[1, 1], bad=[2, 0], conceded=[1, 0], present=[0, 1]), many=3)
    assert found.disagreement.sum() == 0
    assert [CONFIDENCES[n] for n in found.confidence[0]] == ["medium", "high"]
    assert found.served[0].tolist() == [0, 1]


@pytest.mark.parametrize("bad", [0, 1, 4])
def test_fewer_than_five_measurements_leave_no_trace_in_what_is_published(bad: int) -> None:
    """A quad cell with up to four measurements is published as one without any."""
    shape = (2, 2)
    quads = (np.zeros(shape, dtype=np.int64), np.array([[0, 0], [1, 1]]))
    mask = np.ones(shape, dtype=bool)
    quiet = replace(silent(shape), claimed=mask)
    heard = replace(quiet, bad=np.array([[bad, 0], [5, 0]], dtype=np.int32))
    without = fusion.published(quiet, quads, mask, many=3, fewest=5)
    cells = fusion.published(heard, quads, mask, many=3, fewest=5)
    assert cells[0] == without[0]
    assert cells[1].measured == 5
    assert cells[1] != without[1]
    open_case = replace(quiet, challenged=mask)
    assert fusion.published(open_case, quads, mask, many=3, fewest=5) == without


def test_free_wifi_is_a_class_of_its_own() -> None:
    """It is no mobile signal: what it reaches is counted by its own method and never by a state of evidence."""
    assert not any("wifi" in state for state in STATES)


# --- claimed shapes


def test_a_polygon_of_a_million_corners_is_refused_with_its_count_at_once() -> None:
    turn = np.linspace(0, 2 * np.pi, 1000)
    ring = np.column_stack([116.5 + 0.1 * np.cos(turn), 35.4 + 0.1 * np.sin(turn)]).round(7).tolist()
    once = json.dumps(ring)[1:-1].encode()  # a thousand times around: lists of a million would take seconds
    data = collection(ring).replace(once, b", ".join([once] * 1000))
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(Invalid) as refused:
        read_shape(data, "claim.geojson")
    took, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    fault = refused.value.faults[0]
    assert fault.code == "claims.too_many_vertices"
    assert fault.value == "1,000,000"
    assert fault.expected == f"{claim_caps().max_vertices:,}"
    assert took < 20  # traced, on a busy machine; it takes about a second
    assert peak < 64 << 20


def test_a_million_corners_in_a_geopackage_are_refused_too(tmp_path: Path) -> None:
    import geopandas

    ring = np.column_stack([np.cos(np.linspace(0, 6.28, 1_000_000)), np.sin(np.linspace(0, 6.28, 1_000_000))])
    path = tmp_path / "claim.gpkg"
    geopandas.GeoDataFrame(geometry=[shapely.Polygon(ring)], crs=4326).to_file(path, layer="c")
    with pytest.raises(Invalid) as refused:
        read_shape(path.read_bytes(), "claim.gpkg")
    assert refused.value.faults[0].code == "claims.too_many_vertices"
    assert refused.value.faults[0].value == "1,000,001"


def test_a_geopackage_in_another_system_lands_in_degrees(tmp_path: Path) -> None:
    import geopandas

    path = tmp_path / "claim.gpkg"
    geopandas.GeoDataFrame(geometry=[shapely.Polygon(SQUARE)], crs=4326).to_crs(32650).to_file(
        path, layer="c"
    )
    found = read_shape(path.read_bytes(), "claim.gpkg")
    assert found.geometry.bounds == pytest.approx((116.5, 35.4, 116.6, 35.5), abs=1e-6)


def test_a_bow_tie_is_made_valid_with_a_notice() -> None:
    bow = [[116.5, 35.4], [116.6, 35.5], [116.6, 35.4], [116.5, 35.5], [116.5, 35.4]]
    found = read_shape(collection(bow), "bow.geojson")
    assert found.geometry.is_valid
    assert [key for key, _ in found.notices] == ["claims.made_valid"]


def test_overlapping_polygons_become_one_valid_shape() -> None:
    moved = [[x + 0.05, y] for x, y in SQUARE]
    found = read_shape(collection(SQUARE, moved), "two.geojson")
    assert found.geometry.is_valid
    assert found.geometry.area == pytest.approx(0.15 * 0.1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "claims.file_type"),
        (b"hello", "claims.file_type"),
        (b'{"type": "FeatureCollection", "features": [', "claims.file_broken"),
        (b"[" * 100, "claims.file_type"),
        (b'{"a":' + b"[" * 100_000, "claims.file_broken"),
        (b'{"type":"Point","coordinates":[1,2]}', "claims.no_polygon"),
        (b"SQLite format 3\0" + b"x" * 200, "claims.file_broken"),
        (b"II*\0" + b"\0" * 50, "claims.file_broken"),
        (collection([[y, x] for x, y in SQUARE]), "crs.swapped"),
    ],
)
def test_files_that_are_no_claim_are_refused_with_a_reason(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_shape(data, "x")
    assert refused.value.faults[0].code == code


def raster(classes: np.ndarray, **more: object) -> bytes:
    profile = {
        "driver": "GTiff",
        "width": classes.shape[1],
        "height": classes.shape[0],
        "count": 1,
        "dtype": classes.dtype.name,
        "crs": "EPSG:32650",
        "transform": Affine(100, 0, 460_000, 0, -100, 3_920_000),
    } | more
    with rasterio.MemoryFile() as memory:
        with memory.open(**profile) as made:
            made.write(classes, 1)
        return bytes(memory.read())


def test_a_class_raster_becomes_polygons() -> None:
    classes = np.zeros((20, 20), dtype=np.uint8)
    classes[5:10, 5:15] = 3
    classes[7, 7] = 255
    found = read_shape(raster(classes, nodata=255), "c.tif")
    there = shapely.transform(
        found.geometry,
        lambda xy: np.column_stack(
            __import__("pyproj").Transformer.from_crs(4326, 32650, always_xy=True).transform(*xy.T)
        ),
    )
    assert there.area == pytest.approx(49 * 10_000, rel=1e-6)


def test_a_ragged_raster_and_one_without_a_system_are_refused() -> None:
    chess = (np.indices((600, 600)).sum(axis=0) % 2).astype(np.uint8)
    with pytest.raises(Invalid) as refused:
        read_shape(raster(chess), "c.tif")
    assert refused.value.faults[0].code == "claims.too_many_edges"
    with pytest.raises(Invalid) as refused:
        read_shape(raster(np.ones((4, 4), dtype=np.uint8), crs=None), "c.tif")
    assert refused.value.faults[0].code == "claims.raster_crs"


# --- measurements

HEADER = "lon,lat,operator,technology,method,environment,measured_on,level_dbm,connected\n"


def test_rows_are_checked_one_by_one() -> None:
    body = (
        "116.59,35.41,甲,LTE,路测,室外,2026-10-01,-95,是\n"
        "116.59,35.41,甲,6g,drive_test,outdoor,2026-10-01,-95,\n"
        "116.59,35.41,甲,4g,drive_test,outdoor,2031-10-01,-95,\n"
        "116.59,35.41,甲,4g,drive_test,outdoor,2026-10-01,12000,\n"
        "116.59,35.41,甲,4g,drive_test,outdoor,2026-10-01,,\n"
        "35.41,116.59,甲,4g,drive_test,outdoor,2026-10-01,-95,\n"
        ',35.41,甲,4g,drive_test,,2026-10-01,"-95,5",\n'
        '116.59,35.41,甲,4g,drive_test,,2026-10-01,"-95,5",\n'
    )
    rows = read_rows([("m.csv", (HEADER + body).encode())], named("plain"))
    assert rows.read == 8
    assert [(one.row, one.fault.field, one.fault.code) for one in rows.findings] == [
        (3, "technology", "field.not_choice"),
        (4, "measured_on", "claims.day"),
        (5, "level_dbm", "field.out_of_range"),
        (6, "level_dbm", "claims.says_nothing"),
        (7, "lon", "crs.swapped"),
        (8, "lon", "field.required"),
    ]
    first, last = (values for _, _, values in rows.good)
    assert (first["technology"], first["method"], first["environment"], first["connected"]) == (
        "4g",
        "drive_test",
        "outdoor",
        True,
    )
    assert (last["level_dbm"], last["environment"]) == (-95.5, "outdoor")


def test_a_file_without_a_needed_column_is_told_so_once() -> None:
    with pytest.raises(Invalid) as refused:
        read_rows([("m.csv", b"lon,lat,method\n1,2,drive_test\n")], named("plain"))
    assert [fault.field for fault in refused.value.faults] == ["measured_on", "level_dbm"]


def test_every_mapping_can_be_read() -> None:
    assert (next(iter(readings())), faulty()) == ("plain", {})
    assert all(set(one.title) == {"zh", "en"} for one in readings().values())


def test_a_faulty_mapping_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = (measurement_mapping.MAPPINGS / "plain.toml").read_text("utf-8")
    broken = {
        "bytes": "# 测".encode("gb18030"),
        "syntax": b"a =\nb = 1",
        "empty": b"",
        "form": b"title = 7",
        "dir": None,
    }
    for name, content in broken.items():
        path = tmp_path / f"{name}.toml"
        path.mkdir() if content is None else path.write_bytes(content)
    (tmp_path / "plain.toml").write_text(plain, "utf-8")
    monkeypatch.setattr(measurement_mapping, "MAPPINGS", tmp_path)
    assert (list(readings()), set(faulty())) == (["plain"], set(broken))
    with pytest.raises(RegistryError) as refused:
        named("syntax")
    assert "line 1" in words.say("en", refused.value.code, **refused.value.params)


def test_the_published_field_measurements_are_read_whole(real_data: Path) -> None:
    folder = real_data / "montpellier"
    names = ("ANFR_MTP_Mesures__Mesures_globales.csv", "ANFR_MTP_Mesures__Mesures_par_service.csv")
    rows = read_rows([(name, (folder / name).read_bytes()) for name in names], named("anfr_field_strength"))
    assert (rows.read, len(rows.good), rows.empty, rows.findings) == (149 + 1537, 149 + 582, 955, [])
    sites = [values for _, _, values in rows.good if values["service_stated"] is None]
    assert len(sites) == 149
    assert {values["method"] for _, _, values in rows.good} == {"field_strength"}
    assert all(values["technology"] is None and values["operator"] is None for _, _, values in rows.good)
    bands = {
        (v["band_low_mhz"], v["band_high_mhz"])
        for _, _, v in rows.good
        if "900" in (v["service_stated"] or "")
    }
    assert bands == {(921.0, 960.0)}
    assert (0.1, 30.0) in {(v["band_low_mhz"], v["band_high_mhz"]) for _, _, v in rows.good}
    whole = read_rows(
        [("ANFR_MTP_Mesures.xlsx", (folder / "ANFR_MTP_Mesures.xlsx").read_bytes())],
        named("anfr_field_strength"),
    )
    assert [values for _, _, values in whole.good] == [values for _, _, values in rows.good]
