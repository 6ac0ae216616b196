"""Radio runs end to end on a small town: what is found, told to whom, computed once, cancelled, compared."""

from pathlib import Path

import pytest
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.coverage import run_store
from infra_registry.coverage.radio import result_store
from infra_registry.coverage.radio.result_store import RadioGapFilter, RemedyFilter
from infra_registry.db import Database
from infra_registry.parties import actors  # noqa: F401  jobs run as the one who asked
from tests.integration.radio_town import Town, done, make_town, var  # noqa: F401


@pytest.fixture
def town(database: Database, var: Path) -> Town:  # noqa: F811, ARG001
    return make_town(database)


def test_a_run_from_question_to_remedies(database: Database, town: Town) -> None:
    code = done(database, town.regulator)
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        layers = result_store.layers(connection, run, "internal")
        gaps = result_store.gaps(connection, run, "internal", RadioGapFilter())
        remedies = result_store.remedies(connection, run, "internal", RemedyFilter())
        sets = result_store.sets(connection, run, "internal")
    print(run["summary"]); print([(l["operator"], l["technology"], l["stations"], l["stats"]["people"]) for l in layers]); print(gaps[:3]); print(remedies[:2]); print(sets)
