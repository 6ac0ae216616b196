"""What runs take against what they were said to take: ``python -m tests.drills.memory`` computes the sample cities.

Prints a line for each run: what was asked, the memory told before, the most the process ever had, seconds.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from infra_registry.access import SERVICE
from infra_registry.areas import ground_store
from infra_registry.cluster import Cluster, cluster_addresses
from infra_registry.coverage.radio import costs
from infra_registry.coverage.radio.question import Question
from infra_registry.db import Database, migrate
from tests.drills.product import PROGRAM
from tests.server import scratch

CITIES = ("370800", "510100", "640100")


@dataclass(frozen=True)
class Taken:
    """The most memory a process ever had (MB of 10⁶ bytes), and how long it ran."""

    memory_mb: float
    seconds: float


def taken(environment: Mapping[str, str], *options: str) -> Taken:
    """Compute a run by the command line, in a process of its own."""
    started = time.monotonic()
    command = [*PROGRAM, "coverage", "run", *options]
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, options
    return Taken(usage.ru_maxrss * 1024 / 1e6, time.monotonic() - started)


def told_mb(database: Database, area: str, step_m: int | None = None) -> float:
    """The memory a radio run of an area is said to take."""
    question = Question(area_code=area, step_m=step_m).filled()
    with database.use_case(SERVICE) as connection:
        ground = ground_store.on_day(connection, ground_store.area(connection, area))
        return costs.priced(connection, question, ground).memory_mb


def main() -> None:
    """Every sample city by the defaults of the form, and its free WiFi."""
    directory = scratch("registry-memory-")
    cluster = Cluster(directory / "pg")
    try:
        cluster.up()
        addresses = cluster_addresses(cluster)
        migrate(addresses.owner, addresses.superuser)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        environment["REGISTRY_VAR"] = str(directory)
        subprocess.run([*PROGRAM, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
        database = Database(addresses.app)
        for area in CITIES:
            took = taken(environment, "radio", "--area", area, "--minimum-m2", "20001")
            told = told_mb(database, area)
            print(
                f"radio {area}: told {told:,.0f} MB, took {took.memory_mb:,.0f} MB in {took.seconds:.0f} s",
                flush=True,
            )
            took = taken(environment, "wifi", "--area", area)
            print(f"wifi {area}: took {took.memory_mb:,.0f} MB in {took.seconds:.0f} s", flush=True)
        database.dispose()
    finally:
        cluster.destroy()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
