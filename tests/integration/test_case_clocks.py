"""Due dates of a case: told at filing, kept when a notice moves them, stopped by the step they wait for."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select, text

from infra_registry.access import SERVICE
from infra_registry.cases import handling
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.duties.dates import clocks
from infra_registry.duties.inforce import recounting
from infra_registry.duties.inforce.law import law
from infra_registry.duties.tables import clock
from infra_registry.rules.calendar import Calendar, YearTable, read_year
from infra_registry.rules.clock import due
from infra_registry.rules.procedures import choose
from tests.integration.test_cases import KEYS, Town, draft, file, look, move, town

__all__ = ["town"]


def test_a_report_is_told_its_due_date_with_the_reckoning(database: Database, town: Town) -> None:
    receipt = file(database, draft())
    with database.use_case(town.handler) as connection:
        (told,) = handling.read_case(connection, KEYS, town.handler, receipt.number).clocks
        held = law(connection)
    choice = choose(held.procedures, "smr-report-check", today())
    expected = due(choice.deadline, today(), held.calendar)
    assert (told.told_on, told.due_on, told.ended_on) == (expected.due_on, expected.due_on, None)
    assert told.left == choice.deadline.n
    assert not told.verified, "an excerpt was seen, the article not read: the page must say so"
    assert len(told.lines("zh-Hans")) == len(told.lines("en")) >= 4
    status = look(database, receipt.number, receipt.secret)
    assert status is not None
    assert [one.due_on for one in status.clocks] == [expected.due_on]


def test_the_check_ends_with_its_decision_and_never_starts_twice(database: Database, town: Town) -> None:
    receipt = file(database, draft())
    file(database, draft())
    move(database, town.handler, receipt.number, "check", 1)
    with database.use_case(town.handler) as connection:
        assert handling.read_case(connection, KEYS, town.handler, receipt.number).clocks[0].ended_on is None
    move(database, town.handler, receipt.number, "accept", 2)
    with database.use_case(town.handler) as connection:
        (told,) = handling.read_case(connection, KEYS, town.handler, receipt.number).clocks
    assert (told.ended_on, told.left) == (today(), None)


def test_a_new_notice_moves_what_runs_and_keeps_what_was_told(database: Database, town: Town) -> None:
    running, ended = file(database, draft()), file(database, draft(story="another story altogether"))
    for step, version in (("check", 1), ("accept", 2)):
        move(database, town.handler, ended.number, step, version)
    with database.use_case(SERVICE) as connection:
        held = law(connection)
        before = {row.case_id: row for row in connection.execute(select(clock))}
        (told,) = {row.due_on for row in before.values()}
        notice, tables = _notice(told), held.calendar.tables
        calendar = Calendar([*({**tables, notice.year: notice}).values()], held.calendar.rule)
        held = replace(held, calendar=calendar)
        moved = recounting.apply(connection, held)
        after = {row.case_id: row for row in connection.execute(select(clock))}
        rows: Any = connection.execute(text("SELECT id, number FROM case_file")).all()
        numbers: dict[int, str] = dict(rows)
    assert moved == 1
    for key, row in after.items():
        assert row.told_on == before[key].told_on
        assert (row.due_on != before[key].due_on) == (numbers[key] == running.number)
    with database.use_case(town.handler) as connection:
        shown = handling.read_case(connection, KEYS, town.handler, running.number).clocks[0]
    assert shown.due_on > shown.told_on == told


def _notice(off: date) -> YearTable:
    """A made-up notice of a year in which one more day is off."""
    head = f'year = {off.year}\nmark = "S"\ntitle = {{ zh = "试", en = "trial" }}\nnumber = "x"\n'
    day = f'published = {off}\n[[off]]\nfrom = {off}\nto = {off}\nname = {{ zh = "假", en = "off" }}\n'
    return read_year("trial.toml", head + day)


def test_days_left_count_only_working_days(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        calendar = law(connection).calendar
    assert (
        clocks.working_days(calendar, date(2026, 9, 24), date(2026, 9, 28)) == 1
    )  # festival, then a weekend
    assert clocks.working_days(calendar, date(2026, 9, 28), date(2026, 9, 24)) == -1
    assert clocks.working_days(calendar, date(2026, 9, 28), date(2026, 9, 28)) == 0
