"""A real city's published files become a register: rows read, accepted, refused and why, per file."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry import jobs
from infra_registry.access import SERVICE
from infra_registry.db import Database
from infra_registry.exchange import batches, store
from infra_registry.exchange.store import Batch, CodeCount
from infra_registry.files import Folder, keep
from tests.acceptance import montpellier

pytestmark = pytest.mark.acceptance
LIMIT = 64 << 20
MORE_FILES = (
    ("VilleMTP_MTP_EtabliPublic.csv", "montpellier_establishments"),
    ("VilleMTP_MTP_CameraSurv.geojson", "montpellier_cameras"),
    ("VilleMTP_MTP_Signalisation.geojson", "montpellier_signals"),
)
FILES = (*montpellier.FILES, *MORE_FILES)


def send(database: Database, files_dir: Path, data: bytes, name: str, mapping: str) -> Batch:
    """Receive a file, check it and accept its good part; the batch as it ends."""
    kept = keep(files_dir, Folder.UPLOADS, io.BytesIO(data), name=name, cap=LIMIT)
    with database.use_case(SERVICE) as connection:
        batch = batches.receive(connection, SERVICE, batches.Upload(kept, mapping))
    assert batch.job_code
    jobs.run_now(database, batch.job_code)
    with database.use_case(SERVICE) as connection:
        batch = store.read(connection, batch.code)
        if batch.state == "staged":
            batch = batches.accept(connection, SERVICE, batch.code, partial=True)
    if batch.state == "staged":
        assert batch.job_code
        ended = jobs.run_now(database, batch.job_code)
        assert ended.state == "done", ended
    with database.use_case(SERVICE) as connection:
        return store.read(connection, batch.code)


def found(database: Database, batch: Batch) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        listed: list[CodeCount] = store.summary(connection, batch.id)
    return {f"{entry.severity} {entry.code}": entry.count for entry in listed}


@pytest.fixture(scope="module")
def city(
    city_database: Database, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Batch]]:
    """All files, imported in order; the batches by file name."""
    var = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGISTRY_VAR", str(var))
        for name, mapping in MORE_FILES:
            data = (real_data / "montpellier" / name).read_bytes()
            send(city_database, var / "files", data, name, mapping)
        with city_database.use_case(SERVICE) as connection:
            batches_by_age = store.listed(connection)[::-1]
        assert [(batch.file_name, batch.mapping) for batch in batches_by_age] == list(FILES)
        print()
        for batch in batches_by_age:
            print(
                f"{batch.file_name:45} {batch.state:9} read {batch.rows_read:6} "
                f"written {batch.rows_written:6} refused {batch.rows_faulty:5} {found(city_database, batch)}"
            )
        yield {batch.file_name: batch for batch in batches_by_age}


def scalar(database: Database, sql: str) -> Any:
    with database.use_case(SERVICE) as connection:
        return connection.scalar(text(sql))


def test_every_row_is_accounted_for(city_database: Database, city: dict[str, Batch]) -> None:
    counts = {name: (b.state, b.rows_read, b.rows_written, b.rows_faulty) for name, b in city.items()}
    assert counts["ANFR_MTP_Supports.xlsx"] == ("accepted", 206 + 340 + 6035, 206 + 340 + 5999, 0)
    assert counts["VilleMTP_MTP_EclairagePublic__lambert93.csv"] == ("accepted", 29969, 29759, 0)
    assert counts["VilleMTP_MTP_EtabliPublic.geojson"] == ("accepted", 1024, 1024, 0)
    assert counts["VilleMTP_MTP_CameraSurv.geojson"] == ("accepted", 141, 141, 0)
    assert counts["VilleMTP_MTP_Signalisation.geojson"] == ("accepted", 373, 373, 0)
    assert counts["VilleMTP_MTP_Quartiers.geojson"] == ("accepted", 7, 7, 0)


def test_a_table_without_coordinates_is_refused_with_its_reason(
    city_database: Database, city: dict[str, Batch]
) -> None:
    batch = city["VilleMTP_MTP_EtabliPublic.csv"]
    assert (batch.state, batch.rows_written, batch.rows_faulty) == ("failed", 0, 1024)
    findings = found(city_database, batch)
    assert findings["error finding.no_geometry"] == 1
    assert "warning file.encoding" in findings


def test_shared_supports_and_odd_antennas(city_database: Database, city: dict[str, Batch]) -> None:
    shared = """SELECT count(*) FROM (SELECT host_id FROM asset WHERE kind = 'base_station'
                GROUP BY host_id HAVING count(*) >= 2) AS shared"""
    assert scalar(city_database, shared) == 54
    findings = found(city_database, city["ANFR_MTP_Supports.xlsx"])
    assert findings["warning finding.antenna_above_support"] == 3
    assert findings["warning finding.duplicate_row"] == 36


def test_repeated_poles_are_findings_and_written_once(
    city_database: Database, city: dict[str, Batch]
) -> None:
    findings = found(city_database, city["VilleMTP_MTP_EclairagePublic__lambert93.csv"])
    assert findings["warning finding.duplicate_place"] == 29969 - 29759


def test_no_operator_is_inferred(city_database: Database, city: dict[str, Batch]) -> None:
    stated = "SELECT count(*) FROM asset WHERE operator_id IS NOT NULL OR operator_stated IS NOT NULL"
    assert scalar(city_database, stated) == 0
    assert scalar(city_database, "SELECT count(*) FROM asset WHERE kind = 'base_station'") == 340
    owners = "SELECT count(*) FROM asset WHERE kind = 'tower' AND owner_stated IS NOT NULL"
    assert scalar(city_database, owners) == 196


def test_assets_lie_in_their_city_and_keep_their_source(
    city_database: Database, city: dict[str, Batch]
) -> None:
    inside = """SELECT count(*) FROM asset x JOIN area a ON a.id = x.city_id
                WHERE a.code = 'FR-34172' AND x.kind = 'tower'"""
    assert scalar(city_database, inside) == 206 - scalar(
        city_database, "SELECT count(*) FROM asset WHERE kind = 'tower' AND city_id IS NULL"
    )
    assert scalar(city_database, "SELECT count(*) FROM asset WHERE source_id IS NULL") == 0
    licence = "SELECT licence FROM source WHERE code = 'anfr-montpellier-2013'"
    assert "ANFR" in str(scalar(city_database, licence))


def test_the_same_file_again_changes_nothing(
    city_database: Database,
    city: dict[str, Batch],
    real_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGISTRY_VAR", str(tmp_path))
    before = scalar(city_database, "SELECT count(*) || ' ' || sum(version) FROM asset")
    cells = scalar(city_database, "SELECT count(*) || ' ' || max(id) FROM cell")
    for name, mapping in FILES:
        if city[name].state == "accepted":
            data = (real_data / "montpellier" / name).read_bytes()
            again = send(city_database, tmp_path / "files", data, name, mapping)
            assert (again.state, again.rows_written) == ("accepted", 0), name
    assert scalar(city_database, "SELECT count(*) || ' ' || sum(version) FROM asset") == before
    assert scalar(city_database, "SELECT count(*) || ' ' || max(id) FROM cell") == cells


def test_the_workbook_and_its_extracts_say_the_same(
    city_database: Database,
    city: dict[str, Batch],
    real_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGISTRY_VAR", str(tmp_path))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((real_data / "montpellier").glob("ANFR_MTP_Supports__*.csv")):
            archive.write(path, path.name)
    batch = send(city_database, tmp_path / "files", packed.getvalue(), "extracts.zip", "anfr_supports")
    assert (batch.state, batch.rows_read, batch.rows_written, batch.rows_faulty) == ("accepted", 6581, 0, 0)
