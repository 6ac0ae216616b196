"""The two tile servers under measurement, each as its makers run it, and clients that ask them."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra_registry.cli.serving import web_command
from infra_registry.cluster import Addresses
from infra_registry.cluster.place import PORT

PEER_PYTHON = Path(".venv-bench/bin/python")
START_S = 60
CLIENTS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered request: seconds from asking to the last byte, and the body."""

    seconds: float
    status: int
    body: bytes


def free_port() -> int:
    """A port of the loopback interface nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def registry(target: Addresses, directory: Path) -> Iterator[int]:
    """Our web server, two processes of four threads, on the benchmark's database; its port."""
    figures = directory / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(parents=True)
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": target.app,
        "REGISTRY_VAR": str(directory),
        "PROMETHEUS_MULTIPROC_DIR": str(figures),
    }
    with _running(web_command(f"127.0.0.1:{port}", processes=2, threads=4), environment, port, "/healthz"):
        yield port


@contextmanager
def peer(target: Addresses) -> Iterator[int]:
    """tipg on uvicorn, two processes; the margin of tiles as ours, no cap on features, no catalogue refresh."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": _with_host(target.owner),
        "TIPG_DB_SCHEMAS": '["bench"]',
        "TIPG_TILE_BUFFER": "64",
        "TIPG_MAX_FEATURES_PER_TILE": "100000",
        "TIPG_CATALOG_TTL": "0",
    }
    command = [str(PEER_PYTHON), "-m", "uvicorn", "tipg.main:app", "--workers", "2", "--port", str(port)]
    with _running([*command, "--log-level", "error", "--no-access-log"], environment, port, "/healthz"):
        yield port


def _with_host(url: str) -> str:
    """The socket's directory in the place of the host, where the peer looks for it."""
    plain, _, query = url.partition("?")
    user, _, database = plain.partition("@/")
    return f"{user}@{query.split('&')[0].removeprefix('host=')}:{PORT}/{database}"


def peer_versions() -> str:
    """What the peer is made of."""
    code = (
        "from importlib.metadata import version as v;"
        "print(', '.join(f'{n} {v(n)}' for n in ('tipg', 'uvicorn', 'uvloop', 'asyncpg')))"
    )
    return subprocess.run(
        [PEER_PYTHON, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def ask(port: int, paths: Sequence[str], *, clients: int = CLIENTS) -> list[Answer]:
    """Ask for all paths, ``clients`` at a time over connections that are kept; answers in order."""
    places = list(range(clients))
    with ThreadPoolExecutor(clients) as pool:
        lots = list(pool.map(lambda place: _ask_some(port, paths[place::clients]), places))
    answers: list[Answer | None] = [None] * len(paths)
    for place, lot in zip(places, lots, strict=True):
        answers[place::clients] = lot
    return [answer for answer in answers if answer is not None]


def _ask_some(port: int, paths: Sequence[str]) -> list[Answer]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    answers = []
    for path in paths:
        began = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        answers.append(Answer(time.perf_counter() - began, response.status, body))
    connection.close()
    return answers


@contextmanager
def _running(command: list[str], environment: dict[str, str], port: int, path: str) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, start_new_session=True, stderr=sys.stderr)
    try:
        _wait(process, port, path)
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}")
        try:
            if ask(port, [path], clients=1)[0].status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"{process.args!r} did not answer in {START_S} s")
