"""Downloads of a radio run: each reader gets his edition, the raster is for who regulates the area."""

import io
from pathlib import Path

from pypdf import PdfReader

from infra_registry.access import Role
from infra_registry.config import Settings
from infra_registry.coverage.runs import life
from tests.integration.computed_town import Computed
from tests.web.site import Site

SUFFIXES = ("csv", "geojson", "gpkg", "html", "pdf")


def test_files_follow_the_reader(computed: Computed, var: Path) -> None:
    database, town, code = computed.database, computed.town, computed.code
    site = Site(database, Settings(var_dir=var))
    regulator = site.user("regina", (Role.REGULATOR, town.id))
    anyone = site.visitor("zh-Hans")
    for suffix in (*SUFFIXES, "tif"):
        assert anyone.get(f"/coverage/{code}/radio.{suffix}").status_code == 404
        mine = regulator.get(f"/coverage/{code}/radio.{suffix}")
        assert mine.status_code == 200, suffix
        assert mine.headers["Content-Disposition"].startswith(f'attachment; filename="{code}')
        assert mine.headers["Cache-Control"] == "private, no-store"
    said = regulator.get(f"/coverage/{code}/radio.csv?of=remedies").get_data(as_text=True)
    assert "hospital" in said
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, code, public=True)
    for suffix in SUFFIXES:
        assert anyone.get(f"/coverage/{code}/radio.{suffix}?edition=internal").status_code == 200
    assert anyone.get(f"/coverage/{code}/radio.tif?edition=internal").status_code == 404
    assert regulator.get(f"/coverage/{code}/radio.tif?operator=any&technology=4g").data[:2] in (b"II", b"MM")
    assert regulator.get(f"/coverage/{code}/radio.tif?operator=../../x&technology=4g").status_code == 404
    assert regulator.get(f"/coverage/{code}/radio.docx").status_code == 404
    told = anyone.get(f"/coverage/{code}/radio.pdf?edition=internal").data
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(told)).pages).replace("\n", "")
    assert "公开版" in text
    assert "内部版" not in text
