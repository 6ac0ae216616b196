"""Pages of evidence: a claim filed and disputed without scripts, refusals with their reasons, who sees what."""

import io
import json

import pytest
from shapely.geometry import box, mapping
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Role
from infra_registry.assets.register import register
from infra_registry.coverage.evidence import challenge_store, claim_store
from infra_registry.coverage.evidence.challenge_store import ChallengeFilter
from infra_registry.coverage.evidence.claim_store import ClaimFilter
from infra_registry.db import Database
from infra_registry.parties.tables import party
from tests.integration.wifi_city import JINING, LAT, LON, City, make_city, venue
from tests.web.site import Site, Visitor

AREA = json.dumps(
    {"type": "Feature", "properties": {}, "geometry": mapping(box(LON - 0.05, LAT - 0.05, LON, LAT + 0.05))}
).encode()
MODEL = {"operator": "MOB", "area": JINING, "technology": "4g", "environment": "outdoor", "tool_name": "<b>tool</b>",
         "model": "UMa", "resolution_m": "50", "receiver_height_m": "1.5", "link_budget": "eirp_dbm = 46"}  # fmt: skip
ROWS = (
    "lon,lat,operator,technology,method,environment,measured_on,level_dbm\n"
    f"{LON},{LAT},MOB,4g,drive_test,outdoor,2026-10-01,-95\n{LON},{LAT},MOB,4g,drive_test,outdoor,2026-10-01,900\n"
).encode()


@pytest.fixture
def city(database: Database) -> City:
    with database.use_case(SERVICE) as connection:
        made = make_city(connection, JINING)
        register(connection, [venue("<i>hall</i>", LON - 0.01), venue("other", LON + 0.01)])
    return made


@pytest.fixture
def mobile(database: Database, city: City, site: Site) -> Visitor:
    with database.use_case(SERVICE) as connection:
        made = connection.scalars(
            insert(party)
            .values(code="MOB", name="移动", name_en="Mobile", kind="carrier")
            .returning(party.c.id)
        ).one()
    return site.user("mob", (Role.CARRIER_EDITOR, None), party_id=made)


def file_claim(who: Visitor, **more: object) -> str:
    sent = MODEL | {"file": (io.BytesIO(AREA), "claim.geojson")} | more
    answer = who.post("/evidence/claims", sent, form="/evidence/claims/new")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"]).rsplit("/", 1)[1]


def test_everything_empty_says_what_it_means(site: Site, city: City) -> None:
    for language, words in (("en", "No claims yet"), ("zh-Hans", "还没有申报")):
        page = site.visitor(language).get("/evidence").get_data(as_text=True)
        assert words in page
    assert site.visitor().get("/evidence/claims/new").status_code in (303, 401, 403)


def test_a_claim_is_filed_read_and_replaced(site: Site, city: City, mobile: Visitor) -> None:
    first = file_claim(mobile)
    visitor = site.visitor()
    page = visitor.get(f"/evidence/claims/{first}").get_data(as_text=True)
    assert "&lt;b&gt;tool&lt;/b&gt;" in page
    assert "eirp_dbm" in page
    assert "data-small-map" in page
    assert json.loads(visitor.get(f"/evidence/claims/{first}.geojson").data)["type"] == "MultiPolygon"
    second = file_claim(mobile)
    listed = visitor.get("/evidence").get_data(as_text=True)
    assert second in listed
    assert first not in listed
    assert first in visitor.get("/evidence?ended=1").get_data(as_text=True)
    assert (
        mobile.post(f"/evidence/claims/{second}/end", {}, form=f"/evidence/claims/{second}").status_code
        == 303
    )
    assert second not in visitor.get("/evidence").get_data(as_text=True)


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"operator": "nobody"}, "operator", "No party has"),
        ({"resolution_m": "0"}, "resolution_m", ""),
        ({"file": (io.BytesIO(b"x"), "a.exe")}, "file", "not known"),
        ({"file": (io.BytesIO(b""), "")}, "file", "Choose a file"),
        ({"link_budget": "nonsense"}, "link_budget", "name = value"),
    ],
)
def test_a_wrong_claim_comes_back_with_what_was_sent(
    database: Database, city: City, mobile: Visitor, sent: dict[str, object], field: str, said: str
) -> None:
    whole = MODEL | {"file": (io.BytesIO(AREA), "claim.geojson")} | sent
    answer = mobile.post("/evidence/claims", whole, form="/evidence/claims/new")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in page
    assert said in page
    assert 'value="&lt;b&gt;tool&lt;/b&gt;"' in page
    with database.use_case(SERVICE) as connection:
        assert claim_store.count(connection, ClaimFilter(ended=True)) == 0


def test_a_dispute_runs_from_form_to_settlement(
    site: Site, city: City, mobile: Visitor, database: Database
) -> None:
    claim = file_claim(mobile)
    seeker = site.user("see", (Role.SEEKER, None))
    regulator = site.user("regina", (Role.REGULATOR, city.id))
    form = f"/evidence/challenges/new?claim={claim}"
    assert 'name="lon"' in seeker.get(form).get_data(as_text=True)
    wrong = seeker.post(
        "/evidence/challenges", {"claim": claim, "detail": "nothing here", "lon": "1"}, form=form
    )
    assert wrong.status_code == 422
    assert 'href="#f-reason"' in wrong.get_data(as_text=True)
    sent = {"claim": claim, "reason": "no_signal", "detail": "<script>x</script>", "lon": str(LON - 0.01),
            "lat": str(LAT), "file": (io.BytesIO(b"<html>log</html>"), "日志.html")}  # fmt: skip
    answer = seeker.post("/evidence/challenges", sent, form=form)
    assert answer.status_code == 303
    where = answer.headers["Location"]
    page = seeker.get(where).get_data(as_text=True)
    assert "no time limit is set by any instrument" in page
    assert "&lt;script&gt;" in page
    assert 'value="withdraw"' in page
    assert 'value="concede"' not in page
    got = mobile.get(where + "/file")
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment")
    bare = mobile.post(where + "/move", {"move": "dispute", "version": "1"}, form=where)
    assert bare.status_code == 422
    done = mobile.post(where + "/move", {"move": "dispute", "version": "1", "note": "no"}, form=where)
    assert done.status_code == 303
    late = seeker.post(where + "/move", {"move": "withdraw", "version": "1"}, form=where)
    assert late.status_code == 409
    assert (
        regulator.post(
            where + "/move", {"move": "uphold", "version": "2", "note": "seen"}, form=where
        ).status_code
        == 303
    )
    assert "Upheld" in seeker.get(where).get_data(as_text=True)
    stranger = site.user("str", (Role.SEEKER, None))
    assert stranger.get(where).status_code == 404
    assert stranger.get(where + "/file").status_code == 404
    assert site.visitor().get(where).status_code in (303, 401, 403)
    with database.use_case(SERVICE) as connection:
        assert challenge_store.count(connection, ChallengeFilter(state="upheld")) == 1
    assert where.rsplit("/", 1)[1] in seeker.get("/evidence?state=upheld").get_data(as_text=True)
    assert where.rsplit("/", 1)[1] not in seeker.get("/evidence?state=open").get_data(as_text=True)


def test_measurements_show_findings_row_by_row_and_can_be_taken_back(
    site: Site, city: City, mobile: Visitor
) -> None:
    sent = {"mapping": "plain", "file": (io.BytesIO(ROWS), "m.csv")}
    answer = mobile.post("/evidence/measurements", sent, form="/evidence/measurements/new")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "level_dbm" in page
    assert "900" in page
    sent = {"mapping": "plain", "partial": "1", "file": (io.BytesIO(ROWS), "m.csv")}
    done = mobile.post("/evidence/measurements", sent, form="/evidence/measurements/new")
    assert done.status_code == 200
    assert "2 rows read, 1 written, 1 faulty" in done.get_data(as_text=True)
    listed = mobile.get("/evidence").get_data(as_text=True)
    assert "Drive test" in listed
    assert "Drive test" not in site.visitor().get("/evidence").get_data(as_text=True)
    with site.database.use_case(SERVICE) as connection:
        digest = connection.scalar(text("SELECT digest FROM coverage_measurement"))
    gone = mobile.post(f"/evidence/measurements/{digest}/delete", {}, form="/evidence/measurements/new")
    assert gone.status_code == 303
    assert "Drive test" not in mobile.get("/evidence").get_data(as_text=True)
    again = mobile.post("/evidence/measurements/x/delete", {}, form="/evidence/measurements/new")
    assert again.status_code == 409


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_broadband_by_building(site: Site, city: City, language: str) -> None:
    visitor = site.visitor(language)
    assert visitor.get("/coverage/broadband").status_code == 200
    page = visitor.get(f"/coverage/broadband?area={JINING}").get_data(as_text=True)
    assert "&lt;i&gt;hall&lt;/i&gt;" in page
    assert ("None known (which is not none)" if language == "en" else "没有登记（不等于没有）") in page
    assert 'href="/law/jining#c-' in page
    table = visitor.get(f"/coverage/broadband.csv?area={JINING}&shown=unknown").get_data(as_text=True)
    assert len(table.strip().splitlines()) == 3
    for query in ("area=nowhere", "area=%00"):
        assert visitor.get(f"/coverage/broadband?{query}").status_code in (400, 404)
    assert visitor.get(f"/coverage/broadband?area={JINING}&page=x").status_code == 422
    assert (
        visitor.get(f"/coverage/broadband?area={JINING}&kind=%27&shown=z&district=%E2%80%AE").status_code
        == 200
    )


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_forms_and_odd_addresses(site: Site, city: City, mobile: Visitor, language: str) -> None:
    claim = file_claim(mobile)
    mobile.client.set_cookie("lang", language)
    for path in ("/evidence", "/evidence/claims/new", "/evidence/measurements/new", f"/evidence/claims/{claim}",
                 f"/evidence/challenges/new?claim={claim}"):  # fmt: skip
        assert mobile.get(path).status_code == 200, path
    visitor = site.visitor(language)
    for query in ("operator=%27", "technology=7g", "state=x", "operator=%E2%80%AE", "ended=2", "page=2"):
        assert visitor.get(f"/evidence?{query}").status_code == 200, query
    for path in ("/evidence/claims/L-NONE", "/evidence/claims/%00", "/evidence/claims/L-NONE.geojson"):
        assert visitor.get(path).status_code in (400, 404), path
    for page in ("0", "-1", "x"):
        assert visitor.get(f"/evidence?page={page}").status_code == 422
