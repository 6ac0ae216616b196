"""The citizen's pages: six steps and a receipt without scripts, cookies that tell nothing, hostile values."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from werkzeug.test import TestResponse

from infra_registry.access import SERVICE
from infra_registry.areas.tables import area
from infra_registry.cases import choice_store
from infra_registry.cases.intake import QUESTIONS, STEPS
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties.tables import party
from tests.web.site import TOKEN, Site, Visitor

DRAFT = re.compile(r'name="draft" value="([^"]+)"')
TICKET = re.compile(r'name="ticket" value="([^"]+)"')
NUMBER = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}")
SECRET = re.compile(r"data-secret>([0-9A-Z-]{24})<")
ANSWERS: dict[str, dict[str, Any]] = {
    "what": {"reason": "exclusive_agreement"},
    "where": {"place": "<b>CANARY</b> Garden", "district": "370811"},
    "against": {"carriers": ["P-CARRIER"], "property_manager": "CANARY Manager"},
    "said": {"story": "CANARY: they let nobody else in.", "lasting": "ongoing", "elsewhere": "no"},
    "who": {"named": "confidential", "name": "CANARY Li", "contact": "CANARY 139", "capacity": "resident"},
}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    with database.use_case(SERVICE) as connection:
        city = connection.scalars(
            insert(area)
            .values(scheme="gb2260", code="370800", name="济宁市", name_en="Jining", level="city")
            .returning(area.c.id)
        ).one()
        connection.execute(
            insert(area).values(
                scheme="gb2260",
                code="370811",
                name="任城区",
                name_en="Rencheng",
                level="district",
                parent_id=city,
            )
        )
        connection.execute(
            insert(party).values(code="P-CARRIER", name="某某通信", name_en="Some Telecom", kind="carrier")
        )
    return Site(database, Settings(var_dir=tmp_path))


class Walk:
    """One citizen with one form."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.get("/report").get_data(as_text=True)
        self.token = TOKEN.findall(self.page)[0]

    def send(self, path: str, **data: Any) -> TestResponse:
        sent = data if "draft" in data else {"draft": self.draft, **data}
        answer = self.visitor.client.post(path, data={**sent, "csrf_token": self.token})
        self.page = answer.get_data(as_text=True)
        return answer

    @property
    def draft(self) -> str:
        found = DRAFT.search(self.page)
        assert found, self.page[:3000]
        return found.group(1)

    def to(self, last: str) -> "Walk":
        """Answer every page before ``last``."""
        self.send("/report/step")
        for step in STEPS[: STEPS.index(last)]:
            assert self.send("/report/step", step=step, **ANSWERS[step]).status_code == 200
        return self


def file(site: Site, language: str = "en") -> tuple[Walk, str, str]:
    walk = Walk(site.visitor(language)).to("check")
    assert walk.send("/report/send", step="check").status_code == 200
    number, secret = NUMBER.search(walk.page), SECRET.search(walk.page)
    assert number
    assert secret
    return walk, number.group(), secret.group(1)


@pytest.mark.parametrize(("language", "heading"), [("en", "Check your report"), ("zh-Hans", "核对您的举报")])
def test_six_pages_make_a_case_with_a_receipt(site: Site, language: str, heading: str) -> None:
    walk = Walk(site.visitor(language)).to("check")
    assert heading in walk.page
    assert "<b>CANARY" not in walk.page
    assert html.escape("<b>CANARY</b> Garden") in walk.page
    sent = walk.send("/report/send", step="check")
    assert sent.headers["Cache-Control"] == "no-store"
    assert NUMBER.search(walk.page)
    assert SECRET.search(walk.page)
    with site.database.use_case(SERVICE) as connection:
        row = connection.execute(text("SELECT state, locale, named FROM case_file")).one()
    assert tuple(row) == ("received", language, "confidential")


def test_sending_twice_gives_the_same_receipt(site: Site) -> None:
    walk = Walk(site.visitor()).to("check")
    draft = walk.draft
    receipts = set()
    for _ in range(3):
        walk.send("/report/send", draft=draft)
        receipts.add((NUMBER.search(walk.page).group(), SECRET.search(walk.page).group(1)))  # type: ignore[union-attr]
    assert len(receipts) == 1
    with site.database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_file")) == 1


def test_a_wrong_page_comes_back_with_what_was_typed(site: Site) -> None:
    walk = Walk(site.visitor()).to("said")
    answer = walk.send("/report/step", step="said", story="CANARY of ten", lasting="", elsewhere="no")
    assert answer.status_code == 422
    assert "CANARY of ten" in walk.page
    assert 'href="#f-lasting"' in walk.page
    assert 'id="f-lasting"' in walk.page


def test_back_keeps_answers_and_change_leads_back_to_the_summary(site: Site) -> None:
    walk = Walk(site.visitor()).to("check")
    walk.send("/report/step", step="check", go="to-said")
    assert "CANARY: they let nobody else in." in walk.page
    walk.send("/report/step", step="said", go="back", **{**ANSWERS["said"], "story": "Another CANARY story."})
    assert 'value="CANARY Manager"' in walk.page
    walk.send("/report/step", step="against", **ANSWERS["against"])
    assert "Check your report" in walk.page
    assert "Another CANARY story." in walk.page


def test_the_language_changes_on_the_way_and_keeps_the_answers(site: Site) -> None:
    walk = Walk(site.visitor()).to("said")
    walk.send("/report/step?lang=zh", step="said", go="stay", story="CANARY 经过")
    assert "说说经过" in walk.page
    assert "CANARY 经过" in walk.page


def test_nothing_is_stored_before_it_is_sent_and_no_cookie_tells_it(site: Site) -> None:
    visitor = site.visitor()
    Walk(visitor).to("check")
    with site.database.use_case(SERVICE) as connection:
        for table in ("case_file", "case_event", "attempt"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    cookies = [cookie.value for cookie in visitor.client._cookies.values()]  # type: ignore[union-attr]
    assert not any("CANARY" in value or len(value) > 100 for value in cookies)


def test_an_incomplete_report_is_not_filed(site: Site) -> None:
    walk = Walk(site.visitor()).to("against")
    assert walk.send("/report/send", step="check").status_code == 422
    assert "Who did it?" in walk.page
    with site.database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_file")) == 0


def test_an_odd_draft_is_told_and_nothing_happens(site: Site) -> None:
    walk = Walk(site.visitor())
    for draft in ("", "x", "%%%", "é" * 10, "A" * 60_000):
        for path in ("/report/step", "/report/send"):
            assert walk.send(path, draft=draft, step="what").status_code == 422


def test_the_case_is_followed_with_number_and_secret(site: Site) -> None:
    _, number, secret = file(site)
    visitor = site.visitor("zh-Hans")
    answer = visitor.post("/track", {"number": number.lower(), "secret": secret.lower()}, form="/track")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "已收到" in page
    assert "CANARY" not in page
    assert secret not in page
    ticket = TICKET.search(page)
    assert ticket
    again = visitor.post("/track?lang=en", {"ticket": ticket.group(1)}, form="/track").get_data(as_text=True)
    assert "Received" in again


@pytest.mark.parametrize(
    ("language", "honest", "asked"),
    [
        ("en", "copies of the key folder are kept for up to 30 days more", "You have asked for erasure."),
        ("zh-Hans", "密钥目录的备份最多再保留30天", "您已请求删除"),
    ],
)
def test_the_reporter_asks_for_erasure_with_the_secret_again(
    site: Site, language: str, honest: str, asked: str
) -> None:
    _, number, secret = file(site)
    visitor = site.visitor(language)
    page = visitor.post("/track", {"number": number, "secret": secret}, form="/track").get_data(as_text=True)
    assert honest in page
    ticket = TICKET.findall(page)[0]
    wrong = visitor.post("/track/erasure", {"ticket": ticket, "secret": "A" * 20}, form="/track")
    assert wrong.status_code == 422
    assert asked not in wrong.get_data(as_text=True)
    assert "f-secret" in wrong.get_data(as_text=True)
    right = visitor.post("/track/erasure", {"ticket": ticket, "secret": secret}, form="/track")
    assert right.status_code == 200
    assert asked in right.get_data(as_text=True)
    assert secret not in right.get_data(as_text=True)
    assert visitor.post("/track/erasure", {"ticket": "x"}, form="/track").status_code == 422
    assert visitor.get("/track/erasure").status_code == 303


def test_wrong_secret_and_unknown_number_give_the_same_page(site: Site) -> None:
    _, number, _ = file(site)
    pages = []
    for asked in (number, "R-0000-0000"):
        answer = site.visitor().post("/track", {"number": asked, "secret": "A" * 20}, form="/track")
        assert answer.status_code == 422
        page = answer.get_data(as_text=True).replace(asked, "")
        pages.append(re.sub(r'value="[^"]*"|content="[^"]*"|nonce="[^"]*"|[0-9a-f]{24}|\d\d:\d\d', "", page))
    assert pages[0] == pages[1]


def test_neither_number_nor_secret_is_taken_from_the_address(site: Site) -> None:
    _, number, secret = file(site)
    page = site.visitor().get(f"/track?number={number}&secret={secret}").get_data(as_text=True)
    assert f'value="{number}"' not in page
    assert "Received" not in page


def test_too_many_reports_are_slowed_with_a_time(site: Site) -> None:
    for _ in range(10):
        file(site)
    walk = Walk(site.visitor()).to("check")
    answer = walk.send("/report/send")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert "minutes" in walk.page


def test_a_form_of_another_site_is_refused(site: Site) -> None:
    draft = Walk(site.visitor()).draft
    assert site.visitor().client.post("/report/step", data={"draft": draft}).status_code == 403


HOSTILE = [
    "'; DROP TABLE case_file; --", "<script>alert(1)</script>", "{{7*7}}", "%s%n%x", "../../etc/passwd", "\u202e\u0000",
    "9" * 400, "-1", "NaN", "1e309", "𝟝𝟝", "😀" * 50, "A" * 60_000,
]  # fmt: skip


def test_hostile_values_never_break_a_page(site: Site) -> None:
    walk = Walk(site.visitor()).to("check")
    draft = walk.draft
    forms = [
        ("/report/step", {**ANSWERS.get(step, {}), "step": step}, q.name)
        for step in STEPS
        for q in QUESTIONS[step]
    ]
    forms += [("/report/step", {}, "step"), ("/report/step", {"step": "what"}, "go")]
    forms += [("/track", {}, name) for name in ("number", "secret", "ticket")]
    forms += [("/track/erasure", {}, name) for name in ("secret", "ticket")]
    for value in HOSTILE:
        for path, right, field in forms:
            answer = walk.send(path, **{"draft": draft, **right, field: value})
            assert answer.status_code < 500, (value[:20], field)
            assert "<script>alert(1)" not in walk.page


def test_hostile_answers_that_pass_are_filed_whole_or_not_at_all(site: Site) -> None:
    walk = Walk(site.visitor())
    walk.send("/report/step")
    for step in STEPS[:-1]:
        odd = dict.fromkeys(
            ("place", "property_manager", "story", "name", "contact"), "'; <i>x</i> {{7*7}} %s"
        )
        walk.send(
            "/report/step",
            step=step,
            **{**ANSWERS[step], **{k: v for k, v in odd.items() if k in ANSWERS[step]}},
        )
    assert walk.send("/report/send").status_code == 200
    with site.database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_file")) == 1


def test_a_district_is_asked_for_unless_the_place_tells_it(site: Site) -> None:
    walk = Walk(site.visitor()).to("where")
    assert walk.send("/report/step", step="where", place="Garden", district="").status_code == 422
    assert 'href="#f-district"' in walk.page
    placed = {"place": "Garden", "district": "", "lat": "35.4", "lon": "116.6"}
    assert walk.send("/report/step", step="where", **placed).status_code == 200
    assert walk.send("/report/step", step="where", place="Garden", district="999999").status_code == 422


def test_an_unknown_district_is_not_filed_by_any_way(site: Site) -> None:
    """Going to another page keeps answers unchecked; sending checks all of them."""
    walk = Walk(site.visitor()).to("check")
    unknown = ANSWERS["where"] | {"district": "999999"}
    assert walk.send("/report/step", step="where", go="to-check", **unknown).status_code == 200
    assert walk.send("/report/send").status_code == 422
    assert 'href="#f-district"' in walk.page
    with site.database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM case_file")) == 0


def test_neither_log_nor_file_keeps_address_or_point(
    site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = site.visitor()
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    monkeypatch.setitem(ANSWERS, "where", {**ANSWERS["where"], "lat": "35.41787654", "lon": "116.58125432"})
    walk = Walk(visitor).to("check")
    with monkeypatch.context() as broken:
        broken.setattr(choice_store, "areas_named", lambda *_: 1 / 0)
        assert walk.send("/report/send", draft=(draft := walk.draft)).status_code == 500
    assert walk.send("/report/send", draft=draft).status_code == 200
    visitor.post("/track", {"number": "R-0000-0000", "secret": "A" * 20}, form="/track")
    visitor.post("/login", {"login": "nobody", "password": "wrong"}, form="/login")
    written = "".join(capfd.readouterr())
    assert "division by zero" in written
    for kept in (written.encode(), *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())):
        assert not [word for word in (b"203.0.113.", b"35.41787", b"116.58125") if word in kept]
