"""`serve` as a process: the port opens when the application can answer, and the address is then printed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra_registry.cli.serving import warn_root
from infra_registry.cluster import Addresses, Cluster
from tests.server import scratch

PROGRAM = [sys.executable, "-c", "from infra_registry.cli import main; main()"]
START_S = 60
CONNECTS_S = 0.05
ANSWERS_S = 20


@pytest.fixture
def port() -> int:
    """A port of the loopback interface nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serving(addresses: Addresses, tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The web server of an empty register, being started."""
    environment = os.environ | {
        "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner,
        "REGISTRY_VAR": str(tmp_path),
        "REGISTRY_LANG": "en",
    }
    command = [*PROGRAM, "serve", "--no-worker", "--processes", "1", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def test_the_first_request_after_the_port_opens_is_answered(
    serving: subprocess.Popen[str], port: int
) -> None:
    until = time.monotonic() + START_S
    while True:
        assert serving.poll() is None
        assert time.monotonic() < until
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(CONNECTS_S)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=ANSWERS_S) as response:
        assert response.status == 200
    assert serving.stdout is not None
    assert serving.stdout.readline().strip().endswith(f"http://127.0.0.1:{port}")


def test_a_taken_port_is_refused_before_anything_starts(addresses: Addresses, port: int) -> None:
    environment = os.environ | {"DATABASE_URL": addresses.app, "DATABASE_OWNER_URL": addresses.owner}
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(
            [*PROGRAM, "serve", "--port", str(port)],
            env=environment | {"REGISTRY_LANG": "en"},
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
    assert (done.returncode, str(port) in done.stderr) == (1, True)


def test_a_private_database_that_dies_is_started_again(tmp_path: Path, port: int) -> None:
    var = scratch("registry-serve-")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")} | {
        "REGISTRY_VAR": str(var), "REGISTRY_LANG": "en",
    }  # fmt: skip
    cluster = Cluster(var / "pg")

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/assets", timeout=ANSWERS_S) as response:
                return bool(response.status == 200)
        except OSError:  # nobody listens yet, or the answer is 503
            return False

    def wait(seconds: float) -> None:
        until = time.monotonic() + seconds
        while not answers():
            assert time.monotonic() < until
            time.sleep(CONNECTS_S)

    try:
        for words in (["db", "up"], ["db", "migrate"]):
            subprocess.run([*PROGRAM, *words], env=environment, check=True, capture_output=True)
        command = [*PROGRAM, "serve", "--no-worker", "--processes", "1", "--port", str(port)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            try:
                wait(START_S)
                before = cluster.status().pid
                assert before is not None
                os.kill(before, signal.SIGKILL)
                time.sleep(0.5)
                wait(ANSWERS_S)
                assert cluster.status().pid not in (None, before)
                subprocess.run([*PROGRAM, "db", "down"], env=environment, check=True, capture_output=True)
                time.sleep(1.5)
                assert cluster.status().state == "stopped"  # what somebody stopped stays down
            finally:
                process.terminate()
                said = process.communicate(timeout=30)[1]
        assert said.count("database ended unexpectedly") == 1
    finally:
        cluster.destroy()
        shutil.rmtree(var, ignore_errors=True)


@pytest.mark.parametrize(("account", "warned"), [(0, True), (1000, False)])
def test_serving_as_root_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], account: int, warned: bool
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: account)
    monkeypatch.setenv("REGISTRY_LANG", "en")
    warn_root()
    assert ("runs as root" in capsys.readouterr().err) is warned
