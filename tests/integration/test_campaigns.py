"""Campaigns: who gets a letter, what a link opens and how often, what an answer does to the ledger."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.duties.answers import ledger_store, opening
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.duties.letters import answer_table, answering, campaigns
from infra_registry.duties.letters.answering import Claimed, LinkState
from infra_registry.duties.letters.campaign_choice import Choice, parse, preview
from infra_registry.duties.letters.campaigns import Draft, Issued
from infra_registry.errors import Conflict, Forbidden, Invalid, NotFound
from tests.integration.law_towns import Towns, building, settle
from tests.integration.rebuilding import rebuild

SOON = today() + timedelta(days=30)
DRAFT = Draft("第一批", "示例局", "电话0000", "", SOON, 60)
CITY = {
    "yinchuan": "640100",
    "yingtan": "360600",
    "nowhere": "999900",
    "jilin": "220200",
    "chengdu": "510100",
}
NO = {"answer": "refuse", "ground": "safety", "evidence": "结构鉴定书2026-14", "person": "后勤处张主任"}


@pytest.fixture
def towns(database: Database) -> Towns:
    with database.use_case(SERVICE) as connection:
        return settle(connection)


def build(database: Database, towns: Towns, town: str, count: int, *, whose: str = "holder") -> list[str]:
    start = 0 if whose == "holder" else 500
    with database.use_case(SERVICE) as connection:
        party = towns.parties[whose]
        made = [
            building(connection, towns, town, start + n, owner_id=party, controller_id=party)
            for n in range(count)
        ]
        rebuild(connection, law(connection))
    return made


def make(
    database: Database,
    towns: Towns,
    choice: Choice,
    owners: Sequence[str] = ("holder", "rival"),
    draft: Draft = DRAFT,
) -> str:
    actor = towns.actors["regulator"]
    with database.use_case(actor) as connection:
        return campaigns.make(connection, law(connection), actor, choice, draft, owners=owners)


def letters(database: Database, towns: Towns, code: str) -> list[Any]:
    actor = towns.actors["regulator"]
    with database.use_case(actor) as connection:
        return list(campaigns.letters(connection, campaigns.read(connection, actor, code)))


def issue(
    database: Database, towns: Towns, code: str, *, reminder: bool = False, channel: str = "letter"
) -> list[Issued]:
    actor = towns.actors["regulator"]
    numbers = [row.code for row in letters(database, towns, code)]
    with database.use_case(actor) as connection:
        return campaigns.issue(connection, actor, code, numbers, channel=channel, reminder=reminder)


def claim(database: Database, link: str, number: str | None = None) -> Any:
    """Open a letter by its link and the number on it."""
    with database.use_case(SERVICE) as connection:
        letter = answering.look(connection, link).letter
        return answering.claim(connection, link, number or letter.code)


def write(database: Database, session: str, drafts: dict[str, dict[str, str]]) -> None:
    with database.use_case(SERVICE) as connection:
        answer_table.save(connection, answering.letter_of(connection, session, writing=True), drafts)


def send(database: Database, session: str, who: str = "办公室李科长") -> answer_table.Receipt:
    with database.use_case(SERVICE) as connection:
        letter = answering.letter_of(connection, session, writing=True)
        return answer_table.send(connection, law(connection), letter, who)


def state(database: Database, code: str) -> str:
    with database.use_case(SERVICE) as connection:
        key = connection.scalar(text("SELECT id FROM asset WHERE code = :code"), {"code": code})
        return ledger_store.by_asset(connection, key).state


def faults(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in error.value.faults]


def opened(
    database: Database, towns: Towns, town: str = "yinchuan", count: int = 2
) -> tuple[list[str], str, Claimed]:
    codes = build(database, towns, town, count)
    campaign = make(database, towns, Choice(CITY[town]))
    claimed = claim(database, issue(database, towns, campaign)[0].link)
    assert isinstance(claimed, Claimed)
    return codes, campaign, claimed


def test_a_letter_per_owner_about_all_his_unanswered_buildings(database: Database, towns: Towns) -> None:
    mine = build(database, towns, "yinchuan", 3)
    build(database, towns, "yinchuan", 1, whose="rival")
    holder = towns.actors["holder"]
    with database.use_case(holder) as connection:
        opening.record(connection, law(connection), holder, [Act(mine[0], "opened", wanted="屋顶")])
    with database.use_case(towns.actors["regulator"]) as connection:
        seen = preview(connection, law(connection), Choice(CITY["yinchuan"]), today())
    assert [(owner.party.code, len(owner.assets)) for owner in seen.owners] == [("holder", 2), ("rival", 1)]
    assert (seen.buildings, seen.nobody, seen.elsewhere) == (3, 0, 0)
    assert seen.ground is not None
    assert seen.ground.book.key == "yinchuan"
    code = make(database, towns, Choice(CITY["yinchuan"]))
    assert [(row.party_code, row.buildings, row.state) for row in letters(database, towns, code)] == [
        ("holder", 2, "made"),
        ("rival", 1, "made"),
    ]


def test_an_owner_without_buildings_gets_no_letter(database: Database, towns: Towns) -> None:
    build(database, towns, "yinchuan", 1)
    code = make(database, towns, Choice(CITY["yinchuan"]), owners=("holder", "rival", "carrier"))
    assert [row.party_code for row in letters(database, towns, code)] == ["holder"]
    with pytest.raises(Invalid) as error:
        make(database, towns, Choice(CITY["yinchuan"], again=True), owners=("rival",))
    assert faults(error) == [("owners", "campaigns.fault.owners")]


def test_where_no_instrument_asks_a_campaign_is_a_request(database: Database, towns: Towns) -> None:
    codes = build(database, towns, "nowhere", 1)
    with database.use_case(towns.actors["regulator"]) as connection:
        seen = preview(connection, law(connection), Choice(CITY["nowhere"]), today())
        drafted = preview(connection, law(connection), Choice(CITY["chengdu"]), today())
    assert seen.ground is None
    assert seen.basis.not_held == ()
    assert drafted.ground is None
    assert [book.key for book in drafted.basis.not_held] == ["chengdu"]
    campaign = make(database, towns, Choice(CITY["nowhere"]))
    claimed = claim(database, issue(database, towns, campaign)[0].link)
    with database.use_case(SERVICE) as connection:
        row = answer_table.table(connection, law(connection), claimed.letter)[0]
    assert row.choices == ("open", "offer", "decline", "not_ours", "later")
    write(database, claimed.session, {codes[0]: {"answer": "decline", "evidence": "屋顶要翻修"}})
    send(database, claimed.session)
    assert state(database, codes[0]) == "declined"


def test_filters_and_unknown_values(database: Database, towns: Towns) -> None:
    build(database, towns, "yinchuan", 2)
    with database.use_case(towns.actors["regulator"]) as connection:
        held = law(connection)
        for more, count in (({"venue": "sports_venue"}, 2), ({"venue": "hospital"}, 0), ({"kind": "pole"}, 0),
                            ({"state": ("asked",)}, 0), ({"district": "640104"}, 0)):  # fmt: skip
            assert (
                preview(connection, held, replace(Choice(CITY["yinchuan"]), **more), today()).buildings
                == count
            )
        with pytest.raises(Invalid):
            preview(connection, held, Choice(CITY["yinchuan"], ground="jining:19"), today())
        with pytest.raises(NotFound):
            preview(connection, held, Choice("000000"), today())
    with pytest.raises(Invalid) as error:
        parse({"kind": "tower", "venue": "moon"}, ["open"])
    assert [fault.field for fault in error.value.faults] == ["kind", "venue", "state"]


def test_what_is_wrong_with_a_campaign_is_named(database: Database, towns: Towns) -> None:
    build(database, towns, "yinchuan", 1)
    wrong = Draft(" ", "", "x" * 201, "a\x07", today(), 0)
    with pytest.raises(Invalid) as error:
        make(database, towns, Choice(CITY["yinchuan"]), draft=wrong)
    assert [fault.field for fault in error.value.faults] == [
        "title", "sender", "contact", "words", "answer_by", "link_days",
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["holder", "carrier", "regulator"])
def test_only_the_city_s_regulator_runs_campaigns(database: Database, towns: Towns, who: str) -> None:
    build(database, towns, "yinchuan", 1)
    actor = towns.actors[who]
    town = "chengdu" if who == "regulator" else "yinchuan"
    with database.use_case(actor) as connection, pytest.raises(Forbidden):
        campaigns.make(connection, law(connection), actor, Choice(CITY[town]), DRAFT, owners=["holder"])
    if who == "holder":
        code = make(database, towns, Choice(CITY["yinchuan"]))
        with database.use_case(actor) as connection, pytest.raises(NotFound):
            campaigns.read(connection, actor, code)
        with database.use_case(ANONYMOUS) as connection, pytest.raises(Exception, match="permission denied"):
            campaigns.read(connection, ANONYMOUS, code)


def test_a_link_is_claimed_once_and_looking_uses_nothing_up(database: Database, towns: Towns) -> None:
    build(database, towns, "yinchuan", 1)
    link = issue(database, towns, make(database, towns, Choice(CITY["yinchuan"])))[0].link
    with database.use_case(SERVICE) as connection:
        for _ in range(5):
            assert answering.look(connection, link).state is LinkState.READY
        kept = connection.execute(text("SELECT * FROM letter")).one()
    assert link not in str(kept)
    assert link.replace("-", "") not in str(kept)
    claimed = claim(database, link.lower().replace("-", " "))  # as typed from paper
    assert isinstance(claimed, Claimed)
    again = claim(database, link)
    assert not isinstance(again, Claimed)
    assert again.state is LinkState.USED
    with database.use_case(SERVICE) as connection:
        assert answering.letter_of(connection, claimed.session) is not None
        assert answering.letter_of(connection, link) is None
        assert answering.letter_of(connection, "") is None


@pytest.mark.parametrize("number", ["", "L-00000000", "holder"])
def test_a_link_without_the_letter_s_number_opens_nothing(
    database: Database, towns: Towns, number: str
) -> None:
    build(database, towns, "yinchuan", 1)
    issued = issue(database, towns, make(database, towns, Choice(CITY["yinchuan"])))[0]
    with database.use_case(SERVICE) as connection, pytest.raises(Invalid) as refused:
        answering.claim(connection, issued.link, number)
    assert faults(refused) == [("number", "answer.number_wrong")]
    assert isinstance(
        claim(database, issued.link, issued.letter.code[2:].lower()), Claimed
    )  # as typed from paper


def test_one_comes_back_with_number_and_code_and_only_so(database: Database, towns: Towns) -> None:
    _, _, claimed = opened(database, towns)
    number = claimed.letter.code
    with database.use_case(SERVICE) as connection:
        assert answering.come_back(connection, number, "0" * 20) is None
        assert answering.come_back(connection, "L-00000000", claimed.return_code) is None
        session = answering.come_back(connection, number.lower(), claimed.return_code.lower())
        assert session is not None
        assert answering.letter_of(connection, session) is not None
        assert answering.letter_of(connection, claimed.session) is None  # one session at a time


def test_a_new_link_makes_the_old_one_its_session_and_code_worthless(
    database: Database, towns: Towns
) -> None:
    codes, campaign, claimed = opened(database, towns)
    write(database, claimed.session, {codes[0]: {"answer": "open", "wanted": "屋顶"}})
    old = issue(database, towns, campaign, reminder=True)[0]
    new = issue(database, towns, campaign, reminder=True)[0]
    row = letters(database, towns, campaign)[0]
    assert (row.reminders, row.state) == (2, "claimed")
    with database.use_case(SERVICE) as connection:
        assert answering.look(connection, old.link).state is LinkState.UNKNOWN
        assert answering.letter_of(connection, claimed.session) is None
        assert answering.come_back(connection, row.code, claimed.return_code) is None
    again = claim(database, new.link)
    with database.use_case(SERVICE) as connection:  # what was written before the reminder is still there
        rows = answer_table.table(connection, law(connection), again.letter)
    assert {row.code: row.answer for row in rows} == {codes[0]: "open", codes[1]: ""}


@pytest.mark.parametrize("what", ["closed", "ended"])
def test_links_sessions_and_codes_end(database: Database, towns: Towns, what: str) -> None:
    _, campaign, claimed = opened(database, towns)
    build(database, towns, "yinchuan", 1, whose="rival")
    other = make(database, towns, Choice(CITY["yinchuan"]))
    unused = issue(database, towns, other)[0].link
    actor = towns.actors["regulator"]
    if what == "closed":
        with database.use_case(actor) as connection:
            campaigns.close(connection, actor, campaign)
            campaigns.close(connection, actor, other)
        with database.use_case(actor) as connection, pytest.raises(Conflict):
            campaigns.close(connection, actor, campaign)
        with pytest.raises(Conflict):
            issue(database, towns, campaign)
    else:
        with database.use_case(SERVICE) as connection:
            connection.execute(text("UPDATE letter SET token_ends_at = now() - interval '1 second'"))
    with database.use_case(SERVICE) as connection:
        assert answering.look(connection, unused).state is LinkState(what)
        assert answering.letter_of(connection, claimed.session) is None
        assert answering.come_back(connection, claimed.letter.code, claimed.return_code) is None
    assert claim(database, unused).state is LinkState(what)


def test_a_session_ends_by_itself(database: Database, towns: Towns) -> None:
    _, _, claimed = opened(database, towns)
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE letter SET session_ends_at = now() - interval '1 second'"))
    with database.use_case(SERVICE) as connection:
        assert answering.letter_of(connection, claimed.session, writing=True) is None


def test_every_answer_reaches_the_ledger_or_the_letter(database: Database, towns: Towns) -> None:
    codes, campaign, claimed = opened(database, towns, count=5)
    later = today() + timedelta(days=20)
    rows: list[dict[str, str]] = [
        {"answer": "open", "wanted": "屋顶、弱电间"},
        {"answer": "offer", "wanted": "外墙"},
        NO,
        {"answer": "not_ours", "owner": "示例公司"},
        {"answer": "later", "later": later.isoformat()},
    ]
    write(database, claimed.session, dict(zip(codes, rows, strict=True)))
    sent = send(database, claimed.session)
    assert (dict(sent.counts), sent.blank) == (
        dict.fromkeys(("open", "offer", "refuse", "not_ours", "later"), 1),
        0,
    )
    assert [state(database, code) for code in codes] == [
        "open",
        "offered",
        "refused",
        "not_asked",
        "not_asked",
    ]
    row = letters(database, towns, campaign)[0]
    assert (row.state, row.answered, row.later, row.not_ours, row.respondent) == (
        "claimed",
        4,
        1,
        1,
        "办公室李科长",
    )
    with database.use_case(towns.actors["regulator"]) as connection:
        _, found = campaigns.letter_to(
            connection, campaigns.read(connection, towns.actors["regulator"], campaign), "holder"
        )
    by_code = {one.code: one for one in found}
    assert (by_code[codes[2]].ground, by_code[codes[2]].person) == ("safety", "后勤处张主任")
    assert (by_code[codes[3]].said, by_code[codes[4]].later_on) == ("示例公司", later)
    write(database, claimed.session, {codes[4]: {"answer": "open", "wanted": "屋顶"}})
    assert send(database, claimed.session).counts == {"open": 2, "offer": 1, "refuse": 1, "not_ours": 1}
    assert letters(database, towns, campaign)[0].state == "answered"


def test_sending_twice_sends_once(database: Database, towns: Towns) -> None:
    codes, _, claimed = opened(database, towns)
    write(database, claimed.session, {codes[0]: {"answer": "open", "wanted": "屋顶"}})
    assert send(database, claimed.session) == send(database, claimed.session)
    write(database, claimed.session, {codes[0]: NO})  # sent is sent; the office or the ledger changes it
    assert send(database, claimed.session).counts == {"open": 1}
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM opening_event")) == 1
    assert state(database, codes[0]) == "open"


def test_faults_name_building_and_field_and_nothing_is_lost(database: Database, towns: Towns) -> None:
    codes, _, claimed = opened(database, towns, count=6)
    drafts: list[dict[str, str]] = [
        {"answer": "open", "wanted": "x"},
        {"answer": "refuse", "ground": "other", "evidence": "no", "person": ""},
        {"answer": "later", "later": str(today())},
        {"answer": "decline"},
        {"answer": "later", "later": "明天"},
        {"answer": "open", "wanted": "屋顶"},
    ]
    write(database, claimed.session, dict(zip(codes, drafts, strict=True)))
    with pytest.raises(Invalid) as error:
        send(database, claimed.session, " ")
    assert sorted(faults(error)) == sorted(
        [
            ("respondent", "answer.fault.respondent"),
            (f"{codes[0]}.wanted", "answer.fault.wanted"),
            (f"{codes[1]}.ground", "answer.fault.ground"),
            (f"{codes[1]}.evidence", "answer.fault.evidence"),
            (f"{codes[1]}.person", "answer.fault.person"),
            (f"{codes[2]}.later", "answer.fault.later"),
            (f"{codes[3]}.answer", "answer.fault.answer"),
            (f"{codes[4]}.later", "answer.fault.later"),
        ]
    )
    with database.use_case(SERVICE) as connection:
        rows = answer_table.table(connection, law(connection), claimed.letter)
        assert connection.scalar(text("SELECT count(*) FROM opening_event")) == 0
    kept = {row.code: dict(row.draft) for row in rows}
    assert kept[codes[1]] == {"answer": "refuse", "ground": "other", "evidence": "no"}
    assert kept[codes[4]] == {"answer": "later", "later": "明天"}


def test_a_letter_answers_for_its_own_buildings_alone(database: Database, towns: Towns) -> None:
    _, _, claimed = opened(database, towns)
    other = build(database, towns, "yinchuan", 1, whose="rival")[0]
    write(database, claimed.session, {other: {"answer": "open", "wanted": "屋顶"}})
    assert send(database, claimed.session).counts == {}
    assert state(database, other) == "not_asked"


def test_two_campaigns_over_one_building(database: Database, towns: Towns) -> None:
    codes, first, claimed = opened(database, towns, count=1)
    with database.use_case(towns.actors["regulator"]) as connection:
        seen = preview(connection, law(connection), Choice(CITY["yinchuan"]), today())
    assert (seen.owners, seen.elsewhere) == ((), 1)
    second = make(database, towns, Choice(CITY["yinchuan"], again=True))
    other = claim(database, issue(database, towns, second)[0].link)
    write(database, claimed.session, {codes[0]: NO})
    write(database, other.session, {codes[0]: {"answer": "open", "wanted": "屋顶"}})
    send(database, claimed.session)
    assert state(database, codes[0]) == "refused"
    with database.use_case(SERVICE) as connection:  # the other letter shows what the ledger holds by now
        assert answer_table.table(connection, law(connection), other.letter)[0].building.state == "refused"
    send(database, other.session)
    assert state(database, codes[0]) == "open"  # the last word stands, both are on record
    assert [letters(database, towns, code)[0].state for code in (first, second)] == ["answered", "answered"]


def test_two_hundred_buildings_in_one_letter(database: Database, towns: Towns) -> None:
    codes, campaign, claimed = opened(database, towns, count=200)
    write(database, claimed.session, {codes[0]: NO})
    with database.use_case(SERVICE) as connection:
        letter = answering.letter_of(connection, claimed.session, writing=True)
        same = {"answer": "open", "wanted": "屋顶"}
        assert answer_table.fill(connection, law(connection), letter, same) == (199, 0)
    assert send(database, claimed.session).counts == {"open": 199, "refuse": 1}
    assert letters(database, towns, campaign)[0].state == "answered"
    with database.use_case(towns.actors["regulator"]) as connection:
        found = campaigns.read(connection, towns.actors["regulator"], campaign)
    assert (found.letters, found.answered, found.buildings, found.buildings_answered) == (1, 1, 200, 200)


def test_marks_by_hand_and_from_a_list(database: Database, towns: Towns) -> None:
    build(database, towns, "yinchuan", 1)
    build(database, towns, "yinchuan", 1, whose="rival")
    code = make(database, towns, Choice(CITY["yinchuan"]))
    one, two = (row.code for row in letters(database, towns, code))
    actor = towns.actors["regulator"]

    def mark(*dated: tuple[str, str, date | None]) -> int:
        with database.use_case(actor) as connection:
            return campaigns.mark(connection, actor, code, dated)

    with pytest.raises(Invalid) as error:
        mark((one, "delivered", today()))
    assert faults(error) == [(f"letters.{one}", "campaigns.fault.not_sent")]
    issue(database, towns, code, channel="mail")
    with pytest.raises(Invalid) as error:
        mark((one, "delivered", today()), ("L-NONE", "delivered", today()), (two, "eaten", today()),
             (two, "returned", today() + timedelta(days=1)))  # fmt: skip
    assert [code for _, code in faults(error)] == [
        "campaigns.fault.letter", "campaigns.fault.mark", "campaigns.fault.day",
    ]  # fmt: skip
    assert [row.state for row in letters(database, towns, code)] == ["sent", "sent"]
    assert mark((one, "delivered", today()), (two, "returned", today())) == 2
    assert [row.state for row in letters(database, towns, code)] == ["delivered", "returned"]
    assert mark((two, "delivered", today())) == 1
    assert [row.state for row in letters(database, towns, code)] == ["delivered", "delivered"]


def test_links_and_marks_are_audited_without_the_link(database: Database, towns: Towns) -> None:
    build(database, towns, "yinchuan", 1)
    code = make(database, towns, Choice(CITY["yinchuan"]))
    link = issue(database, towns, code)[0].link
    with database.use_case(SERVICE) as connection:
        rows = connection.execute(
            text("SELECT * FROM audit_event WHERE object IN ('letter', 'campaign')")
        ).all()
    assert {("insert", "campaign"), ("insert", "letter"), ("update", "letter"), ("export", "letter")} <= {
        (row.action, row.object) for row in rows
    }
    assert link not in str(rows)


def test_of_two_claims_at_the_same_time_one_opens_the_letter(database: Database, towns: Towns) -> None:
    build(database, towns, "yinchuan", 1)
    link = issue(database, towns, make(database, towns, Choice(CITY["yinchuan"])))[0].link
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: claim(database, link), range(6)))
    assert sum(isinstance(one, Claimed) for one in got) == 1
    assert {one.state for one in got if not isinstance(one, Claimed)} == {LinkState.USED}
