"""What a run takes: as it was told before, within bounds, and refused above them with what would fit."""

import os
from collections.abc import Iterator

import pytest

from infra_registry.access import SERVICE
from infra_registry.areas import ground_store
from infra_registry.cluster import Addresses, Cluster
from infra_registry.coverage.radio import costs
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import TERRAIN, Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.db import Database
from infra_registry.errors import Invalid
from tests.conftest import SMALL, clone, drop
from tests.drills.memory import taken, told_mb

CITY = SMALL.code


@pytest.fixture(scope="module")
def addresses(cluster: Cluster, sample_city: str) -> Iterator[Addresses]:
    addresses = clone(cluster, sample_city)
    yield addresses
    drop(cluster, addresses)


@pytest.fixture
def database(addresses: Addresses) -> Iterator[Database]:
    database = Database(addresses.app)
    yield database
    database.dispose()


def test_a_run_takes_what_it_was_said_to_take(database: Database, addresses: Addresses, tmp_path) -> None:
    environment = os.environ | {
        "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner,
        "REGISTRY_VAR": str(tmp_path),
    }
    told = told_mb(database, CITY, 100)
    took = taken(environment, "radio", "--area", CITY, "--step-m", "100")
    assert told / 2 <= took.memory_mb <= told * 2
    assert took.memory_mb <= limits().cost.most_memory_mb


def test_the_defaults_of_the_form_fit(database: Database) -> None:
    assert told_mb(database, CITY) <= limits().cost.most_memory_mb


def test_a_run_above_the_cap_is_refused_with_a_step_that_fits(database: Database) -> None:
    with database.use_case(SERVICE) as connection, pytest.raises(Invalid) as refused:
        life.begin(connection, SERVICE, RADIO, Question(area_code=CITY, step_m=15))
    assert refused.value.code == "radio.too_much_memory"
    assert refused.value.params["memory_mb"] > limits().cost.most_memory_mb
    right_m = int(refused.value.params["right_m"])
    assert [fault.expected for fault in refused.value.faults] == [str(right_m)]
    assert told_mb(database, CITY, right_m) <= limits().cost.most_memory_mb
    assert told_mb(database, CITY, right_m - 5) > limits().cost.most_memory_mb


def test_profiles_over_terrain_hold_the_whole_frame(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        ground = ground_store.on_day(connection, ground_store.area(connection, CITY))
        by_terrain = costs.priced(
            connection, Question(area_code=CITY, step_m=100, model=TERRAIN).filled(), ground
        )
    assert by_terrain.memory_mb > told_mb(database, CITY, 100) + 50
