"""Pages of mobile coverage: a run read by its regulator and by the public, its tiles."""

import re
import struct

import mapbox_vector_tile
import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.coverage.runs import life
from infra_registry.db import Database
from tests.integration.computed_town import Computed
from tests.web.site import Site, Visitor

TILE = "10/843/404"
PARTS = ("", "/gaps", "/gaps?operator=&technology=", "/remedies", "/sets", "/evidence", "/gap-list.csv")


@pytest.fixture
def database(computed: Computed) -> Database:
    return computed.database


@pytest.fixture
def code(computed: Computed) -> str:
    return computed.code


@pytest.fixture
def regulator(site: Site, computed: Computed) -> Visitor:
    return site.user("regina", (Role.REGULATOR, computed.town.id))


def page(visitor: Visitor, path: str, status: int = 200) -> str:
    """The text of a page."""
    answer = visitor.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def publish(database: Database, code: str) -> None:
    with database.use_case(SERVICE) as connection:
        life.publish(connection, SERVICE, code, public=True)


def test_the_regulator_reads_levels_the_public_never(
    database: Database, site: Site, regulator: Visitor, code: str
) -> None:
    whole = page(regulator, f"/coverage/{code}?technology=4g")
    assert "dBm" in whole
    assert "How far both editions agree" in whole
    for part in PARTS:
        assert "dBm" not in page(
            regulator, f"/coverage/{code}{part}{'&' if '?' in part else '?'}edition=public"
        )
        assert site.visitor().get(f"/coverage/{code}{part}").status_code == 404
    publish(database, code)
    for language in ("en", "zh-Hans"):
        for part in PARTS:
            told = page(site.visitor(language), f"/coverage/{code}{part}")
            assert "dBm" not in told
            assert "radio_page." not in told
        assert "dBm" not in page(site.visitor(language), f"/coverage/{code}?technology=4g&edition=internal")


def test_gaps_lead_to_remedies_and_back(regulator: Visitor, code: str) -> None:
    listed = page(regulator, f"/coverage/{code}/gaps?operator=any&technology=4g")
    first = re.search(rf'href="/coverage/{code}/gaps/(\d+)"', listed)
    assert first is not None
    one = page(regulator, f"/coverage/{code}/gaps/{first.group(1)}")
    assert "What could serve it" in one
    assert 'href="/assets/' in one
    remedies = page(regulator, f"/coverage/{code}/remedies")
    asset = re.search(r'href="(/assets/[A-Z0-9-]+)"', remedies)
    assert asset is not None
    assert f"/coverage/{code}/remedies?technology=" in page(regulator, asset.group(1))
    assert page(regulator, f"/coverage/{code}/gaps/99999", 404)
    assert page(regulator, f"/coverage/{code}/gaps?page=0", 422)
    assert page(regulator, f"/coverage/{code}/gaps?district=none&sort=nonsense&compared=x")


def test_who_refused_and_who_keeps_others_out_is_said(
    database: Database, regulator: Visitor, code: str
) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE remedy SET obstacles = '[{"key": "refused", "params": {"since": "2026-01-05"}},
                      {"key": "exclusive", "params": {"agreement": "A-1"}}]',
                    duty = '{"rulebook": "jilin", "clause": "13.1", "standing": "binds", "kept": "broken",
                      "citation": {"zh": "条例第1条", "en": "Regulation art. 1"}}'
                    WHERE ordinal = 1 AND edition = 'internal'""")
        )
        connection.execute(
            text("""UPDATE remedy SET obstacles = '[{"key": "exclusive", "params": {"agreement": "A-1"}}]'
                    WHERE ordinal = 2 AND edition = 'internal'""")
        )
    told = page(regulator, f"/coverage/{code}/remedies")
    assert "The law obliges it to open, but its holder refused." in told
    assert "Its holder refused on 2026-01-05" in told
    assert 'href="/law/jilin#c-13.1"' in told
    assert "Blocked by an exclusive agreement" in told
    alone = page(regulator, f"/coverage/{code}/remedies?obstacle=exclusive&kind=host")
    assert 'id="remedy-1"' in alone
    assert 'id="remedy-3"' not in alone


def test_pictures_are_for_the_regulator_alone(
    database: Database, site: Site, regulator: Visitor, code: str
) -> None:
    address = f"/tiles/coverage/{code}/1/{TILE}.png"
    answer = regulator.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", answer.data[16:24]) == (256, 256)
    assert regulator.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    away = regulator.get(f"/tiles/coverage/{code}/1/10/1/1.png").data
    assert len(away) < len(answer.data)
    publish(database, code)
    assert site.visitor().get(address).status_code == 404
    assert site.user("someone").get(address).status_code == 404
    assert regulator.get(f"/tiles/coverage/{code}/99/{TILE}.png").status_code == 404
    assert regulator.get(f"/tiles/coverage/{code}/1/10/9999/0.png").status_code == 422


def test_the_public_gets_classes_and_gaps_as_vectors(
    database: Database, site: Site, regulator: Visitor, code: str
) -> None:
    style = regulator.get(f"/coverage/{code}/style.json?layer=1").get_json()
    assert style["sources"]["coverage-classes"]["type"] == "raster"
    assert site.visitor().get(f"/coverage/{code}/style.json?layer=1").status_code == 404
    publish(database, code)
    style = site.visitor().get(f"/coverage/{code}/style.json?layer=1&remedies=1").get_json()
    assert style["sources"]["coverage-classes"]["type"] == "vector"
    layer = mapbox_vector_tile.decode(
        site.visitor().get(f"/tiles/coverage/{code}/{last(style)}/{TILE}.mvt").data
    )
    assert {tuple(one["properties"]) for one in layer["classes"]["features"]} == {("class",)}
    gaps = site.visitor().get(f"/tiles/coverage/{code}/gaps/{TILE}.mvt?edition=internal")
    named = {
        name for one in mapbox_vector_tile.decode(gaps.data)["gaps"]["features"] for name in one["properties"]
    }
    assert "level" not in named
    live = page(site.visitor(), f"/map?coverage={code}")
    assert "data-map-coverage" in live
    style = site.visitor().get(f"/map/style.json?coverage={code}").get_json()
    assert "coverage-classes" in style["sources"]
    assert style["metadata"]["registry"]["coverage"]["href"] == f"/coverage/{code}"


def last(style: dict[str, dict[str, dict[str, list[str]]]]) -> str:
    """The number of the layer a style draws."""
    return style["sources"]["coverage-classes"]["tiles"][0].split("/")[4]


def test_publishing_from_the_page(site: Site, regulator: Visitor, code: str) -> None:
    address = f"/coverage/{code}"
    assert "/map?layers=coverage" not in page(regulator, address)
    answer = regulator.post(f"{address}/publish", {"public": "1"}, form=address)
    assert answer.status_code == 303
    assert "Mobile coverage" in page(site.visitor(), "/coverage")
    assert regulator.post(f"{address}/publish", {"public": "0"}, form=address).status_code == 303
    assert site.visitor().get(address).status_code == 404
    assert site.user("stranger", (Role.SEEKER, None)).post(
        f"{address}/publish", {"public": "1"}
    ).status_code in (403, 404)
    assert regulator.get(f"{address}/gaps.csv").status_code == 404
