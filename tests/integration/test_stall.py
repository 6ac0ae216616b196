"""Slow senders, endless downloads and slow readers leave another visitor's pages alone, without a proxy in front."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Thread

import pytest

from infra_registry.cluster import Addresses, Cluster
from tests.conftest import clone, drop

PROGRAM = [sys.executable, "-c", "from infra_registry.cli import main; main()"]
PATHS = ("/", "/healthz", "/tiles/assets/11/1687/804.mvt", "/report")
ROUNDS = 12
SLOWEST_S = 1.0
Attack = Callable[[int, Event], None]


@pytest.fixture(scope="module")
def port(cluster: Cluster, sample_city: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The real server over a sample city."""
    addresses: Addresses = clone(cluster, sample_city)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    environment = os.environ | {
        "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner,
        "REGISTRY_VAR": str(tmp_path_factory.mktemp("var")),
    }
    command = [*PROGRAM, "serve", "--no-worker", "--port", str(number)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # the address, once it answers
        try:
            yield number
        finally:
            process.terminate()
            process.wait(30)
            drop(cluster, addresses)


def visit(port: int, path: str) -> tuple[int, float]:
    """Status and seconds of one request of somebody else."""
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=("127.0.0.2", 0))
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer.status, time.monotonic() - started


def downloads(port: int, stop: Event, path: str = "/assets.csv") -> None:
    while not stop.is_set():
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()


def offline_pages(port: int, stop: Event) -> None:
    downloads(port, stop, "/duties/opening/export")


def trickle(port: int, stop: Event, head: bytes) -> None:
    while not stop.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as sender:
            sender.sendall(head)
            while not stop.wait(0.3):
                sender.sendall(b"a")


def bodies(port: int, stop: Event) -> None:
    trickle(
        port,
        stop,
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 9999\r\n\r\n",
    )


def heads(port: int, stop: Event) -> None:
    trickle(port, stop, b"GET / HTTP/1.1\r\nX-Endless: ")


def silent(port: int, stop: Event) -> None:
    while not stop.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as caller:
            caller.settimeout(0.3)
            while not stop.is_set():
                with suppress(TimeoutError):
                    if not caller.recv(1):
                        break


def readers(port: int, stop: Event) -> None:
    while not stop.is_set():
        with suppress(OSError), socket.socket() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", port))
            reader.sendall(b"GET /assets.csv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            while not stop.wait(0.2) and reader.recv(64):
                pass


@pytest.mark.parametrize(
    ("attack", "count"),
    [(downloads, 8), (offline_pages, 8), (bodies, 16), (heads, 16), (silent, 16), (readers, 10)],
)
def test_another_visitor_is_answered(port: int, attack: Attack, count: int) -> None:
    stop = Event()
    threads = [Thread(target=attack, args=(port, stop), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        answers = [(path, *visit(port, path)) for _ in range(ROUNDS) for path in PATHS]
    finally:
        stop.set()
    for thread in threads:
        thread.join(25)
    slow = [answer for answer in answers if answer[2] > SLOWEST_S]
    assert {status for _, status, _ in answers} <= {200, 204}, answers
    assert len(slow) <= len(answers) * 0.05, slow
    assert visit(port, "/assets.csv")[0] == 200  # turns were given back
