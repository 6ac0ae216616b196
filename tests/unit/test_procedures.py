"""Deadlines as data: what is shipped, which rule set a case goes by, what is open, faulty files."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from infra_registry.duties.dates.clock_words import explain_choice
from infra_registry.duties.inforce import checking
from infra_registry.errors import Invalid
from infra_registry.resources import DATA
from infra_registry.rules.model import Mark
from infra_registry.rules.procedure_reading import read, read_vocabulary
from infra_registry.rules.procedures import Deadline, DeadlineState, End, Procedure, Unit, choose, combine
from tests import shipped

FOLDER = DATA / "procedures"
VOCABULARY_TEXT = (FOLDER / "vocabulary.toml").read_text("utf-8")
VOCABULARY = read_vocabulary("vocabulary.toml", VOCABULARY_TEXT)
OLD, NEW = date(2026, 4, 14), date(2026, 4, 15)


def held(name: str, on: date = date(2026, 11, 22)) -> Deadline:
    deadline = choose(shipped.procedures(), name, on).deadline
    assert deadline is not None
    return deadline


def test_the_rule_set_follows_the_date_of_the_case() -> None:
    before, after = held("smr-mediate", OLD), held("smr-mediate", NEW)
    assert (before.n, before.unit, before.rule_set.key) == (45, Unit.WORKING_DAY, "market_complaints_2019")
    assert (after.n, after.unit, after.rule_set.key) == (60, Unit.CALENDAR_DAY, "market_complaints_2025")
    assert (before.mark, after.mark) == (Mark.VERIFIED, Mark.SEEN)
    assert held("smr-complaint-accept", NEW).mark is Mark.MEMORY


def test_a_value_nobody_read_is_open_and_not_invented() -> None:
    procedures = shipped.procedures()
    assert choose(procedures, "smr-tell-reporter", OLD).state is DeadlineState.HELD
    for name in (
        "smr-tell-reporter",
        "smr-mediation-end-told",
        "smr-competence-dispute",
        "smr-mediation-lead-check",
    ):
        choice = choose(procedures, name, NEW)
        assert (choice.state, choice.deadline) == (DeadlineState.NOT_HELD, None)
        assert choice.open is not None
        assert choice.open.reason.zh in explain_choice(choice, "zh-Hans")
        assert choice.open.reason.en in explain_choice(choice, "en")


def test_a_case_before_any_rule_set_has_a_defined_answer() -> None:
    choice = choose(shipped.procedures(), "smr-mediate", date(2011, 5, 1))
    assert (choice.state, choice.since) == (DeadlineState.TOO_EARLY, date(2020, 1, 1))
    assert "1 January 2020" in explain_choice(choice, "en")
    assert "2011年5月1日" in explain_choice(choice, "zh-Hans")


def test_an_unknown_deadline_and_one_without_a_successor_have_a_defined_answer() -> None:
    assert choose(shipped.procedures(), "no-such", NEW).state is DeadlineState.UNKNOWN
    ended = read("a.toml", GOOD.replace("valid_from", "valid_to = 2020-12-31\nvalid_from", 1), VOCABULARY)
    choice = choose(combine(VOCABULARY, [ended]), "a-check", NEW)
    assert choice.state is DeadlineState.NO_RULE
    assert all(explain_choice(choice, locale) for locale in ("zh-Hans", "en"))


@pytest.mark.parametrize(
    ("name", "n", "unit"),
    [
        ("smr-report-check", 15, Unit.WORKING_DAY),
        ("smr-decide", 90, Unit.CALENDAR_DAY),
        ("smr-defence", 5, Unit.WORKING_DAY),
        ("smr-publish-same-province", 20, Unit.WORKING_DAY),
        ("smr-pass-on", 10, Unit.WORKING_DAY),
        ("smr-publish-other-province", 10, Unit.WORKING_DAY),
        ("smr-withdraw", 3, Unit.WORKING_DAY),
        ("smr-shown-short", 3, Unit.MONTH),
        ("pay", 15, Unit.CALENDAR_DAY),
        ("limitation", 2, Unit.YEAR),
        ("limitation-grave", 5, Unit.YEAR),
        ("telecom-operator-answer", 15, Unit.CALENDAR_DAY),
        ("telecom-appeal-accept", 5, Unit.WORKING_DAY),
        ("telecom-appeal-answer", 30, Unit.CALENDAR_DAY),
        ("petition", 60, Unit.CALENDAR_DAY),
        ("info-request", 20, Unit.WORKING_DAY),
        ("map-review", 20, Unit.WORKING_DAY),
        ("police-network-filing", 30, Unit.CALENDAR_DAY),
    ],
)
def test_what_is_shipped(name: str, n: int, unit: Unit) -> None:
    deadline = held(name)
    assert (deadline.n, deadline.unit) == (n, unit)
    assert deadline.basis.zh
    assert deadline.event_name.zh


def test_extensions_pauses_conditions_and_lateness_are_data() -> None:
    check, decide, pay = held("smr-report-check"), held("smr-decide"), held("pay")
    assert [(one.key, one.n) for one in check.extensions] == [("approval", 15)]
    assert set(check.pauses) == {"testing", "appraisal", "right_holder"}
    assert [(one.key, one.n) for one in decide.extensions] == [("approval", 30), ("collective", None)]
    assert {"suspension", "hearing", "announcement", "ordered_refund"} <= set(decide.pauses)
    assert pay.late is not None
    assert (pay.late.rate_percent, pay.late.per, pay.late.cap) == (3, "day", "fine")
    assert held("smr-tell-reporter", OLD).condition == "reporter_real_name"


def test_the_end_rule_is_said_to_be_unverified_and_limitation_is_not_lengthened() -> None:
    assert (held("pay").end, held("pay").end_mark) == (End.NEXT_WORKING_DAY, Mark.MEMORY)
    assert held("limitation").end is End.AS_IT_FALLS


def test_every_file_stands_under_its_key_and_rule_sets_of_one_deadline_follow_each_other() -> None:
    items = shipped.procedures().items
    stems = {path.stem for path in FOLDER.glob("*.toml")} - {"vocabulary"}
    assert {item.rule_set.key for item in items} == stems
    for name in shipped.procedures().ids():
        sets = [
            item.rule_set
            for item in items
            if name in {one.id for one in item.deadlines} | {one.id for one in item.open}
        ]
        for earlier, later in pairwise(sets):
            assert earlier.valid_to is not None
            assert earlier.valid_to < later.valid_from


GOOD = """[rule_set]
key = "a"
name = { zh = "甲", en = "A" }
instrument = { zh = "甲", en = "A" }
valid_from = 2020-01-01
mark = "V"

[[deadline]]
id = "a-check"
name = { zh = "核查", en = "check" }
from = "lead_found"
n = 15
unit = "working_day"
pauses = ["testing"]
basis = { zh = "第一条", en = "art. 1" }
mark = "V"

[[deadline.extension]]
key = "approval"
name = { zh = "延长", en = "longer" }
n = 15

[[deadline]]
id = "a-pay"
name = { zh = "缴纳", en = "pay" }
from = "decision_served"
n = 15
unit = "calendar_day"
basis = { zh = "第二条", en = "art. 2" }
mark = "V"

[deadline.late]
rate_percent = 3
per = "day"
cap = "fine"
basis = { zh = "第三条", en = "art. 3" }
mark = "V"

[[open]]
id = "a-open"
name = { zh = "未定", en = "open" }
reason = { zh = "未读到", en = "not read" }
"""


def good() -> Procedure:
    return read("a.toml", GOOD, VOCABULARY)


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ('from = "lead_found"', 'from = "full_moon"', "a.toml:11 deadline.1.from", "law.unknown_reference"),
        ("n = 15\nunit", "n = 0\nunit", "a.toml:12 deadline.1.n", "law.wrong_type"),
        ("n = 15\nunit", 'n = "15"\nunit', "a.toml:12 deadline.1.n", "law.wrong_type"),
        ("n = 15\nunit", "unit", "a.toml:8 deadline.1", "law.missing"),
        ('unit = "working_day"', 'unit = "week"', "a.toml:13 deadline.1.unit", "law.unknown_value"),
        ('["testing"]', '["lunch"]', "a.toml:14 deadline.1.pauses", "law.unknown_reference"),
        (
            'name = { zh = "延长", en = "longer" }\nn = 15',
            'name = { zh = "延长", en = "longer" }\nn = 99999',
            "a.toml:21 deadline.1.extension.1.n",
            "law.wrong_type",
        ),
        ('id = "a-pay"', 'id = "a-check"', "a.toml:24 deadline.2.id", "law.twice"),
        ('id = "a-open"', 'id = "a-pay"', "a.toml:40 open.1.id", "law.twice"),
        ("rate_percent = 3", "rate = 3", "a.toml", "law.unknown_key"),
        ('per = "day"', 'per = "hour"', "a.toml", "law.unknown_value"),
        ("valid_from = 2020-01-01", 'valid_from = "2020"', "a.toml:5 rule_set.valid_from", "law.wrong_type"),
        (
            "valid_from = 2020-01-01",
            "valid_from = 2020-01-01\nvalid_to = 2019-01-01",
            "a.toml:6 rule_set.valid_to",
            "law.wrong_type",
        ),
        ("[rule_set]", "[ruleset]", "a.toml:1", "law.missing"),
    ],
)
def test_a_faulty_procedure_names_file_line_and_key(old: str, new: str, place: str, code: str) -> None:
    assert len(good().deadlines) == 2
    assert old in GOOD
    with pytest.raises(Invalid) as error:
        read("a.toml", GOOD.replace(old, new, 1), VOCABULARY)
    found = [(fault.field, fault.code) for fault in error.value.faults]
    assert any(at.startswith(place) and said == code for at, said in found), found


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('end = "next_working_day"', 'end = "never"', "law.unknown_value"),
        ('key = "complaint_accepted"', 'key = "complaint_received"', "law.twice"),
        ("[counting]", "[counted]", "law.missing"),
    ],
)
def test_a_faulty_vocabulary_is_told(old: str, new: str, code: str) -> None:
    assert old in VOCABULARY_TEXT
    with pytest.raises(Invalid) as error:
        read_vocabulary("vocabulary.toml", VOCABULARY_TEXT.replace(old, new, 1))
    assert code in {fault.code for fault in error.value.faults}


def test_two_rule_sets_that_claim_one_deadline_on_one_day_are_refused() -> None:
    other = read("b.toml", GOOD.replace('key = "a"', 'key = "b"', 1).replace("2020", "2021", 1), VOCABULARY)
    with pytest.raises(Invalid) as error:
        combine(VOCABULARY, [good(), other])
    assert {fault.value for fault in error.value.faults} == {"a-check", "a-pay", "a-open"}


def test_the_digest_follows_the_files() -> None:
    other = read("a.toml", GOOD.replace("n = 15", "n = 16", 1), VOCABULARY)
    assert combine(VOCABULARY, [good()]).digest == combine(VOCABULARY, [good()]).digest
    assert combine(VOCABULARY, [good()]).digest != combine(VOCABULARY, [other]).digest


def test_a_folder_is_read_whole_or_refused(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.toml").write_text(VOCABULARY_TEXT, "utf-8")
    (tmp_path / "a.toml").write_text(GOOD, "utf-8")
    assert shipped.read_procedures(tmp_path).ids() == ("a-check", "a-pay", "a-open")
    (tmp_path / "b.toml").write_text("rule_set = 1\n", "utf-8")
    with pytest.raises(Invalid):
        shipped.read_procedures(tmp_path)


def test_what_is_shipped_can_be_read() -> None:
    assert len(checking.manifest()) == 124
    assert len({topic.key for topic in shipped.topics()}) == len(shipped.topics())
    assert len({book.key for book in shipped.rulebooks()}) == len(shipped.rulebooks()) > 0
