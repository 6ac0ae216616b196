"""Two times: what was true when, and when the register came to say so."""

from datetime import UTC, date, datetime

import pytest
from shapely.geometry import Point

from infra_registry.access import SERVICE
from infra_registry.assets import edit, history, history_store
from infra_registry.assets.draft import Draft
from infra_registry.assets.edit import Change
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.db import Database
from infra_registry.duties.steps import status
from infra_registry.duties.steps.status import Step
from infra_registry.errors import Conflict, NotFound


@pytest.fixture
def tower(database: Database) -> tuple[int, str]:
    draft = Draft(
        Kind.TOWER, "T", Point(116.5, 35.4), Status.BUILDING, {"height_m": 40}, valid_from=date(2024, 1, 1)
    )
    with database.use_case(SERVICE) as connection:
        made = register(connection, [draft])[0]
    return made.id, made.code


def test_as_of_answers_both_times(database: Database, tower: tuple[int, str]) -> None:
    key, code = tower
    with database.use_case(SERVICE) as connection:
        before = datetime.now(UTC)
    with database.use_case(SERVICE) as connection:
        edit.edit(connection, SERVICE, code, 1, Change(fields={"height_m": 45}, valid_from=date(2025, 6, 1)))
    later = datetime.now(UTC)
    with database.use_case(SERVICE) as connection:

        def height(valid: date, recorded: datetime) -> float:
            return history.as_of(connection, key, Kind.TOWER, valid=valid, recorded=recorded).values[
                "height_m"
            ]

        assert height(date(2024, 5, 1), later) == 40
        assert height(date(2025, 7, 1), later) == 45
        assert height(date(2025, 7, 1), before) == 40
        with pytest.raises(NotFound):
            height(date(2023, 1, 1), later)


def test_versions_tell_what_changed(database: Database, tower: tuple[int, str]) -> None:
    key, code = tower
    with database.use_case(SERVICE) as connection:
        edit.edit(connection, SERVICE, code, 1, Change(columns={"name": "T2"}, geometry=Point(116.6, 35.4)))
    with database.use_case(SERVICE) as connection:
        first, second = history.versions(connection, key, Kind.TOWER)
    assert first.recorded_until == second.recorded_from
    assert second.changed["name"] == ("T", "T2")
    assert "geometry" in second.changed
    assert "height_m" not in second.changed


def test_stale_version_is_refused(database: Database, tower: tuple[int, str]) -> None:
    with database.use_case(SERVICE) as connection:
        edit.edit(connection, SERVICE, tower[1], 1, Change(columns={"name": "T2"}))
    with pytest.raises(Conflict, match=r"asset\.stale"), database.use_case(SERVICE) as connection:
        edit.edit(connection, SERVICE, tower[1], 1, Change(columns={"name": "T3"}))


def test_only_declared_transitions(database: Database, tower: tuple[int, str]) -> None:
    with pytest.raises(Conflict, match=r"asset\.no_transition"), database.use_case(SERVICE) as connection:
        status.move(connection, SERVICE, tower[1], 1, Status.PLANNED)
    with database.use_case(SERVICE) as connection:
        status.move(connection, SERVICE, tower[1], 1, Status.IN_USE, Step(on=date(2026, 1, 5)))
        events = history_store.status_events(connection, tower[0])
    assert [(event["old_status"], event["new_status"]) for event in events] == [
        (None, "building"),
        ("building", "in_use"),
    ]


def test_database_refuses_an_undeclared_transition(database: Database, tower: tuple[int, str]) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET status = 'planned' WHERE id = :id"), {"id": tower[0]})
