"""A coverage run reads its area and lays its frame once when it is begun and once when it is computed; priced once."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from infra_registry.areas import ground_store
from infra_registry.coverage.radio import costs, inputs
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs.life import Bench, Method
from infra_registry.coverage.wifi.run_life import WIFI
from infra_registry.coverage.wifi.run_life import Question as WifiQuestion
from infra_registry.db import Database
from tests.integration.radio_town import CODE, make_town

AREA = str(ground_store._AREA)[:60]
OUTLINE = "SELECT ST_AsBinary(e.geom)"


@pytest.fixture
def counts(database: Database, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often area and outline were read, a frame was laid and a cost was counted."""
    counted: Counter[str] = Counter()

    def statement(_: Any, __: Any, sql: str, *___: Any) -> None:
        counted["area"] += sql.startswith(AREA)
        counted["outline"] += sql.startswith(OUTLINE)

    def spy(module: Any, name: str, label: str) -> None:
        function = getattr(module, name)

        def call(*args: Any, **named: Any) -> Any:
            counted[label] += 1
            return function(*args, **named)

        monkeypatch.setattr(module, name, call)

    event.listen(database.engine, "before_cursor_execute", statement)
    spy(costs, "frame_of", "frame")
    spy(inputs, "frame_of", "frame")
    spy(costs, "cost", "cost")
    return counted


@pytest.mark.parametrize(
    ("method", "asked", "begun", "computed"),
    [
        (RADIO, Question(CODE, step_m=200), {"frame": 1, "cost": 1}, {"frame": 1}),
        (WIFI, WifiQuestion(CODE), {}, {}),
    ],
    ids=["radio", "wifi"],
)
def test_area_frame_and_cost_are_read_once_and_handed_on(
    database: Database,
    var: Path,
    counts: Counter[str],
    method: Method,
    asked: Any,
    begun: dict[str, int],
    computed: dict[str, int],
) -> None:
    town = make_town(database)
    counts.clear()
    with database.use_case(town.regulator) as connection:
        code = life.begin(connection, town.regulator, method, asked)
    assert +counts == Counter({"area": 1, "outline": 1} | begun)
    counts.clear()
    assert life.compute(method, Bench(database, town.regulator, life.silent), code)["run"] == code
    assert +counts == Counter({"area": 1, "outline": 1} | computed)
