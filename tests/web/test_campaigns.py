"""Campaigns in pages: choose, make, print, mail, mark; and the answer without an account, without scripts."""

import io
import re
import zipfile
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings, today
from infra_registry.db import Database
from infra_registry.duties.inforce.law import law
from infra_registry.duties.letters import answering
from tests.integration.law_towns import Towns, building, settle
from tests.integration.rebuilding import rebuild
from tests.web.site import Site, Visitor

LINK = re.compile(r"https?://localhost(/answer/[0-9A-Z-]{34})")
SOON = str(today() + timedelta(days=30))
SAYS = {
    "title": "关于公共建筑开放情况的征询",
    "sender": "示例局",
    "contact": "电话0000",
    "answer_by": SOON,
    "link_days": "60",
}
YES = {"answer": "open", "wanted": "屋顶"}


@pytest.fixture
def towns(database: Database) -> Towns:
    with database.use_case(SERVICE) as connection:
        return settle(connection)


@pytest.fixture
def site(database: Database, towns: Towns, tmp_path: Path) -> Site:
    return Site(database, Settings(var_dir=tmp_path))


def build(database: Database, towns: Towns, count: int, town: str = "yinchuan") -> list[str]:
    with database.use_case(SERVICE) as connection:
        codes = [building(connection, towns, town, n) for n in range(count)]
        rebuild(connection, law(connection))
    return codes


def office(site: Site, towns: Towns, language: str = "en") -> Visitor:
    cities = [(Role.REGULATOR, towns.cities[name]) for name in ("yinchuan", "nowhere")]
    return site.user("office", *cities, language=language)


def make(desk: Visitor, city: str = "640100", **more: str) -> str:
    sent = desk.post("/campaigns", {**SAYS, "city": city, "owners": "holder", **more}, form="/account")
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return str(sent.location)


def printed(desk: Visitor, address: str, **more: str) -> list[str]:
    page = desk.post(f"{address}/print", {"all": "1", **more}, form="/account").get_data(as_text=True)
    return list(dict.fromkeys(LINK.findall(page)))


def fields(code: str, **values: str) -> dict[str, str]:
    return {f"{code}.{name}": value for name, value in values.items()}


def number_of(site: Site, link: str) -> str:
    """The number on the paper that the link stands on."""
    with site.database.use_case(SERVICE) as connection:
        return str(answering.look(connection, link.removeprefix("/answer/")).letter.code)


def opened(site: Site, link: str, language: str = "en") -> tuple[Visitor, str, str]:
    owner = site.visitor(language)
    page = owner.post(link, {"number": number_of(site, link)}, form=link).get_data(as_text=True)
    number, code = (re.search(f"data-{name}>([^<]+)<", page) for name in ("number", "code"))
    assert number is not None
    assert code is not None
    return owner, number.group(1), code.group(1)


def test_from_filters_to_letters(site: Site, database: Database, towns: Towns) -> None:
    build(database, towns, 3)
    desk = office(site, towns)
    page = desk.get("/campaigns/new?city=640100").get_data(as_text=True)
    assert 'class="figure-value">3<' in page
    assert 'href="/law/yinchuan#c-14.1"' in page
    wrong = desk.post(
        "/campaigns",
        {"city": "640100", "title": "", "owners": "holder", "words": "<i>Mine</i>"},
        form="/account",
    )
    said = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert all(
        f'href="#f-{name}"' in said for name in ("title", "sender", "contact", "answer_by", "link_days")
    )
    assert "&lt;i&gt;Mine&lt;/i&gt;" in said
    address = make(desk, words="<b>请尽早</b>")
    letters = desk.post(f"{address}/print", {"all": "1", "language": "zh-Hans"}, form="/account").get_data(
        as_text=True
    )
    assert "关于公共建筑开放情况的征询" in letters
    assert "不是法定期限" in letters
    assert "&lt;b&gt;请尽早&lt;/b&gt;" in letters
    assert letters.count("<svg viewBox") == 1
    assert len(set(LINK.findall(letters))) == 1
    assert "Delivered" in desk.get(address).get_data(as_text=True)
    assert desk.get(f"{address}?format=csv").get_data(as_text=True).count("\r\n") == 2
    assert LINK.search(desk.get(address).get_data(as_text=True)) is None


def test_a_city_without_duty_says_it_is_a_request(site: Site, database: Database, towns: Towns) -> None:
    codes = build(database, towns, 1, "nowhere")
    desk = office(site, towns)
    assert "is a request" in desk.get("/campaigns/new?city=999900").get_data(as_text=True)
    owner, _, _ = opened(site, printed(desk, make(desk, "999900"), language="en")[0])
    page = owner.get("/answer").get_data(as_text=True)
    assert 'value="decline"' in page
    assert 'value="refuse"' not in page
    owner.post("/answer/save", fields(codes[0], answer="decline") | {"go": "check"}, form="/answer")
    assert owner.post("/answer/send", {"respondent": "Li"}, form="/answer").status_code == 303


def test_only_the_city_s_regulator_sees_campaigns(site: Site, database: Database, towns: Towns) -> None:
    build(database, towns, 1)
    desk = office(site, towns)
    address = make(desk)
    other = site.user("other", (Role.REGULATOR, towns.cities["jining"]))
    holder = site.user("holder2", (Role.OWNER_EDITOR, None), party_id=towns.parties["holder"])
    for path in (address, f"{address}?format=csv", "/campaigns/Z-00000000", "/campaigns/new?city=640100"):
        assert other.get(path).status_code == 404
        assert holder.get(path).status_code == 403
        assert site.visitor().get(path).status_code == 303
    assert other.post(f"{address}/print", {"all": "1"}, form="/account").status_code == 404
    assert "/campaigns" in other.get("/").get_data(as_text=True)
    assert 'href="/campaigns"' not in holder.get("/").get_data(as_text=True)


def test_fetching_a_link_uses_nothing_up_and_opening_it_once_does(
    site: Site, database: Database, towns: Towns
) -> None:
    build(database, towns, 1)
    desk = office(site, towns)
    link = printed(desk, make(desk))[0]
    scanner = site.visitor()
    for _ in range(3):
        assert scanner.get(link).status_code == 200
        assert scanner.client.head(link).status_code == 200
    assert scanner.client.post(link).status_code == 403  # no token of a form of ours
    assert "data-number" not in scanner.get("/answer").get_data(as_text=True)
    owner, number, code = opened(site, link)
    assert owner.get("/answer").status_code == 200
    second = site.visitor()
    assert second.get(link).status_code == 410
    assert second.post(link, {}, form="/answer").status_code == 410
    assert second.get("/answer/0000-0000-0000-0000-0000-0000-0000").status_code == 404
    assert second.post("/answer/return", {"number": number, "code": "x"}, form="/answer").status_code == 422
    assert second.post("/answer/return", {"number": number, "code": code}, form="/answer").status_code == 303
    assert "Your answers" in second.get("/answer").get_data(as_text=True)
    assert "Your answers" not in owner.get("/answer").get_data(as_text=True)


def test_one_table_answers_and_names_what_is_wrong(site: Site, database: Database, towns: Towns) -> None:
    codes = build(database, towns, 3)
    desk = office(site, towns)
    address = make(desk)
    owner, _, _ = opened(site, printed(desk, address)[0])
    wrong = fields(codes[0], **YES) | fields(codes[1], answer="refuse", evidence="<u>no</u>")
    assert owner.post("/answer/save", wrong | {"go": "check"}, form="/answer").location == "/answer/check"
    page = unescape(owner.get("/answer/check").get_data(as_text=True))
    assert f"#f-{codes[1]}.ground" in page
    assert f"#f-{codes[1]}.person" in page
    assert owner.post("/answer/send", {"respondent": "Li, office"}, form="/answer").status_code == 422
    table = owner.get("/answer?check=1").get_data(as_text=True)
    assert f'id="e-{codes[1]}.ground"' in table
    assert "&lt;u&gt;no&lt;/u&gt;" in table
    better = fields(codes[1], answer="refuse", ground="safety", evidence="survey 14", person="Zhang, estates")
    filled = better | {f"same.{name}": value for name, value in YES.items()} | {"go": "fill"}
    owner.post("/answer/save", filled, form="/answer")
    assert owner.post("/answer/send", {"respondent": " "}, form="/answer").status_code == 422
    assert (
        owner.post("/answer/send", {"respondent": "Li, office"}, form="/answer").location == "/answer/receipt"
    )
    owner.post("/answer/send", {"respondent": "Li, office"}, form="/answer")
    receipt = owner.get("/answer/receipt").get_data(as_text=True)
    assert all(code in receipt for code in codes)
    with database.use_case(SERVICE) as connection:
        acts = connection.execute(
            text("SELECT act, person, recorded_by FROM opening_event ORDER BY act")
        ).all()
    assert [tuple(row) for row in acts] == [
        ("opened", "Li, office", None), ("opened", "Li, office", None), ("refused", "Zhang, estates", None),
    ]  # fmt: skip
    assert "Answered in full" in desk.get(address).get_data(as_text=True)


def test_save_leave_and_come_back(site: Site, database: Database, towns: Towns) -> None:
    codes = build(database, towns, 60)
    desk = office(site, towns)
    owner, number, code = opened(site, printed(desk, make(desk))[0])
    assert (
        owner.post("/answer/save", {"go": "next", "page": "1"}, form="/answer").location == "/answer?page=2"
    )
    owner.post("/answer/save", fields(codes[0], **YES) | {"go": "leave"}, form="/answer")
    assert "Your answers" not in owner.get("/answer").get_data(as_text=True)
    late = owner.post("/answer/save", fields(codes[1], **YES), form="/answer")
    assert late.status_code == 409
    owner.post("/answer/return", {"number": number, "code": code}, form="/answer")
    pages = [owner.get(f"/answer?page={n}").get_data(as_text=True) for n in (1, 2)]
    assert sum(page.count('value="open" selected') for page in pages) == 1
    assert sum(page.count(f'id="r-{one}"') for page in pages for one in codes) == 60


def test_a_link_from_a_log_opens_nothing_and_tells_nothing(
    site: Site, database: Database, towns: Towns
) -> None:
    build(database, towns, 1)
    desk = office(site, towns)
    address = make(desk)
    link = printed(desk, address)[0]
    number = number_of(site, link)
    thief = site.visitor()
    page = thief.get(link).get_data(as_text=True)
    assert not [word for word in (number, number[2:], SAYS["title"], ">holder<") if word in page]
    for guess in ({}, {"number": ""}, {"number": "L-00000000"}):
        refused = thief.post(link, guess, form=link)
        assert (refused.status_code, "does not belong" in refused.get_data(as_text=True)) == (422, True)
    assert "Your answers" not in thief.get("/answer").get_data(as_text=True)
    shown = desk.get(address).get_data(as_text=True)
    addresses = re.findall(r'(?:href|action)="([^"]+)"', shown)
    assert not [one for one in addresses if number in one]  # nor does the office's own page put it into a log
    assert desk.get(f"{address}/letters/holder").status_code == 200
    opened(site, link)  # the tries used nothing up


def test_numbers_are_tried_as_seldom_as_codes(site: Site, database: Database, towns: Towns) -> None:
    build(database, towns, 1)
    link = printed(desk := office(site, towns), make(desk))[0]
    thief = site.visitor()
    tries = [thief.post(link, {"number": f"L-{n:08}"}, form="/answer").status_code for n in range(31)]
    assert tries == [422] * 30 + [429]


def test_tries_at_links_and_codes_are_limited(site: Site) -> None:
    visitor = site.visitor()
    states = [
        visitor.post("/answer/return", {"number": "L-00000000", "code": "x"}, form="/answer").status_code
        for _ in range(31)
    ]
    assert states == [422] * 30 + [429]


def test_a_closed_campaign_opens_nothing(site: Site, database: Database, towns: Towns) -> None:
    build(database, towns, 1)
    desk = office(site, towns)
    address = make(desk)
    link = printed(desk, address)[0]
    assert desk.post(f"{address}/close", {}, form="/account").status_code == 303
    visitor = site.visitor("zh-Hans")
    page = visitor.get(link)
    assert page.status_code == 410
    assert "征询已经结束" in page.get_data(as_text=True)
    assert desk.post(f"{address}/print", {"all": "1"}, form="/account").status_code == 409


def test_messages_for_a_mail_program(site: Site, database: Database, towns: Towns) -> None:
    build(database, towns, 1)
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("UPDATE party SET contact = '办公室 office@holder.example 电话1' WHERE code = 'holder'")
        )
    desk = office(site, towns)
    address = make(desk)
    sent = desk.post(f"{address}/mail", {"all": "1", "format": "eml"}, form="/account")
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        (name,) = archive.namelist()
        message = message_from_bytes(archive.read(name), policy=policy.default)
    assert (message["To"], message["X-Unsent"]) == ("office@holder.example", "1")
    found = LINK.search(message.get_content())
    assert found is not None
    assert site.visitor().get(found.group(1)).status_code == 200
    table = desk.post(f"{address}/mail", {"all": "1", "format": "csv", "reminder": "1"}, form="/account")
    assert "office@holder.example" in table.get_data(as_text=True)
    assert site.visitor().get(found.group(1)).status_code == 404  # a newer link took its place
    assert ",1," in desk.get(f"{address}?format=csv").get_data(as_text=True)


def test_deliveries_by_hand_and_from_a_file(site: Site, database: Database, towns: Towns) -> None:
    build(database, towns, 1)
    desk = office(site, towns)
    address = make(desk)
    number = re.search(r'value="(L-[0-9A-Z]{8})"', desk.get(address).get_data(as_text=True))
    assert number is not None
    early = desk.post(
        f"{address}/mark",
        {"letters": number.group(1), "mark": "delivered", "on": str(today())},
        form="/account",
    )
    assert early.status_code == 422
    printed(desk, address)

    def load(content: str, name: str = "list.csv") -> int:
        data = {"file": (io.BytesIO(content.encode()), name)}
        return desk.post(f"{address}/deliveries", data, form="/account").status_code

    assert load("letter,state\nL-1,delivered\n") == 422
    assert load(f"编号,状态,日期\n{number.group(1)},飞走了,{today()}\n") == 422
    assert load(f"编号,状态,日期\n{number.group(1)},送达,不知道\n") == 422
    assert load(f"编号,状态,日期\nL-00000000,送达,{today()}\n") == 422
    assert load("") == 422
    assert load(f"编号,状态,日期\n{number.group(1)},退回,{today()}\n") == 303
    assert "state=returned" in desk.get(f"{address}?state=returned").get_data(as_text=True)
    assert (
        desk.post(
            f"{address}/mark", {"all": "1", "mark": "delivered", "on": str(today())}, form="/account"
        ).status_code
        == 303
    )
    assert (
        desk.post(f"{address}/mark", {"mark": "delivered", "on": str(today())}, form="/account").status_code
        == 422
    )


def test_a_link_is_kept_out_of_the_log(
    site: Site, database: Database, towns: Towns, monkeypatch, capsys
) -> None:
    site.app.testing = False
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    link = "/answer/7K2M-9QX4-7K2M-9QX4-7K2M-9QX4-7K2M"
    monkeypatch.setattr("web.letters.answer_views.answering.look", lambda *_: 1 / 0)
    assert site.visitor().get(link).status_code == 500
    said = capsys.readouterr()
    assert "7K2M-9QX4" not in said.out + said.err
    assert "/answer/<link>" in said.out + said.err
