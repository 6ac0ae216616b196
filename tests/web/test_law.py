"""Pages of the law: instruments, clauses, the comparison, due dates, and a change from upload to approval."""

import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from infra_registry import jobs
from infra_registry.access import SERVICE, Actor, Role
from infra_registry.areas.tables import area
from infra_registry.db import Database
from infra_registry.duties.inforce.law import law
from infra_registry.duties.tables import law_document
from infra_registry.jobs import registry
from infra_registry.resources import DATA
from tests.web.site import TOKEN, Site, Visitor
from tests.worker import run_pending

WORK = ("infra_registry.duties.inforce.law_work",)
LANGUAGES = ("zh-Hans", "en")
KEY = re.compile(r">\s*(?:law|clock|frame)\.[a-z_.]+\s*<")


@pytest.fixture
def one(site: Site) -> Visitor:
    return site.user("one", (Role.REGULATOR, None))


@pytest.fixture
def two(site: Site) -> Visitor:
    return site.user("two", (Role.REGULATOR, None))


def text(visitor: Visitor, path: str, status: int = 200) -> str:
    answer = visitor.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def jining(old: str = "2026-11-21", new: str = "2026-11-22") -> bytes:
    shipped = (DATA / "rulebooks" / "jining.toml").read_text("utf-8")
    assert old in shipped
    return shipped.replace(old, new).encode()


def upload(visitor: Visitor, content: bytes, name: str = "jining.toml") -> TestResponse:
    token = TOKEN.search(text(visitor, "/law/changes"))
    assert token
    data = {"csrf_token": token.group(1), "file": (io.BytesIO(content), name)}
    return visitor.client.post("/law/changes", data=data, content_type="multipart/form-data")


def work(database: Database) -> None:
    kept = list(registry._ACTORS)
    jobs.actors_from(lambda _, user: Actor(user_id=user))
    try:
        run_pending(database, modules=WORK)
    finally:
        registry._ACTORS[:] = kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_instrument_has_its_page_and_every_clause_its_anchor(site: Site, language: str) -> None:
    visitor = site.visitor(language)
    listed = text(visitor, "/law")
    with site.database.use_case(SERVICE) as connection:
        held = law(connection)
    locale = language
    for book in held.books:
        assert f'href="/law/{book.key}"' in listed
        page = text(visitor, f"/law/{book.key}")
        assert not KEY.search(page), book.key
        for clause in book.clauses:
            assert f'id="c-{clause.key}"' in page
        for part in book.not_held:
            assert part.reason.of(locale)[:10] in page
        for left in book.not_modelled:
            assert left.row in page
    assert not KEY.search(listed)


def test_a_clause_says_what_follows_and_who_decides_and_since_when(site: Site) -> None:
    english = text(site.visitor("en"), "/law/jining")
    fine = english[english.index('id="c-69"') :]
    fine = fine[: fine.index("</article>")]
    assert "It may be fined 50,000 yuan to 200,000 yuan" in fine
    assert "city department of industry and commerce" in fine
    assert "now city department of market supervision (since 2019-01-01) (not verified)" in fine
    chinese = text(site.visitor("zh-Hans"), "/law/jining")
    assert "可以处5万元至20万元罚款" in chinese
    assert "第20条第2款" in chinese
    data = text(site.visitor("en"), "/law/yinchuan")
    assert "1 to 10 times the unlawful gain" in data


def test_a_draft_and_what_is_not_held_are_said_to_be_so(site: Site) -> None:
    visitor = site.visitor("en")
    assert "binds nobody and can never be broken" in text(visitor, "/law/chengdu_draft")
    assert "never “no duty”" in text(visitor, "/law/chengdu")
    assert "not verified: from memory" in text(visitor, "/law/telecom_regulation")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_comparison_links_to_clauses_and_says_what_silence_is(site: Site, language: str) -> None:
    page = text(site.visitor(language), "/law/compare")
    assert ("neither a breach nor a permission" if language == "en" else "既不等于违反，也不等于许可") in page
    with site.database.use_case(SERVICE) as connection:
        held = law(connection)
    links = re.findall(r'href="/law/([\w-]+)#c-([\w.-]+)"', page)
    assert len(links) > 60
    for book, clause in links:
        assert held.clause(book, clause)
    assert all(f'id="t-{topic.key}"' in page for topic in held.topics)


def test_a_due_date_explains_itself_in_both_languages(site: Site) -> None:
    path = "/law/dates?deadline=smr-complaint-accept&start=2026-09-25"
    english = text(site.visitor("en"), path)
    assert '<time datetime="2026-10-12">' in english
    assert "National Day" in english
    assert "order 121 of 2025" in english
    chinese = text(site.visitor("zh-Hans"), path)
    assert "国庆节" in chinese
    assert "2026年10月12日" in chinese
    older = text(site.visitor("en"), "/law/dates?deadline=smr-complaint-accept&start=2026-04-01")
    assert "order 20 of 2019" in older


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("deadline=smr-complaint-accept&start=1900-01-01", 200),
        ("deadline=smr-tell-reporter&start=2026-09-25", 200),
        ("deadline=smr-complaint-accept&start=2035-06-01", 200),
        ("deadline=smr-complaint-accept&start=9999-12-30", 422),
        ("deadline=smr-complaint-accept&start=yesterday", 422),
        ("deadline=smr-complaint-accept", 422),
        ("deadline=%27%3E%3Cb%3E&start=2026-09-25", 422),
        ("start=2026-09-25", 422),
        ("deadline=smr-complaint-accept&start=2026-09-25&extension=x", 422),
        ("deadline=smr-complaint-accept&start=2026-09-25&extension=x&length=1e9", 422),
        ("deadline=smr-complaint-accept&start=2026-09-25&pause=x&first=2026-09-26&last=2026-09-27", 422),
        ("deadline=smr-complaint-accept&start=2026-09-25&pause=x", 422),
    ],
)
def test_odd_questions_about_dates_are_answered_in_words(
    site: Site, query: str, status: int, language: str
) -> None:
    page = text(site.visitor(language), f"/law/dates?{query}", status)
    assert not KEY.search(page)
    assert "<b>" not in page
    if "2035" in query:
        assert ("Provisional" if language == "en" else "暂定") in page


def test_every_deadline_can_be_counted_with_each_extension_and_pause(site: Site) -> None:
    visitor = site.visitor("en")
    with site.database.use_case(SERVICE) as connection:
        held = law(connection).procedures
    assert held
    for item in held.items:
        start = max(item.rule_set.valid_from, date(2024, 3, 1))
        if not item.rule_set.holds(start):
            start = item.rule_set.valid_from
        first, last = start + timedelta(days=2), start + timedelta(days=5)
        for deadline in item.deadlines:
            path = f"/law/dates?deadline={deadline.id}&start={start}"
            assert 'class="due-date"' in text(visitor, path)
            for one in deadline.extensions:
                length = "" if one.n else "&length=10"
                assert 'class="due-date"' in text(visitor, f"{path}&extension={one.key}{length}")
            for pause in deadline.pauses:
                assert 'class="due-date"' in text(visitor, f"{path}&pause={pause}&first={first}&last={last}")


def test_a_change_goes_from_upload_to_approval_by_a_second_person(
    site: Site, one: Visitor, two: Visitor
) -> None:
    answer = upload(one, jining('force = "in_force"', 'force = "draft"'))
    assert answer.status_code == 303
    where = answer.headers["Location"]
    waiting = text(one, where)
    assert "is being computed" in waiting
    early = two.post(f"{where}/approve", {"note": ""}, form=where)
    assert early.status_code == 409
    work(site.database)
    assert "somebody else has to approve it" in text(one, where)
    assert one.post(f"{where}/approve", {"note": ""}, form=where).status_code == 403
    page = text(two, where)
    assert "Approve and put in force" in page
    assert "<code>force</code>" in page
    assert two.post(f"{where}/reject", {"note": " "}, form=where).status_code == 422
    done = two.post(f"{where}/approve", {"note": "read"}, form=where)
    assert done.status_code == 303
    assert "is in force" in text(two, where)
    assert "draft" in text(site.visitor("en"), "/law/jining")
    assert two.post(f"{where}/approve", {"note": ""}, form=where).status_code == 409
    listed = text(one, "/law/changes")
    assert "one" in listed
    assert "two" in listed


def test_a_faulty_file_is_told_line_by_line_and_nothing_is_kept(site: Site, one: Visitor) -> None:
    answer = upload(one, jining('modality = "shall"', 'modality = "<b>"'), "../../<i>.toml")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "_i_.toml:" in page
    assert "clause.1.modality" in page
    assert "<b>" not in page.replace("<b>&", "")
    for content in (b"", b"\xff\xfe\x00", b"x = [" * 2000, b"# " + b"x" * 600_000):
        assert upload(one, content).status_code in (413, 422)
    with site.database.use_case(SERVICE) as connection:
        assert not connection.scalars(
            select(law_document.c.id).where(law_document.c.state == "proposed")
        ).all()


def test_the_same_file_twice_is_told(one: Visitor, two: Visitor) -> None:
    assert upload(one, jining("2026-11-21", "2026-11-21")).status_code == 409
    assert upload(one, jining()).status_code == 303
    assert upload(two, jining()).status_code == 409


def test_others_neither_see_nor_make_changes(site: Site, one: Visitor) -> None:
    where = upload(one, jining()).headers["Location"]
    owner = site.user("owner", (Role.OWNER_EDITOR, None))
    for path in ("/law/changes", where):
        assert owner.get(path).status_code == 403
        assert site.visitor().get(path).status_code in (303, 401)
    assert owner.post(f"{where}/approve", {}, form="/law").status_code in (400, 403)
    assert "/law/changes" not in text(site.visitor("en"), "/law")
    with site.database.use_case(SERVICE) as connection:
        place = connection.scalar(
            insert(area)
            .values(scheme="gb2260", code="370800", name="示例市", level="city")
            .returning(area.c.id)
        )
    city = site.user("city", (Role.REGULATOR, place))
    assert "a regulator of all cities" in text(city, where)
    assert city.post(f"{where}/approve", {}, form=where).status_code == 403


def test_addresses_that_are_not_there(site: Site, one: Visitor) -> None:
    assert site.visitor().get("/law/%00").status_code in (400, 404)
    for path in ("/law/nothing", "/law/..%2Fx", "/law/changes/x", "/law/jining/14"):
        assert site.visitor().get(path).status_code == 404, path
    for path in ("/law/changes/999999", "/law/changes/99999999999999999999"):
        assert one.get(path).status_code == 404, path
