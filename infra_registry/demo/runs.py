"""Runs of coverage that a sample city shows: queued for the worker, published when they have ended."""

from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.coverage.radio.question import Question as RadioQuestion
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.wifi.run_life import WIFI
from infra_registry.coverage.wifi.run_life import Question as WifiQuestion
from infra_registry.db import Database
from infra_registry.demo import store
from infra_registry.demo.samples import City
from infra_registry.demo.scenes import RunScene


def queue_runs(database: Database, city: City) -> int:
    """Ask for the runs of a city that the product has neither computed nor queued; how many were asked for."""
    with database.use_case(SERVICE) as connection:
        missing = [
            scene for scene in city.scenes.runs if not store.has_run(connection, city.code, scene.method)
        ]
        for scene in missing:
            _ask(connection, city, scene)
    return len(missing)


def _ask(connection: Connection, city: City, scene: RunScene) -> None:
    if scene.method == WIFI.name:
        life.ask(connection, SERVICE, WIFI, WifiQuestion(city.code), public=True)
    else:
        life.ask(connection, SERVICE, RADIO, RadioQuestion(city.code, step_m=scene.step_m), public=True)
