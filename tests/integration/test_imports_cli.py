"""`import` and `export` on the command line: exit codes, report, and the level of whoever asks."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra_registry import config
from infra_registry.cli import exporting, importing
from infra_registry.cli.doctor import CHECKS, describe
from infra_registry.cli.installation import Installation
from infra_registry.db import Database
from infra_registry.exchange import catalogue
from infra_registry.exchange.mapping import MappingError

POLES = "owner_ref,name,use,lon,lat,height_m\nP1,Pole 1,street_light,116.59,35.41,8\n"


@pytest.fixture
def runner(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("REGISTRY_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    return CliRunner()


def written(path: Path, content: str) -> str:
    path.write_text(content, "utf-8")
    return str(path)


def test_in_and_out_again(runner: CliRunner, tmp_path: Path) -> None:
    source = written(tmp_path / "poles.csv", POLES)
    done = runner.invoke(importing.import_, [source, "--kind", "pole", "--json"])
    assert (done.exit_code, json.loads(done.output)["rows_written"]) == (0, 1)
    target = tmp_path / "out.geojson"
    out = runner.invoke(exporting.export, ["--kind", "pole", "--to", str(target), "--bbox", "116,35,117,36"])
    assert out.exit_code == 0, out.output
    feature = json.loads(target.read_text("utf-8"))["features"][0]
    assert feature["geometry"] == {"type": "Point", "coordinates": [116.59, 35.41]}
    table = tmp_path / "out.csv"
    assert runner.invoke(exporting.export, ["--kind", "pole", "--to", str(table)]).exit_code == 0
    row = next(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert (row["name"], row["longitude"]) == ("Pole 1", "116.59")


def test_faults_refuse_the_file_and_fill_the_report(runner: CliRunner, tmp_path: Path) -> None:
    source = written(tmp_path / "poles.csv", POLES + "P2,Pole 2,street_light,116.6,35.4,900\n")
    report = tmp_path / "report.csv"
    asked = [source, "--kind", "pole", "--report", str(report)]
    refused = runner.invoke(importing.import_, asked)
    assert refused.exit_code == 1
    assert "900 is out of range" in refused.output
    rows = list(csv.DictReader(report.read_text("utf-8-sig").splitlines()))
    assert [row["row"] for row in rows if row["severity"] == "error"] == ["3"]
    assert runner.invoke(importing.import_, [*asked, "--partial"]).exit_code == 0


def test_a_faulty_mapping_is_named_and_left_out(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "poles.toml").write_text('[mapping]\n# 杆\nheader_row = "two"\n', "gb18030")
    monkeypatch.setattr(catalogue, "MAPPINGS", tmp_path / "mappings")
    source = written(tmp_path / "poles.csv", POLES)
    done = runner.invoke(importing.import_, [source, "--kind", "pole"])
    assert done.exit_code == 0, done.output
    assert "Mapping poles, line 2" in done.output
    chosen = runner.invoke(importing.import_, [source, "--mapping", "poles"])
    assert isinstance(chosen.exception, MappingError)
    finding = CHECKS["mappings"](Installation(config.load()))
    assert (finding.level, "poles, line 2" in describe("mappings", finding, "en")) == ("problem", True)


def test_a_dry_run_writes_nothing(runner: CliRunner, tmp_path: Path) -> None:
    source = written(tmp_path / "poles.csv", POLES)
    done = runner.invoke(importing.import_, [source, "--kind", "pole", "--dry-run", "--json"])
    assert (done.exit_code, json.loads(done.output)["rows_written"]) == (0, 0)


def test_wrong_use_is_exit_code_two(runner: CliRunner, tmp_path: Path) -> None:
    source = written(tmp_path / "poles.csv", POLES)
    assert runner.invoke(importing.import_, [source]).exit_code == 2
    assert runner.invoke(importing.import_, [source, source, "--kind", "pole"]).exit_code == 2
    assert runner.invoke(importing.import_, [str(tmp_path / "none.csv"), "--kind", "pole"]).exit_code == 2
