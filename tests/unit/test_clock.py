"""Due dates: by hand, at the edges, with extensions and pauses, and what must always hold."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra_registry.duties.dates.clock_words import as_data, day_text, explain
from infra_registry.errors import RegistryError
from infra_registry.rules.calendar import Calendar, read_year
from infra_registry.rules.clock import Due, Granted, Pause, add_months, due
from infra_registry.rules.procedure_reading import read
from infra_registry.rules.procedures import Deadline, Unit, choose
from infra_registry.words import say
from tests import shipped

CALENDAR = shipped.calendar()


class Moved(StrEnum):
    """How a due date computed again stands to the one that was told; ends of message keys."""

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True)
class Recomputed:
    """The date once told, kept, beside what the calendar says now."""

    told_on: date
    due: Due
    moved: Moved
    days: int


def recompute(before: Due, calendar: Calendar, *, told_on: date | None = None) -> Recomputed:
    """A due date counted again on another calendar. ``told_on``: the date first told, when it was moved before."""
    granted = [Granted(extension.rule.key, extension.n) for extension in before.extensions]
    now = due(before.deadline, before.start, calendar, extensions=granted, pauses=before.pauses)
    first = told_on or before.due_on
    days = (now.due_on - first).days
    moved = Moved.SAME if days == 0 else Moved.LATER if days > 0 else Moved.EARLIER
    return Recomputed(first, now, moved, abs(days))


TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


def shipped_deadline(name: str, on: date = TODAY) -> Deadline:
    deadline = choose(shipped.procedures(), name, on).deadline
    assert deadline is not None
    return deadline


@cache
def period(n: int, unit: Unit, end: str = "") -> Deadline:
    """A deadline of any length that testing stops and that can be lengthened."""
    own = f'end = "{end}"\nend_basis = {{ zh = "例", en = "test" }}\nend_mark = "M"' if end else ""
    text = f"""[rule_set]
key = "t"
name = {{ zh = "例", en = "test" }}
instrument = {{ zh = "例", en = "test" }}
valid_from = 2000-01-01
mark = "V"

[[deadline]]
id = "t"
name = {{ zh = "例", en = "test" }}
from = "lead_found"
n = {n}
unit = "{unit}"
{own}
pauses = ["testing", "hearing"]
basis = {{ zh = "第一条", en = "art. 1" }}
mark = "V"

[[deadline.extension]]
key = "fixed"
name = {{ zh = "延长", en = "longer" }}
n = 15

[[deadline.extension]]
key = "free"
name = {{ zh = "再延长", en = "longer still" }}
unit = "calendar_day"

[[deadline.extension]]
key = "month"
name = {{ zh = "延一月", en = "a month more" }}
n = 1
unit = "month"
"""
    return read("t.toml", text, shipped.procedures().vocabulary).deadlines[0]


def days(found: Due) -> list[str]:
    return [day.on.isoformat() for day in found.skipped]


def span(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + i * DAY).isoformat() for i in range((end - start).days + 1)]


def test_fifteen_working_days_from_2026_09_25() -> None:
    found = due(shipped_deadline("smr-report-check"), date(2026, 9, 25), CALENDAR)
    assert found.due_on == date(2026, 10, 22)
    assert found.first_day == date(2026, 9, 26)
    assert days(found) == [
        *span("2026-09-26", "2026-09-27"),
        *span("2026-10-01", "2026-10-07"),
        "2026-10-11",
        *span("2026-10-17", "2026-10-18"),
    ]
    assert [day.on for day in found.made_up] == [date(2026, 10, 10)]
    assert not found.provisional


def test_fifteen_working_days_from_2027_01_25_are_provisional() -> None:
    found = due(shipped_deadline("smr-report-check"), date(2027, 1, 25), CALENDAR)
    assert found.due_on == date(2027, 2, 17)
    assert days(found) == [
        *span("2027-01-30", "2027-01-31"),
        *span("2027-02-05", "2027-02-08"),
        *span("2027-02-13", "2027-02-14"),
    ]
    assert (found.made_up, found.provisional) == ((), True)


def test_forty_five_working_days_from_2026_11_22() -> None:
    found = due(shipped_deadline("smr-mediate", date(2026, 4, 14)), TODAY, CALENDAR)
    assert found.due_on == date(2027, 1, 25)
    weekends = [
        on.isoformat()
        for on in (TODAY + i * DAY for i in range(1, 65))
        if on.weekday() >= 5 and on < date(2027, 1, 25)
    ]
    assert days(found) == sorted([*weekends, "2027-01-01"])
    assert len(found.skipped) == 19
    assert (found.made_up, found.provisional) == ((), True)
    assert [used.year for used in found.years] == [2026, 2027]


def test_order_20_and_order_121_on_the_day_of_the_switch() -> None:
    old = due(shipped_deadline("smr-mediate", date(2026, 4, 14)), date(2026, 4, 14), CALENDAR)
    new = due(shipped_deadline("smr-mediate", date(2026, 4, 15)), date(2026, 4, 15), CALENDAR)
    assert (old.due_on, new.due_on) == (date(2026, 6, 18), date(2026, 6, 15))
    assert new.period_end == date(2026, 6, 14)  # a Sunday


def test_an_extension_continues_the_count() -> None:
    check = shipped_deadline("smr-report-check")
    plain = due(check, date(2026, 3, 2), CALENDAR)
    longer = due(check, date(2026, 3, 2), CALENDAR, extensions=[Granted("approval")])
    assert (plain.due_on, longer.due_on) == (date(2026, 3, 23), date(2026, 4, 14))
    assert [(one.rule.key, one.n) for one in longer.extensions] == [("approval", 15)]
    assert longer.due_on == due(period(30, Unit.WORKING_DAY), date(2026, 3, 2), CALENDAR).due_on


def test_an_extension_by_decision_needs_its_length_and_the_end_rule_comes_last() -> None:
    decide, start = shipped_deadline("smr-decide"), date(2026, 1, 2)
    both = due(decide, start, CALENDAR, extensions=[Granted("collective", 20), Granted("approval")])
    assert both.period_end == start + 140 * DAY
    assert [one.rule.key for one in both.extensions] == ["approval", "collective"]
    for wrong in ([Granted("collective")], [Granted("collective", 0)], [Granted("approval", 31)]):
        with pytest.raises(RegistryError) as error:
            due(decide, start, CALENDAR, extensions=wrong)
        assert error.value.code == "clock.extension_length"
    for unknown in ([Granted("wish")], [Granted("approval"), Granted("approval")]):
        with pytest.raises(RegistryError) as error:
            due(decide, start, CALENDAR, extensions=unknown)
        assert error.value.code == "clock.extension"


def test_a_pause_is_not_counted() -> None:
    check = shipped_deadline("smr-report-check")
    testing = Pause("testing", date(2026, 3, 9), date(2026, 3, 15))
    found = due(check, date(2026, 3, 2), CALENDAR, pauses=[testing])
    assert found.due_on == date(2026, 3, 30)
    assert len(found.paused) == 7
    assert not {day.on for day in found.skipped} & set(found.paused)


def test_pauses_that_overlap_count_once_and_what_lies_outside_not_at_all() -> None:
    decide, start = shipped_deadline("smr-decide"), date(2026, 3, 2)
    found = due(
        decide,
        start,
        CALENDAR,
        pauses=[
            Pause("testing", date(2026, 2, 20), date(2026, 3, 4)),
            Pause("hearing", date(2026, 3, 4), date(2026, 3, 6)),
            Pause("appraisal", date(2027, 1, 1), date(2027, 2, 1)),
        ],
    )
    assert found.paused == (date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 6))
    assert found.period_end == start + 94 * DAY


@pytest.mark.parametrize(
    ("pause", "code"),
    [
        (Pause("holiday_mood", date(2026, 3, 9), date(2026, 3, 10)), "clock.pause"),
        (Pause("testing", date(2026, 3, 9), date(2026, 3, 8)), "clock.pause_days"),
        (Pause("testing", date.min, date.max), "clock.pause_days"),
    ],
)
def test_a_pause_that_cannot_be_is_refused(pause: Pause, code: str) -> None:
    with pytest.raises(RegistryError) as error:
        due(shipped_deadline("smr-report-check"), date(2026, 3, 2), CALENDAR, pauses=[pause])
    assert error.value.code == code


def test_a_period_that_ends_on_a_holiday_ends_on_the_next_working_day() -> None:
    found = due(shipped_deadline("pay"), date(2026, 9, 17), CALENDAR)
    assert (found.period_end, found.due_on) == (date(2026, 10, 2), date(2026, 10, 8))
    assert len(found.moved_over) == 6
    made_up = due(shipped_deadline("pay"), date(2026, 9, 25), CALENDAR)
    assert made_up.due_on == date(2026, 10, 10)  # a Saturday that is worked
    assert made_up.moved_over == ()


def test_limitation_ends_as_it_falls_and_rests_on_no_calendar() -> None:
    found = due(shipped_deadline("limitation"), date(2025, 10, 3), CALENDAR)
    assert (found.due_on, found.provisional, found.years) == (date(2027, 10, 3), False, ())


def test_across_the_end_of_a_year() -> None:
    found = due(period(5, Unit.WORKING_DAY), date(2025, 12, 29), CALENDAR)
    assert found.due_on == date(2026, 1, 6)
    assert [day.on for day in found.made_up] == [date(2026, 1, 4)]
    assert not found.provisional
    assert [used.year for used in found.years] == [2025, 2026]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 2, date(2025, 3, 31)),
        (date(2025, 3, 31), 1, date(2025, 4, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2025, 12, 31), 12, date(2026, 12, 31)),
    ],
)
def test_months_end_on_the_same_number_or_on_the_last_day(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end
    assert due(period(months, Unit.MONTH, "as_it_falls"), start, CALENDAR).due_on == end


def test_months_and_their_extension_are_added_before_the_calendar_is_asked() -> None:
    found = due(
        period(1, Unit.MONTH, "as_it_falls"), date(2025, 1, 31), CALENDAR, extensions=[Granted("month")]
    )
    assert found.due_on == date(2025, 3, 31)


def test_a_pause_shifts_a_period_of_months_by_its_days() -> None:
    pauses = [
        Pause("testing", date(2025, 2, 10), date(2025, 2, 14)),
        Pause("hearing", date(2025, 3, 3), date(2025, 3, 3)),  # inside only because of the first pause
    ]
    found = due(period(1, Unit.MONTH, "as_it_falls"), date(2025, 1, 31), CALENDAR, pauses=pauses)
    assert (found.due_on, len(found.paused)) == (date(2025, 3, 6), 6)


@pytest.mark.parametrize(("start", "ground"), [(date(2035, 6, 1), "statutory"), (date(2060, 6, 1), "fixed")])
def test_far_years_have_an_answer_that_says_how_well_it_is_founded(start: date, ground: str) -> None:
    for name in ("smr-report-check", "smr-decide", "pay"):
        found = due(shipped_deadline(name), start, CALENDAR)
        assert found.provisional
        assert {used.ground.value for used in found.years} == {ground}
        for locale, word in (("zh-Hans", "暂定"), ("en", "Provisional")):
            assert any(line.startswith(word) for line in explain(found, locale))


def test_a_clock_that_starts_before_every_table_has_an_answer() -> None:
    found = due(shipped_deadline("police-network-filing"), date(1998, 5, 1), CALENDAR)
    assert (found.due_on, found.provisional) == (date(1998, 6, 1), True)
    assert any("1998" in line and "only weekends" in line for line in explain(found, "en"))


def test_beyond_the_last_year_is_refused_and_told() -> None:
    for name in ("smr-report-check", "limitation", "pay"):
        with pytest.raises(RegistryError) as error:
            due(shipped_deadline(name), date(9999, 12, 30), CALENDAR)
        assert error.value.code == "clock.out_of_range"


NOTICE_2027 = """year = 2027
title = { zh = "示例通知", en = "Sample notice" }
number = "示例"
published = 2026-11-30
mark = "M"

[[off]]
from = 2027-02-05
to = 2027-02-11
name = { zh = "春节", en = "Spring Festival" }

[[work]]
day = 2027-01-30
name = { zh = "春节", en = "Spring Festival" }
"""


@pytest.mark.parametrize(
    ("old", "new", "moved", "on"),
    [
        ("", "", Moved.LATER, date(2027, 2, 19)),
        ("2027-02-11", "2027-02-08", Moved.EARLIER, date(2027, 2, 16)),
    ],
)
def test_when_a_year_arrives_the_date_once_told_is_kept(old: str, new: str, moved: Moved, on: date) -> None:
    told = due(shipped_deadline("smr-report-check"), date(2027, 1, 25), CALENDAR)
    arrived = Calendar(
        [*CALENDAR.tables.values(), read_year("cn-2027.toml", NOTICE_2027.replace(old, new))], CALENDAR.rule
    )
    again = recompute(told, arrived)
    assert (again.told_on, again.due.due_on, again.moved) == (told.due_on, on, moved)
    assert not again.due.provisional
    assert again.due.digest != told.digest
    for locale, first in (("zh-Hans", "2027年2月17日"), ("en", "17 February 2027")):
        days = {"told": day_text(again.told_on, locale), "now": day_text(again.due.due_on, locale)}
        said = say(locale, f"clock.moved.{again.moved.value}", days=again.days, **days)
        assert first in said
        assert str(on.day) in said
    later = recompute(again.due, arrived, told_on=told.due_on)
    assert later.told_on == told.due_on
    assert recompute(again.due, arrived).moved is Moved.SAME


def test_recomputing_keeps_extensions_and_pauses() -> None:
    told = due(
        shipped_deadline("smr-decide"),
        date(2026, 3, 2),
        CALENDAR,
        extensions=[Granted("collective", 10)],
        pauses=[Pause("hearing", date(2026, 3, 9), date(2026, 3, 12))],
    )
    again = recompute(told, CALENDAR)
    assert (again.moved, again.due) == (Moved.SAME, told)


def test_a_due_date_explains_itself_from_stored_data() -> None:
    found = due(shipped_deadline("smr-report-check"), date(2026, 9, 25), CALENDAR)
    stored = json.loads(json.dumps(as_data(found), ensure_ascii=False))
    zh, en = "\n".join(explain(stored, "zh-Hans")), "\n".join(explain(stored, "en"))
    for part in ("2026年10月22日", "15个工作日", "2026年10月1日至2026年10月7日（国庆节）", "2026年10月10日（调休上班）",
                 "第十八条", "第42号", "未核对"):  # fmt: skip
        assert part in zh
    for part in (
        "22 October 2026",
        "15 working days",
        "National Day",
        "10 October 2026",
        "art. 18",
        "not verified",
    ):
        assert part in en
    assert explain(found, "en") == explain(stored, "en")


def test_extension_pause_end_rule_lateness_and_condition_are_told() -> None:
    decided = due(
        shipped_deadline("smr-decide"),
        date(2026, 3, 2),
        CALENDAR,
        extensions=[Granted("approval"), Granted("collective", 9)],
        pauses=[Pause("hearing", date(2026, 3, 9), date(2026, 3, 12))],
    )
    said = "\n".join(explain(decided, "en"))
    for part in (
        "30 calendar days",
        "9 calendar days",
        "hearing: 9 March 2026 to 12 March 2026",
        "period: 4",
    ):
        assert part in said
    paid = "\n".join(explain(due(shipped_deadline("pay"), date(2026, 9, 17), CALENDAR), "en"))
    assert "ends on 2 October 2026" in paid
    assert "3%" in paid
    told = shipped_deadline("smr-tell-reporter", date(2026, 4, 14))
    assert any("real name" in line for line in explain(due(told, date(2026, 4, 1), CALENDAR), "en"))


UNITS = st.sampled_from(list(Unit))
STARTS = st.dates(date(2018, 1, 1), date(2045, 12, 31))
BARE = Calendar([], CALENDAR.rule)


@given(STARTS, st.integers(1, 60), UNITS)
def test_a_longer_period_never_ends_earlier(start: date, n: int, unit: Unit) -> None:
    shorter = due(period(n, unit), start, CALENDAR)
    longer = due(period(n + 1, unit), start, CALENDAR)
    assert start < shorter.due_on <= longer.due_on
    if unit is Unit.WORKING_DAY:
        assert shorter.due_on < longer.due_on


@given(STARTS, st.integers(1, 60), UNITS, st.sampled_from([CALENDAR, BARE]))
def test_a_period_never_ends_on_a_day_off(start: date, n: int, unit: Unit, calendar: Calendar) -> None:
    found = due(period(n, unit), start, calendar)
    assert calendar.is_working(found.due_on)
    assert found.provisional == any(calendar.day(on.on).provisional for on in found.moved_over) or any(
        used.ground != "published" for used in found.years
    )


@given(STARTS, st.integers(1, 60))
def test_every_day_between_is_counted_skipped_or_paused(start: date, n: int) -> None:
    found = due(period(n, Unit.WORKING_DAY), start, CALENDAR)
    assert (found.due_on - start).days == n + len(found.skipped) + len(found.paused)


@given(STARTS, st.integers(1, 60), UNITS, st.integers(0, 40), st.integers(1, 30))
def test_a_pause_never_shortens_and_shifts_days_by_its_length(
    start: date, n: int, unit: Unit, after: int, length: int
) -> None:
    first = start + (after + 1) * DAY
    plain = due(period(n, unit), start, CALENDAR)
    paused = due(
        period(n, unit), start, CALENDAR, pauses=[Pause("testing", first, first + (length - 1) * DAY)]
    )
    assert paused.due_on >= plain.due_on
    if unit is Unit.CALENDAR_DAY:
        inside = length if first <= plain.period_end else 0
        assert paused.period_end == plain.period_end + inside * DAY


@given(STARTS, st.integers(1, 40), UNITS, st.integers(1, 40))
def test_an_extension_never_shortens(start: date, n: int, unit: Unit, more: int) -> None:
    longer = due(period(n, unit), start, CALENDAR, extensions=[Granted("free", more)])
    assert longer.due_on >= due(period(n, unit), start, CALENDAR).due_on
