"""In the browser: asking, answering and refusing on the page of a place; a shut gate with its article and remedy."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.assets.kinds import Status
from infra_registry.db import Database
from tests.integration.law_towns import Towns, building, plant, settle, works
from tests.web.site import Site, Visitor

EDITOR = ((Role.CARRIER_EDITOR, None), (Role.SEEKER, None))


@pytest.fixture
def towns(database: Database) -> Towns:
    with database.use_case(SERVICE) as connection:
        return settle(connection)


def made(database: Database, maker: Any, *args: Any, **values: Any) -> Any:
    with database.use_case(SERVICE) as connection:
        return maker(connection, *args, **values)


def carrier(site: Site, towns: Towns, language: str = "en") -> Visitor:
    return site.user("web_carrier", *EDITOR, party_id=towns.parties["carrier"], language=language)


def holder(site: Site, towns: Towns, language: str = "en") -> Visitor:
    return site.user(
        "web_holder", (Role.OWNER_EDITOR, None), party_id=towns.parties["holder"], language=language
    )


def send(visitor: Visitor, page: str, action: str, **form: str) -> Any:
    return visitor.post(action, form, form=page)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_asking_answering_refusing(site: Site, database: Database, towns: Towns) -> None:
    code = made(database, building, towns, "yingtan")
    here = f"/assets/{code}"
    asker, owner = carrier(site, towns), holder(site, towns)
    assert "The law asks for its opening" in plain(site.visitor().get(here).text)
    assert send(asker, here, f"{here}/opening/ask", as_wanted="").status_code == 422
    assert send(asker, here, f"{here}/opening/ask", as_wanted="a place on the roof").status_code == 303
    page = owner.get(here).text
    assert "a place on the roof" in page
    assert "declined" not in re.findall(r'name="an_act" value="(\w+)"', page)
    refused = {"an_act": "refused", "an_evidence": "report 14 of 2026", "an_person": "estates office"}
    wrong = send(owner, here, f"{here}/opening/answer", **refused, an_ground="other")
    assert wrong.status_code == 422
    assert "“Other” is never one" in wrong.text
    assert "estates office" in wrong.text
    assert send(owner, here, f"{here}/opening/answer", **refused, an_ground="safety").status_code == 303
    assert "Refused" in plain(site.visitor().get(here).text)
    assert "estates office" not in site.visitor().get(here).text
    assert send(asker, here, f"{here}/opening/answer", **refused, an_ground="safety").status_code == 403


def test_where_nothing_asks_the_page_says_so_and_offers_to_decline(
    site: Site, database: Database, towns: Towns
) -> None:
    code = made(database, building, towns, "nowhere")
    page = holder(site, towns, "zh-Hans").get(f"/assets/{code}").text
    assert "没有要求开放这一处" in page
    assert set(re.findall(r'name="an_act" value="(\w+)"', page)) == {"opened", "offered", "declined"}


def test_taking_back_and_exempting(site: Site, database: Database, towns: Towns) -> None:
    code = made(database, building, towns, "yinchuan")
    here = f"/assets/{code}"
    owner = holder(site, towns)
    regulator = site.user("web_regulator", (Role.REGULATOR, towns.cities["yinchuan"]))
    sent = send(
        regulator,
        here,
        f"{here}/opening/exempt",
        ex_ground="secrecy",
        ex_evidence="letter 3",
        ex_person="desk 2",
    )
    assert sent.status_code == 303
    with database.use_case(SERVICE) as connection:
        event = connection.scalar(text("SELECT code FROM opening_event"))
    back = {f"wd-{event}_evidence": "recorded by mistake"}
    assert send(owner, here, f"{here}/opening/{event}/withdraw", **back).status_code == 403
    assert send(regulator, here, f"{here}/opening/{event}/withdraw", **back).status_code == 303
    assert send(regulator, here, f"{here}/opening/{event}/withdraw", **back).status_code == 409


def test_evidence_on_the_page(site: Site, database: Database, towns: Towns) -> None:
    code = made(database, building, towns, "yingtan")
    here, owner = f"/assets/{code}", holder(site, towns)
    shown = {"ev_fact": "safety", "ev_holds": "true", "ev_basis": "structural report 14"}
    assert send(owner, here, f"{here}/evidence", **(shown | {"ev_fact": "opened"})).status_code == 422
    assert send(owner, here, f"{here}/evidence", **shown).status_code == 303
    assert "structural report 14" in owner.get(here).text
    assert "structural report 14" not in carrier(site, towns).get(here).text
    back = {"tb-safety_basis": "report withdrawn"}
    assert send(owner, here, f"{here}/evidence/safety/take-back", **back).status_code == 303
    assert send(owner, here, f"{here}/evidence/safety/take-back", **back).status_code == 409


@pytest.mark.parametrize(("language", "said"), [("en", "art. 13(1)"), ("zh-Hans", "第13条第1款")])
def test_a_shut_gate_names_its_article_and_what_opens_it(
    site: Site, database: Database, towns: Towns, language: str, said: str
) -> None:
    key, works_code = made(database, works, towns, "jilin")
    code = made(database, plant, towns, "jilin", project_id=key)
    here, user = f"/assets/{code}", carrier(site, towns, language)
    assert said in plain(user.get(here).text)
    move = {"mv_version": "1", "mv_to": "in_use", "mv_on": "2026-11-02"}
    refused = send(user, here, f"{here}/status", **move)
    assert refused.status_code == 409
    assert said in plain(refused.text)
    told = send(user, here, f"{here}/status", **move, mv_as_fact="1", mv_reason="emergency")
    assert told.status_code == 303
    regulator = site.user("web_regulator", (Role.REGULATOR, towns.cities["jilin"]), language=language)
    listed = regulator.get("/duties/unshown").text
    assert code in listed
    assert "emergency" in listed
    page = user.get(f"/works/{works_code}")
    assert page.status_code == 200
    assert code in page.text


def test_works_act_by_act(site: Site, database: Database, towns: Towns) -> None:
    user = carrier(site, towns)
    place = {"place": "106.1,30.1\n106.101,30.1\n106.101,30.101"}
    form = {
        "name": "示例塔工程",
        "builder": "carrier",
        "work_kind": "new",
        "funding": "private",
        "builds": "tower",
    }
    assert send(user, "/works/new", "/works/new", **form, place="here").status_code == 422
    created = send(user, "/works/new", "/works/new", **form, **place)
    assert created.status_code == 303
    here = created.headers["Location"]
    assert "示例塔工程" in user.get("/works").text
    act = {"ac_act": "started", "ac_on": "2026-11-02", "ac_basis": "start report 1"}
    shut = send(user, here, f"{here}/acts", **act)
    assert shut.status_code == 409
    assert "art. 15" in plain(shut.text)
    conforms = {"ac_act": "plan_conforms", "ac_on": "2026-11-01", "ac_basis": "plan letter 2"}
    assert send(user, here, f"{here}/acts", **conforms).status_code == 303
    assert send(user, here, f"{here}/acts", **act).status_code == 303
    with database.use_case(SERVICE) as connection:
        key = connection.scalar(text("SELECT id FROM project_act WHERE act = 'started'"))
    back = {f"tb{key}_reason": "entered too early"}
    assert send(user, here, f"{here}/acts/{key}/take-back", **back).status_code == 303
    assert "entered too early" in user.get(here).text
    assert send(user, here, f"{here}/acts/{key}/take-back", **back).status_code == 409
    tower = made(database, plant, towns, "yinchuan")
    assert send(user, here, f"{here}/assets", at_asset=tower).status_code == 303
    assert tower in user.get(here).text
    saved = {**form, "name": "示例塔二期", "version": "1", "ends_on": "2020-01-01", "starts_on": "2026-01-01"}
    assert send(user, f"{here}/edit", f"{here}/edit", **saved).status_code == 422
    saved["ends_on"] = "2027-01-01"
    assert send(user, f"{here}/edit", f"{here}/edit", **saved).status_code == 303
    assert "示例塔二期" in user.get(here).text
    assert send(holder(site, towns), here, f"{here}/acts", **act).status_code == 403
    assert site.visitor().get(here).status_code in (303, 401)


def test_relocating_is_no_correction(site: Site, database: Database, towns: Towns) -> None:
    code = made(database, plant, towns, "yinchuan", status=Status.IN_USE)
    here, user = f"/assets/{code}", carrier(site, towns)
    form = {"name": "tower", "owner": "carrier", "lon": "106.2", "lat": "30.2", "version": "1"}
    page = f"{here}/edit?nature=relocated"
    assert 'value="relocated" checked' in user.get(page).text
    refused = send(user, page, f"{here}/edit", **form, nature="relocated", reason="road is widened")
    assert refused.status_code == 409
    assert "art. 15" in plain(refused.text)
    assert "road is widened" in refused.text
    fact = {"nature": "relocated", "reason": "road is widened", "as_fact": "1"}
    assert send(user, page, f"{here}/edit", **form, **fact).status_code == 303
    same = form | {"version": "3"}
    assert send(user, page, f"{here}/edit", **same, **fact).status_code == 422
    assert send(user, page, f"{here}/edit", **(same | {"lon": "106.20001"})).status_code == 303


def test_the_interface_answers_with_the_citation(site: Site, database: Database, towns: Towns) -> None:
    key, _ = made(database, works, towns, "jilin")
    code = made(database, plant, towns, "jilin", project_id=key)
    user = carrier(site, towns)
    address = f"/api/v1/assets/{code}"
    tag = user.client.get(address).headers["ETag"]
    token = re.search(r'name="csrf_token" value="([^"]+)"', user.get("/account").text)[1]
    headers = {"If-Match": tag, "X-CSRF-Token": token, "Idempotency-Key": "a-key-of-one-move"}
    answer = user.client.patch(address, json={"status": "in_use"}, headers=headers)
    assert answer.status_code == 409
    body = answer.get_json()
    assert body["code"] == "gate.shut"
    assert body["gates"][0]["clause"] == "13.1"
    assert body["gates"][0]["missing"] == ["tested", "accepted"]
    assert "art. 13(1)" in body["detail"]
    headers["Idempotency-Key"] = "another-key-of-the-fact"
    told = {"status": "in_use", "as_fact": True, "reason": "emergency"}
    assert user.client.patch(address, json=told, headers=headers).status_code == 200
