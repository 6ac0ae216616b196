"""A worker killed in the middle of a radio run leaves nothing; the next one does it, once."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from sqlalchemy import text

from infra_registry import config, jobs
from infra_registry.access import SERVICE
from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Database
from tests.integration.radio_town import CODE, Town, make_town
from tests.worker import run_pending

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 120


def test_a_killed_worker_leaves_no_half_result(database: Database, var: Path) -> None:
    town = make_town(database)
    with database.use_case(town.regulator) as connection:
        code, job = life.ask(
            connection, town.regulator, RADIO, Question(CODE, step_m=50, budgets=(1,), targets=())
        )
    _killed_in_mid_run(database, job, var)
    assert _written(database) == (0, 0)
    assert _ended(database, town, code) is None
    assert list((config.load().files_dir / "work").iterdir()), "it was killed while levels lay in its folder"
    run_pending(database, modules=WORKER_MODULES)
    with database.use_case(SERVICE) as connection:
        assert jobs.read(connection, job).state == "done"
    layers, gaps = _written(database)
    assert layers == 16
    assert gaps > 0
    assert _ended(database, town, code) is not None
    assert not list((config.load().files_dir / "work").iterdir())
    run_pending(database, modules=WORKER_MODULES)
    assert _written(database) == (layers, gaps)


def _killed_in_mid_run(database: Database, job: str, var: Path) -> None:
    program = f"""
        from infra_registry.cli.worker_modules import WORKER_MODULES
        from infra_registry.jobs import run_worker
        run_worker({database.url!r}, modules=WORKER_MODULES)
    """
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        env=os.environ | {"REGISTRY_VAR": str(var)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            with database.use_case(SERVICE) as connection:
                step = jobs.read(connection, job).step
            if step in ("radio.step.internal", "radio.step.public", "radio.step.gaps", "radio.step.remedies"):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the worker never came to compute")
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    _until_let_go(database)


def _until_let_go(database: Database) -> None:
    """Until the server has noticed that its client is gone: then the job's lock is free."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        with database.use_case(SERVICE) as connection:
            held = connection.scalar(
                text("""SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""")
            )
        if not held:
            return
        time.sleep(0.1)
    raise AssertionError("the lock of the killed worker is still held")


def _written(database: Database) -> tuple[int, int]:
    with database.use_case(SERVICE) as connection:
        return (
            connection.execute(text("SELECT count(*) FROM radio_layer")).scalar_one(),
            connection.execute(text("SELECT count(*) FROM radio_gap")).scalar_one(),
        )


def _ended(database: Database, town: Town, code: str) -> object:
    with database.use_case(town.regulator) as connection:
        return run_store.run(connection, code)["ended_at"]
