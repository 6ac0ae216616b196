"""`infra-registry duties`: of an asset, of an area, on days without law, rebuilding; exit codes."""

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, update

from infra_registry import cli
from infra_registry.access import SERVICE
from infra_registry.areas.tables import area
from infra_registry.assets.kinds import Kind
from infra_registry.cli import duties as command
from infra_registry.db import Database
from infra_registry.duties.tables import duty_current
from infra_registry.errors import Invalid, NotFound
from tests.integration.duty_register import OTHER_CODE, add, show, town


@pytest.fixture(scope="module")
def register(module_database: Database) -> tuple[Database, str, str]:
    """A hospital in a city with a rulebook, another in Chengdu, where most of the law is not held."""
    with module_database.use_case(SERVICE) as connection:
        made = town(connection)
        for name, code in (("city", "370800"), ("other", "510100")):
            connection.execute(update(area).where(area.c.id == made.areas[name]).values(code=code))
        fields = {"venue": "hospital", "form": "building", "controller_type": "public_institution"}
        key, here = add(connection, Kind.PUBLIC_BUILDING, fields=fields, controller_id=made.parties["school"])
        _, there = add(connection, Kind.PUBLIC_BUILDING, (300, 100), fields=fields)
        for fact in ("safety", "environment", "landscape"):
            show(connection, fact, True, date(2024, 1, 1), asset_id=key)
    return module_database, here, there


def run(database: Database, monkeypatch: pytest.MonkeyPatch, *asked: str, lang: str = "en") -> Result:
    monkeypatch.setenv("REGISTRY_LANG", lang)
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    return CliRunner().invoke(command.duties, asked)


def test_of_an_asset(register: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database, here, _ = register
    done = run(database, monkeypatch, "--asset", here)
    assert done.exit_code == 0, done.output
    assert "shall give priority; conditions not shown; kept: not shown" in done.output
    assert "Missing: normal use is not disturbed, whether its holder has opened it" in done.output
    assert "(school 有限公司)" in done.output
    found = json.loads(run(database, monkeypatch, "--asset", here, "--json").output)
    duty = next(one for one in found["duties"] if one["effect"] == "open")
    assert (duty["standing"], duty["kept"], duty["addressee"]) == (
        "conditions_not_shown",
        "not_shown",
        "controller",
    )
    assert sorted(duty["conditions"].values()) == ["holds", "holds", "holds", "not_shown"]
    assert len(duty["digest"]) == 64
    chinese = run(database, monkeypatch, "--asset", here, lang="zh-Hans")
    assert "条件未证明" in chinese.output


def test_law_not_held_is_said(register: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database, _, there = register
    done = run(database, monkeypatch, "--asset", there)
    assert "Law not held" in done.output
    found = json.loads(run(database, monkeypatch, "--area", "510100", "--json").output)
    assert found["not_held"]
    assert all(one["kept"].get("broken", 0) == 0 for one in found["clauses"])


def test_before_any_rulebook(register: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database, here, _ = register
    done = run(database, monkeypatch, "--asset", here, "--on", "1990-01-01")
    assert (done.exit_code, "No rulebook was in force here on 1990-01-01" in done.output) == (0, True)
    found = json.loads(run(database, monkeypatch, "--area", "370800", "--on", "1990-01-01", "--json").output)
    assert (found["in_force"], found["clauses"], found["subjects"]) == ([], [], 1)


def test_of_an_area(register: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database, _, _ = register
    done = run(database, monkeypatch, "--area", "370800")
    assert done.exit_code == 0, done.output
    assert "Subjects: conditions not shown: 1" in done.output
    found = json.loads(
        run(database, monkeypatch, "--area", "990000", "--json").output
    )  # the province: both cities
    assert found["subjects"] == 2


def test_rebuild_and_again(register: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database, _, _ = register
    first = json.loads(run(database, monkeypatch, "rebuild", "--json").output)
    with database.use_case(SERVICE) as connection:
        stored = connection.scalar(select(func.count()).select_from(duty_current))
    assert first["written"] == stored > 0
    again = json.loads(
        run(database, monkeypatch, "rebuild", "--city", "370800", "--book", "jining", "--json").output
    )
    assert (again["written"], again["removed"], again["subjects"]) == (0, 0, 1)
    assert again["kept"] > 0


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (["--asset", "G-NONE"], NotFound),
        (["--area", OTHER_CODE], NotFound),
        (["--area", "370800", "--on", "31.12.2026"], Invalid),
        (["rebuild", "--book", "nope"], Invalid),
        (["rebuild", "--city", "nope"], NotFound),
    ],
)
def test_findings(
    register: Any, monkeypatch: pytest.MonkeyPatch, asked: list[str], error: type[Exception]
) -> None:
    """The entry point turns these into one line and exit code 1."""
    done = run(register[0], monkeypatch, *asked)
    assert isinstance(done.exception, error)
    assert "duties" in cli.COMMANDS


@pytest.mark.parametrize("asked", [[], ["--asset", "A", "--area", "B"]])
def test_wrong_use(register: Any, monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    assert run(register[0], monkeypatch, *asked).exit_code == 2
