"""What stalls a server, and what another visitor notices: downloads, slow senders and readers, a frozen database.

``python -m tests.drills.stall`` serves the sample cities and prints a line for each attack and page: requests, median
and 95th percentile of the seconds, statuses.
"""

import http.client
import shutil
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

from tests.drills.product import Product
from tests.drills.visitor import Answer, visit
from tests.server import scratch

PATHS = ("/", "/healthz", "/tiles/assets/11/1687/804.mvt", "/report")
SECONDS = 12.0
Attack = Callable[[int, Event], None]


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


ATTACKS: tuple[tuple[Attack, int], ...] = (
    (downloads, 8),
    (offline_pages, 8),
    (bodies, 16),
    (heads, 16),
    (silent, 16),
    (readers, 10),
)


@contextmanager
def attacked(port: int, attack: Attack, count: int) -> Iterator[None]:
    """Meanwhile ``count`` threads attack, from one second before."""
    stop = Event()
    threads = [Thread(target=attack, args=(port, stop), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(25)


def visits(port: int) -> list[Answer]:
    """What another visitor is answered in ``SECONDS``."""
    until, answers = time.monotonic() + SECONDS, []
    while time.monotonic() < until:
        answers += [visit(port, path) for path in PATHS]
        time.sleep(0.05)
    return answers


def table(name: str, answers: Sequence[Answer]) -> Iterator[str]:
    """A line for each path."""
    by_path = defaultdict(list)
    for answer in answers:
        by_path[answer.path].append(answer)
    for path, of_path in by_path.items():
        seconds = sorted(answer.seconds for answer in of_path)
        middle, most = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.95)]
        statuses = ", ".join(sorted({str(answer.status) for answer in of_path}))
        yield f"{name:18}{path:32}{len(seconds):5}{middle * 1000:9.0f}{most * 1000:9.0f}  {statuses}"


def main() -> None:
    """Serve the sample cities, attack, print."""
    directory = scratch("registry-stall-")
    product = Product(directory)
    try:
        product.start(sample=True)
        print(f"{'attack':18}{'page':32}{'n':>5}{'p50 ms':>9}{'p95 ms':>9}  statuses")
        print(*table("none", visits(product.port)), sep="\n")
        for attack, count in ATTACKS:
            with attacked(product.port, attack, count):
                answers = visits(product.port)
            print(*table(f"{count} {attack.__name__}", answers), sep="\n")
            time.sleep(2)
        with product.database_frozen():
            answers = visits(product.port)
        print(*table("frozen database", answers), sep="\n")
    finally:
        product.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
