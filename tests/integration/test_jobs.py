"""Jobs: asked and committed together, done once, seen while they run, taken up again after a kill."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from infra_registry import jobs
from infra_registry.access import SERVICE, Actor
from infra_registry.cluster import Addresses
from infra_registry.db import Database
from infra_registry.errors import NotFound, RegistryError
from infra_registry.jobs import registry, store
from infra_registry.jobs import run as run_module
from infra_registry.jobs.queue import recover
from tests.worker import run_pending

DONE: list[str] = []


@jobs.task("test.note")
def note(run: jobs.Run, word: str) -> dict[str, int]:
    for step in range(3):
        run.progress(step, 3, "job.state.running")
    DONE.append(word)
    return {"letters": len(word)}


@jobs.task("test.refuse")
def refuse(run: jobs.Run) -> None:
    raise RegistryError("job.not_found", code=run.code)


@jobs.task("test.break")
def break_off(run: jobs.Run) -> None:
    raise ZeroDivisionError


def ask(database: Database, task: str, **arguments: object) -> str:
    with database.use_case(SERVICE) as connection:
        return jobs.ask(connection, task, SERVICE, **arguments)


def read(database: Database, code: str) -> jobs.Progress:
    with database.use_case(SERVICE) as connection:
        return jobs.read(connection, code)


def test_a_job_is_done_and_tells_its_result(database: Database) -> None:
    code = ask(database, "test.note", word="mast")
    run_pending(database)
    job = read(database, code)
    assert (job.state, job.result, job.share) == ("done", {"letters": 4}, 100)
    assert DONE.count("mast") == 1


def test_asking_rolls_back_with_the_caller(database: Database) -> None:
    def change_of_mind() -> None:
        with database.use_case(SERVICE) as connection:
            jobs.ask(connection, "test.note", SERVICE, word="never")
            raise KeyError

    with pytest.raises(KeyError):
        change_of_mind()
    run_pending(database)
    assert "never" not in DONE


def test_a_second_delivery_does_nothing(database: Database) -> None:
    code = ask(database, "test.note", word="once")
    jobs.run_now(database, code)
    jobs.run_now(database, code)
    run_pending(database)
    assert DONE.count("once") == 1


def test_refusal_and_breakage_end_the_job_with_a_reason(database: Database) -> None:
    refused, broken = ask(database, "test.refuse"), ask(database, "test.break")
    run_pending(database)
    assert (read(database, refused).state, read(database, refused).problem) == ("failed", "job.not_found")
    assert (read(database, broken).state, read(database, broken).problem) == ("failed", "job.broken")


def test_a_waiting_job_can_be_cancelled(database: Database) -> None:
    code = ask(database, "test.note", word="unwanted")
    with database.use_case(SERVICE) as connection:
        jobs.cancel(connection, code)
    run_pending(database)
    assert read(database, code).state == "cancelled"
    assert "unwanted" not in DONE


def test_a_running_job_stops_at_its_next_report(database: Database) -> None:
    @jobs.task("test.long")
    def long(run: jobs.Run) -> None:
        with database.use_case(SERVICE) as connection:
            jobs.cancel(connection, run.code)
        assert run.cancelled()
        run.progress(1, 1)
        DONE.append("too far")

    code = ask(database, "test.long")
    run_pending(database)
    assert read(database, code).state == "cancelled"
    assert "too far" not in DONE


def test_reports_of_one_step_in_a_moment_are_written_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    @jobs.task("test.rows")
    def rows(run: jobs.Run) -> None:
        for step in ("job.state.waiting", "job.state.running"):
            for number in range(100):
                run.progress(number, 200, step)

    reports: list[tuple[int, int | None, str | None]] = []
    monkeypatch.setattr(run_module, "monotonic", lambda: 1.0)
    monkeypatch.setattr(store, "report", lambda connection, code, report: reports.append(report))
    jobs.run_now(database, ask(database, "test.rows"))
    assert reports == [(0, 200, "job.state.waiting"), (0, 200, "job.state.running")]


def test_unknown_job_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        read(database, "Q-NONE")


def heartbeat_age_s(connection: Connection) -> float | None:
    """Seconds since a worker last gave a sign; None when none is registered."""
    age = connection.scalar(
        text("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
    )
    return None if age is None else float(age)


def test_heartbeat_is_there_only_with_a_worker(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        assert heartbeat_age_s(connection) is None
        connection.execute(text("SELECT procrastinate_register_worker_v1()"))
        age = heartbeat_age_s(connection)
    assert age is not None
    assert age < 5


def test_jobs_of_a_user_run_as_that_user(database: Database) -> None:
    seen: list[int] = []

    @jobs.task("test.who")
    def who(run: jobs.Run) -> None:
        seen.append(run.actor.user_id)

    with database.use_case(SERVICE) as connection:
        user = connection.scalar(
            text(
                "INSERT INTO user_account (login, name, password_hash) VALUES ('eve', 'Eve', 'x') RETURNING id"
            )
        )
    before = list(registry._ACTORS)
    jobs.actors_from(lambda _, key: Actor(user_id=key))
    try:
        with database.use_case(Actor(user_id=user)) as connection:
            jobs.ask(connection, "test.who", Actor(user_id=user))
        run_pending(database)
    finally:
        registry._ACTORS[:] = before
    assert seen == [user]


KILLED = """
    import sys, time
    from infra_registry import jobs
    from pathlib import Path
    @jobs.task("test.slow")
    def slow(run, mark):
        with open(mark, "a") as out:
            out.write("began\\n")
        if len(Path(mark).read_text().splitlines()) == 1:
            time.sleep(60)
        return {}
    jobs.run_worker(sys.argv[1], once=True)
"""


def test_a_killed_worker_leaves_nothing_stuck_and_nothing_doubled(database: Database, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = ask(database, "test.slow", mark=str(mark))
    program = [sys.executable, "-c", textwrap.dedent(KILLED), database.url]
    first = subprocess.Popen(program)
    deadline = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert read(database, code).state == "running"
    subprocess.run(program, check=True, timeout=60)
    assert read(database, code).state == "done"
    assert mark.read_text().split() == ["began", "began"]


def test_a_job_that_kills_its_workers_is_given_up(database: Database) -> None:
    code = ask(database, "test.note", word="deadly")
    for _ in range(3):
        with database.use_case(SERVICE) as connection:
            connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'"))
            connection.execute(text("UPDATE job SET state = 'running' WHERE code = :c"), {"c": code})
        with database.use_case(SERVICE) as connection:
            assert recover(connection) == 1
    assert (read(database, code).state, read(database, code).problem) == ("failed", "job.lost_worker")


def deliver(database: Database, code: str, status: str) -> None:
    """What a worker leaves of its delivery of a job that has not ended: the queued row with this status."""
    with database.use_case(SERVICE) as connection:
        queued = {"c": code, "s": status}
        taken = "UPDATE procrastinate_jobs SET status = 'doing' WHERE queueing_lock = :c AND status = 'todo'"
        connection.execute(text(taken), queued)
        if status != "doing":
            left = (
                "SELECT procrastinate_finish_job_v1(id, CAST(:s AS procrastinate_job_status), false) "
                "FROM procrastinate_jobs WHERE queueing_lock = :c AND status = 'doing'"
            )
            connection.execute(text(left), queued)
        connection.execute(text("UPDATE job SET state = 'running' WHERE code = :c"), queued)


@pytest.mark.parametrize("statuses", [("failed",) * 3, ("aborted",) * 3, ("doing", "failed", "doing")])
def test_a_job_is_given_up_after_three_deliveries(database: Database, statuses: tuple[str, ...]) -> None:
    code = ask(database, "test.note", word="delivered")
    states = []
    for status in statuses:
        deliver(database, code, status)
        with database.use_case(SERVICE) as connection:
            assert recover(connection) == 1
        states.append(read(database, code).state)
    assert states == ["running", "running", "failed"]
    assert read(database, code).problem == "job.lost_worker"


def test_a_delivery_that_ended_badly_is_made_anew(database: Database) -> None:
    codes = {status: ask(database, "test.note", word=f"after {status}") for status in ("aborted", "failed")}
    codes["doing"] = ask(database, "test.note", word="after doing")
    for status, code in codes.items():
        deliver(database, code, status)
    with database.use_case(SERVICE) as connection:
        assert recover(connection) == 3
    run_pending(database)
    assert [read(database, code).state for code in codes.values()] == ["done"] * 3
    assert [DONE.count(f"after {status}") for status in codes] == [1, 1, 1]


def test_a_job_that_cannot_be_queued_keeps_no_other_from_it(database: Database, addresses: Addresses) -> None:
    odd, lost = (ask(database, "test.note", word=word) for word in ("odd", "lost"))
    for code in (odd, lost):
        deliver(database, code, "aborted")
    refusal = "ALTER TABLE procrastinate_jobs ADD CONSTRAINT odd CHECK (args ->> 'word' <> 'odd') NOT VALID"
    with psycopg.connect(addresses.owner) as connection:
        connection.execute(refusal)
    with database.use_case(SERVICE) as connection:
        assert recover(connection) == 1
    run_pending(database)
    assert [read(database, code).state for code in (odd, lost)] == ["running", "done"]
