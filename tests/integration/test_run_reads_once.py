"""A coverage run reads its area and makes its frame once when it begins and once when it is computed; priced once."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from infra_registry import jobs
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs.life import Method
from infra_registry.coverage.wifi.run_life import WIFI
from infra_registry.coverage.wifi.run_life import Question as WifiQuestion
from infra_registry.db import Database
from tests.integration.radio_town import CODE, HIGH, LAT, LON, WIDE, make_town
from tests.integration.ridge_ground import load, ridge
from tests.integration.run_reads import count_reads

AROUND = (LON - WIDE / 2 - 0.08, LAT - HIGH / 2 - 0.08, LON + WIDE / 2 + 0.08, LAT + HIGH / 2 + 0.08)


@pytest.mark.parametrize(
    ("method", "question", "begun"),
    [
        (RADIO, Question(CODE, step_m=200, budgets=(1,), targets=()), {"frame": 1, "cost": 1}),
        (RADIO, Question(CODE, step_m=200, model="itm", remedies=False), {"frame": 1, "cost": 1}),
        (WIFI, WifiQuestion(CODE), {}),
    ],
    ids=["radio", "radio over terrain", "wifi"],
)
def test_area_frame_and_cost_are_read_once_and_handed_on(
    database: Database,
    var: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: Method,
    question: Any,
    begun: dict[str, int],
) -> None:
    town = make_town(database)
    load(database, ridge(var.parent / "ground.tif", AROUND, None, height_m=200.0), CODE, var / "files")
    counts = count_reads(database, monkeypatch)
    with database.use_case(town.regulator) as connection:
        code, job = life.ask(connection, town.regulator, method, question)
    assert +counts == Counter({"area": 1, "outline": 1} | begun)
    counts.clear()
    ended = jobs.run_now(database, job)
    assert (ended.state, ended.problem) == ("done", None)
    assert +counts == Counter({"area": 1, "outline": 1, "districts": 1, "frame": 1}), code
