"""Radio runs from the command line: run, show, cancel; wrong use is told by field."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra_registry.access import SERVICE
from infra_registry.cli import coverage as cli
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Database
from infra_registry.errors import Conflict, Invalid
from tests.integration.radio_town import CODE, make_town


def test_run_show_and_cancel(
    database: Database,
    var: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_town(database)
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    line = ["run", "radio", "--area", CODE, "--step-m", "200", "--technology", "4g", "--threshold", "class:3",
            "--no-remedies", "--json"]  # fmt: skip
    ran = CliRunner().invoke(cli.coverage, line)
    assert ran.exit_code == 0, (ran.output, ran.exception)
    told = json.loads(ran.output)
    assert {row["technology"] for row in told["layers"]} == {"4g", "any"}
    assert told["parameters"]["threshold"] == "class:3"
    assert told["summary"]["internal"]["remedies"] is None
    shown = CliRunner().invoke(cli.coverage, ["show", told["code"]])
    assert shown.exit_code == 0, shown.exception
    assert told["code"] in shown.output
    wrong = CliRunner().invoke(cli.coverage, [*line[:-4], "--threshold", "loud"])
    assert isinstance(wrong.exception, Invalid)
    assert [fault.field for fault in wrong.exception.faults] == ["threshold"]
    with database.use_case(SERVICE) as connection:
        waiting, _ = life.ask(connection, SERVICE, RADIO, Question(CODE, step_m=100))
    assert CliRunner().invoke(cli.coverage, ["cancel", waiting]).exit_code == 0
    with database.use_case(SERVICE) as connection:
        assert run_store.run(connection, waiting)["ended_at"] is None
    ended = CliRunner().invoke(cli.coverage, ["cancel", told["code"]])
    assert isinstance(ended.exception, Conflict)


@pytest.mark.parametrize(
    "line", [("radio", "--reach-m", "30"), ("radio", "--family", "school"), ("wifi", "--step-m", "100")]
)
def test_an_option_of_the_other_method_is_refused(line: tuple[str, ...]) -> None:
    ran = CliRunner().invoke(cli.coverage, ["run", *line, "--area", CODE])
    assert ran.exit_code == 2
    assert line[1] in ran.output
