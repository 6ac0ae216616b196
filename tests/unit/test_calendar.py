"""Working days: published years, what holds without a notice, faulty files."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from infra_registry.errors import Invalid
from infra_registry.resources import DATA
from infra_registry.rules.calendar import Calendar, CalendarBasis, Why, YearTable, read_rule, read_year
from tests import shipped

FOLDER = DATA / "calendars"
YEARS = range(2019, 2027)


def table(year: int) -> YearTable:
    path = FOLDER / f"cn-{year}.toml"
    return read_year(path.name, path.read_text("utf-8"))


def faults(name: str, text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as error:
        read_year(name, text)
    assert error.value.code == "law.faulty"
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_every_year_from_2019_to_2026_is_published_and_2027_is_not() -> None:
    calendar = shipped.calendar()
    assert [calendar.ground(year) for year in YEARS] == [CalendarBasis.PUBLISHED] * len(YEARS)
    assert calendar.ground(2027) is CalendarBasis.STATUTORY
    assert not (FOLDER / "cn-2027.toml").exists()


@pytest.mark.parametrize(
    ("year", "working"),
    # As another program, written by others from the same notices, counts them.
    [(2019, 250), (2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)],
)
def test_working_days_of_a_year(year: int, working: int) -> None:
    calendar, first = shipped.calendar(), date(year, 1, 1)
    days = (first + timedelta(days=i) for i in range(366))
    assert sum(calendar.is_working(day) for day in days if day.year == year) == working


@pytest.mark.parametrize("year", YEARS)
def test_a_table_is_the_one_its_file_names_and_says_how_well_it_was_checked(year: int) -> None:
    held = table(year)
    assert held.year == year
    assert held.published.year in (year - 1, year)
    assert held.mark == "S"
    assert all(day.weekday() >= 5 and day not in held.off for day in held.work)


def test_a_holiday_a_made_up_day_a_weekend_and_a_weekday_say_why() -> None:
    calendar = shipped.calendar()
    told = {
        on: (calendar.day(on).working, calendar.day(on).why)
        for on in (date(2026, 10, 1), date(2026, 10, 10), date(2026, 10, 11), date(2026, 10, 12))
    }
    assert list(told.values()) == [
        (False, Why.HOLIDAY),
        (True, Why.MADE_UP),
        (False, Why.WEEKEND),
        (True, Why.WEEKDAY),
    ]
    national = calendar.day(date(2026, 10, 1)).name
    assert national is not None
    assert (national.zh, national.en) == ("国庆节", "National Day")


def test_a_notice_reaches_into_the_december_before() -> None:
    day = shipped.calendar().day(date(2018, 12, 31))
    assert (day.working, day.why, day.provisional) == (False, Why.HOLIDAY, False)
    assert shipped.calendar().day(date(2018, 12, 29)).why is Why.MADE_UP
    assert shipped.calendar().day(date(2018, 12, 28)).provisional


def test_amended_years_hold_what_the_later_notice_says() -> None:
    calendar = shipped.calendar()
    assert not calendar.is_working(date(2020, 2, 1))  # was to be worked before the holiday was prolonged
    assert calendar.is_working(date(2020, 2, 3))
    assert not calendar.is_working(date(2019, 5, 4))
    assert calendar.is_working(date(2019, 5, 5))
    assert [one.number for one in table(2020).amended] == ["国办发明电〔2020〕1号"]


def test_spring_festival_2027_by_the_general_rule_is_four_days_and_provisional() -> None:
    calendar = shipped.calendar()
    days = [calendar.day(date(2027, 2, n)) for n in range(4, 10)]
    assert [day.working for day in days] == [True, False, False, False, False, True]
    assert {day.provisional for day in days} == {True}


@pytest.mark.parametrize("year", range(2027, 2036))
def test_the_moving_feasts_of_ten_years_are_held(year: int) -> None:
    calendar = shipped.calendar()
    assert calendar.ground(year) is CalendarBasis.STATUTORY
    assert calendar.rule is not None
    off = calendar.rule.off(year)
    # 13 days by law; a feast inside National Day takes none of its own.
    assert len(off) == (12 if year in (2028, 2031) else 13)
    names = {name.en for name in off.values()}
    assert names >= {"Spring Festival", "Qingming", "Dragon Boat Festival", "National Day"}


def test_after_the_last_feast_only_fixed_dates_hold_and_before_the_rule_only_weekends() -> None:
    calendar = shipped.calendar()
    assert calendar.ground(2036) is CalendarBasis.FIXED
    assert calendar.day(date(2060, 10, 1)).why is Why.HOLIDAY
    assert calendar.day(date(2036, 1, 28)).working  # Spring Festival, not held: said by the ground
    assert calendar.ground(2015) is CalendarBasis.WEEKENDS
    assert calendar.day(date(2015, 10, 1)).working
    assert calendar.day(date(2015, 10, 3)).why is Why.WEEKEND


def test_a_calendar_of_nothing_answers_with_weekends() -> None:
    empty = Calendar([])
    assert (empty.day(date(2026, 10, 1)).working, empty.day(date(2026, 10, 1)).provisional) == (True, True)
    assert not empty.is_working(date(2026, 10, 3))
    assert empty.day(date.max).provisional


def test_two_tables_of_one_year_are_refused_and_a_new_one_replaces_by_name() -> None:
    with pytest.raises(Invalid) as error:
        Calendar([table(2026), table(2026)])
    assert [fault.code for fault in error.value.faults] == ["law.twice"]
    assert Calendar([table(2026)]).digest == Calendar([table(2026)]).digest


def test_the_digest_follows_the_tables_and_not_their_order() -> None:
    both = Calendar([table(2025), table(2026)])
    assert both.digest == Calendar([table(2026), table(2025)]).digest
    assert both.digest != Calendar([table(2026)]).digest
    assert both.digest != Calendar([table(2025), table(2026)], shipped.calendar().rule).digest


GOOD = """year = 2030
title = { zh = "通知", en = "Notice" }
number = "1"
published = 2029-11-01
mark = "M"

[[off]]
from = 2030-01-01
to = 2030-01-01
name = { zh = "元旦", en = "New Year" }

[[work]]
day = 2030-01-05
name = { zh = "元旦", en = "New Year" }
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("year = 2030", "", "cn.toml:1", "law.missing"),
        ("year = 2030", 'year = "2030"', "cn.toml:1 year", "law.wrong_type"),
        ("to = 2030-01-01", "to = 2029-12-01", "cn.toml:9 off.1.to", "law.wrong_type"),
        ("to = 2030-01-01", "to = 2030-12-31", "cn.toml:9 off.1.to", "law.wrong_type"),
        ("to = 2030-01-01", "to = 2030-01-01T08:00:00", "cn.toml:9 off.1.to", "law.wrong_type"),
        ("from = 2030-01-01", "from = 2031-01-01", "cn.toml:8 off.1.from", "clock.other_year"),
        ("day = 2030-01-05", "day = 2030-01-04", "cn.toml:13 work.1.day", "clock.not_a_weekend"),
        ("day = 2030-01-05", "day = 2030-01-01", "cn.toml:13 work.1.day", "law.twice"),
        ("day = 2030-01-05", "date = 2030-01-05", "cn.toml:13 work.1.date", "law.unknown_key"),
        ('mark = "M"', 'mark = "X"', "cn.toml:5 mark", "law.unknown_value"),
        ('zh = "通知", ', "", "cn.toml:2 title", "law.missing"),
    ],
)
def test_a_faulty_year_names_file_line_and_key(old: str, new: str, place: str, code: str) -> None:
    assert read_year("cn.toml", GOOD).year == 2030
    assert old in GOOD
    found = faults("cn.toml", GOOD.replace(old, new, 1))
    assert any(at.startswith(place) and said == code for at, said in found), found


def test_what_is_no_toml_names_the_line() -> None:
    found = faults("cn.toml", "year = \n")
    assert found[0][1] == "law.no_toml"
    assert "line 1" in found[0][0]


RULE = (FOLDER / "cn-statutory.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ("month = 5", "month = 13", "fixed.2.day", "law.wrong_type"),
        ("days = 4", "days = 0", "moving.1.days", "law.wrong_type"),
        ("days_before = 1", "days_before = 400", "moving.1.days_before", "law.wrong_type"),
        ("2025-01-29,", '"soon",', "moving.1.dates", "law.wrong_type"),
    ],
)
def test_a_faulty_general_rule_names_its_key(old: str, new: str, key: str, code: str) -> None:
    assert old in RULE
    with pytest.raises(Invalid) as error:
        read_rule("rule.toml", RULE.replace(old, new, 1))
    line = RULE.splitlines().index(next(text for text in RULE.splitlines() if old in text)) + 1
    fault = error.value.faults[0]
    assert (fault.field.split(" ")[1], fault.code) == (key, code)
    assert abs(int(fault.field.split(":")[1].split(" ")[0]) - line) <= 1


def test_a_folder_with_a_faulty_year_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cn-2030.toml").write_text(GOOD.replace("2030-01-05", "2030-01-04"), "utf-8")
    with pytest.raises(Invalid):
        shipped.read_calendar(tmp_path)
    (tmp_path / "cn-2030.toml").write_text(GOOD, "utf-8")
    assert shipped.read_calendar(tmp_path).ground(2030) is CalendarBasis.PUBLISHED
    (tmp_path / "cn-2030.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid):
        shipped.read_calendar(tmp_path)
