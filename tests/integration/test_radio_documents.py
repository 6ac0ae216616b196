"""Files of a radio run read back: PDF by pypdf, GeoPackage by pyogrio, HTML and CSV as text; at each reader's level."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE, Actor
from infra_registry.cli.coverage import export_
from infra_registry.cluster import Cluster
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.runs import life
from infra_registry.db import Database
from infra_registry.errors import Invalid, NotFound
from infra_registry.publish.coverage_layers import CLASS_COLOURS
from infra_registry.reports.radio import export, pdf
from infra_registry.reports.radio.export import Selection
from infra_registry.reports.radio.run_summary import RunReport, Style, gather
from tests.integration.computed_town import Computed, copy_of
from tests.integration.radio_town import Town, done, make_town

STYLE = Style(Path(__file__).resolve().parents[2] / "web" / "static" / "vendor", CLASS_COLOURS)
HOSTILE = '=1+1 </script><b>x</b> #read("/etc/passwd") $a$ {{7*7}}'
LANGUAGES = ("zh-Hans", "en")


def hostile_town(database: Database) -> tuple[Town, str]:
    """The city with a host of a hostile name, and a public run of it."""
    town = make_town(database)
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET name = :name WHERE name = 'hospital'"), {"name": HOSTILE})
    made = done(database, town.regulator)
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, made, public=True)
    return town, made


@pytest.fixture
def computed(cluster: Cluster, template: str, var: Path) -> Iterator[Computed]:
    with copy_of(cluster, template, var, hostile_town) as register:
        yield register


@pytest.fixture
def database(computed: Computed) -> Database:
    return computed.database


@pytest.fixture
def town(computed: Computed) -> Town:
    return computed.town


@pytest.fixture
def code(computed: Computed) -> str:
    return computed.code


def story(
    database: Database, who: Actor, code: str, locale: str = "en", edition: str | None = None
) -> RunReport:
    with database.use_case(who) as connection:
        run = result_store.radio_run(connection, code)
        return gather(connection, run, locale, STYLE, result_store.edition_of(run, edition))


def written(
    database: Database,
    who: Actor,
    code: str,
    target: Path,
    *,
    locale: str = "en",
    selection: Selection | None = None,
) -> Path:
    with database.use_case(who) as connection:
        run = result_store.radio_run(connection, code)
        export.write(connection, run, target, style=STYLE, locale=locale, selection=selection or Selection())
    return target


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")


def test_the_pdf_says_in_both_languages_what_the_run_found(database: Database, town: Town, code: str) -> None:
    wanted = {
        "zh-Hans": ("T1移动信号覆盖", "内部版", "示意图，未经地图审核", "结果依据的假设", "补救方案", "界限"),
        "en": ("MobilecoverageofT1", "Internaledition", "notanapprovedmap", "Whattheresultrestson", "bound"),
    }  # fmt: skip
    for locale in LANGUAGES:
        told = story(database, town.regulator, code, locale)
        content = pdf.pdf(told)
        said = text_of(content)
        assert [word for word in (*wanted[locale], code) if word not in said] == []
        assert told.run["inputs_digest"][:16] in said
        assert '#read("/etc/passwd")$a$' in said
        assert "root:" not in said
        assert content == pdf.pdf(story(database, town.regulator, code, locale))


def test_chosen_sites_raise_classes_and_lower_none(database: Database, town: Town, code: str) -> None:
    for edition in ("internal", "public"):
        told = story(database, town.regulator, code, edition=edition)
        assert told.chosen is not None
        assert told.now is not None
        assert told.after is not None
        assert (told.after.classes >= told.now.classes).all()
        assert ((told.after.classes < 0) == (told.now.classes < 0)).all()
    whole = story(database, town.regulator, code)
    assert whole.after is not None
    assert whole.now is not None
    assert (whole.after.classes > whole.now.classes).any()
    assert sum(whole.now.counts()) == pytest.approx(
        sum(whole.whole_layer["stats"]["area_m2"]) / whole.now.cell_m**2, rel=1e-6
    )


def test_the_offline_map_holds_what_the_lists_hold(
    database: Database, town: Town, code: str, tmp_path: Path
) -> None:
    for locale in LANGUAGES:
        told = story(database, town.regulator, code, locale)
        page = written(database, town.regulator, code, tmp_path / "x.html", locale=locale).read_text("utf-8")
        rows = page.count('<tr id="f')
        placed = [row for row in told.remedies if row["geom"] is not None]
        assert rows == len(told.gaps) + len(placed)
        assert page.count("= registryBackdrop(") == 2
        assert "<b>x</b>" not in page
        assert "https://" not in page.split("<body>")[1].split("<script>")[0]
        for key in (
            "radio_doc.signal_now",
            "radio_doc.rests",
            "documents.schematic",
            "radio_doc.edition.internal",
        ):
            assert told.say(key) in page or json.dumps(told.say(key)) in page


def test_tables_and_shapes_open_elsewhere(database: Database, town: Town, code: str, tmp_path: Path) -> None:
    told = story(database, town.regulator, code)
    path = written(database, town.regulator, code, tmp_path / "x.gpkg")
    assert {name for name, _ in pyogrio.list_layers(path)} == {"gaps", "remedies", "classes", "about"}
    gaps, remedies, classes = (
        pyogrio.read_dataframe(path, layer=name) for name in ("gaps", "remedies", "classes")
    )
    assert list(gaps["ordinal"]) == [gap["ordinal"] for gap in told.gaps]
    assert set(remedies["ordinal"]) == {row["ordinal"] for row in told.remedies}
    assert {(row["operator"], row["technology"]) for row in told.layers} == set(
        zip(classes["operator"], classes["technology"], strict=True)
    )
    assert gaps.is_valid.all()
    assert classes.is_valid.all()
    assert gaps.crs.to_epsg() == 4326
    loaded = json.loads(written(database, town.regulator, code, tmp_path / "x.geojson").read_text("utf-8"))
    assert len(loaded["features"]) == len(gaps) + len(remedies)
    assert loaded["left_out"] == {"gaps": 0, "remedies": 0}


def test_a_spreadsheet_runs_nothing_of_it(database: Database, town: Town, code: str, tmp_path: Path) -> None:
    wanted = Selection(rows="remedies")
    path = written(database, town.regulator, code, tmp_path / "x.csv", selection=wanted)
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    cells = [cell for row in rows[1:] for cell in row]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    assert len({len(row) for row in rows}) == 1
    gaps = written(database, town.regulator, code, tmp_path / "y.csv").read_text("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(gaps)))) == 1 + len(story(database, town.regulator, code).gaps)


def test_others_get_the_public_edition_alone(
    database: Database, town: Town, code: str, tmp_path: Path
) -> None:
    asked = Selection(edition="internal")
    for who in (ANONYMOUS, town.stranger):
        told = story(database, who, code, edition="internal")
        assert told.edition == "public"
        said = text_of(pdf.pdf(told))
        assert "Publicedition" in said
        assert "dBm" not in said
        page = written(database, who, code, tmp_path / "p.html", selection=asked).read_text("utf-8")
        assert "dBm" not in page
        assert told.say("radio_doc.edition.internal") not in page
        loaded = json.loads(
            written(database, who, code, tmp_path / "p.geojson", selection=asked).read_text("utf-8")
        )
        assert loaded["run"]["edition"] == "public"
        assert loaded["run"]["inputs_digest"] is None
        with pytest.raises(NotFound):
            written(database, who, code, tmp_path / "p.tif", selection=asked)
        assert not (tmp_path / "p.tif").exists()
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, code, public=False)
    with pytest.raises(NotFound):
        written(database, ANONYMOUS, code, tmp_path / "p.csv")


def test_the_regulator_takes_the_raster_and_it_is_recorded(
    database: Database, town: Town, code: str, tmp_path: Path
) -> None:
    path = written(database, town.regulator, code, tmp_path / "x.tif", selection=Selection(technology="4g"))
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        assert path.read_bytes() == export.raster(connection, run, "any", "4g").read_bytes()
        with pytest.raises(NotFound):
            export.raster(connection, run, "any", "3g")
    with database.use_case(SERVICE) as connection:
        noted = "SELECT count(*) FROM audit_event WHERE action = 'export' AND object = 'coverage_run'"
        assert connection.scalar(text(noted)) == 1
    with pytest.raises(Invalid):
        written(database, town.regulator, code, tmp_path / "x.docx")


def test_the_command_writes_as_whom_it_is_told(
    database: Database, town: Town, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    runner = CliRunner()
    for suffix in export.WRITERS:
        target = tmp_path / f"c{suffix}"
        told = runner.invoke(export_, [code, "--to", str(target)])
        assert told.exit_code == 0, told.exception
        assert target.stat().st_size > 0
    target = tmp_path / "far.tif"
    told = runner.invoke(export_, [code, "--to", str(target), "--as", "far"])
    assert isinstance(told.exception, NotFound)
    assert not target.exists()
