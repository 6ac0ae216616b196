"""Connections that do not wait for a database that stands still.

Limits of statements are the database's own: a server that is stopped, or whose disk hangs, never comes to them. So
whoever waits longer than ``PATIENCE_S`` for an answer looks whether the server still takes a new connection; where
it takes none the wait ends, and nobody else begins to wait until it does.
"""

import select
import time
from collections.abc import Generator
from threading import Lock
from typing import Any, Self, TypeVar

import psycopg
from psycopg import pq
from psycopg.waiting import Ready
from sqlalchemy import Engine, event

PATIENCE_S = 1.0
CONNECT_S = 1.0
AGAIN_S = 0.5  # after which a silent server is looked at again
Result = TypeVar("Result")
_WANTED = {
    pq.PollingStatus.READING: select.POLLIN,
    pq.PollingStatus.WRITING: select.POLLOUT,
}


class Silent(psycopg.OperationalError):
    """The server takes no new connection in time; what was sent may or may not have been done."""


class Watch:
    """Whether one server answers, as all threads of a process last saw it."""

    def __init__(self, url: str) -> None:
        self._url = url.encode()
        self._looking = Lock()
        self._silent_at = 0.0
        self.silent = False

    def check(self) -> None:
        """Look whether the server answers, unless another thread does or just did; raises Silent where it does not."""
        due = not self.silent or time.monotonic() - self._silent_at > AGAIN_S
        if due and self._looking.acquire(blocking=False):
            try:
                self._note(silent=not _connects(self._url))
            finally:
                self._looking.release()
        if self.silent:
            raise Silent("the database server does not answer")

    def _note(self, *, silent: bool) -> None:
        self._silent_at, self.silent = time.monotonic(), silent

    def over(self, engine: Engine) -> None:
        """Let the engine open connections that are watched."""
        event.listen(engine, "do_connect", self._connect)

    def _connect(self, _: Any, __: Any, arguments: Any, named: dict[str, Any]) -> psycopg.Connection[Any]:
        if self.silent:
            self.check()
        try:
            connection = _Watched.connect(*arguments, **named)
        except psycopg.errors.ConnectionTimeout:
            self._note(silent=True)
            raise
        connection.watch = self
        return connection


class _Watched(psycopg.Connection[Any]):
    """A connection that is closed when its server is silent while it waits."""

    watch: Watch | None = None

    def wait(self: Self, gen: Any, *arguments: Any, **named: Any) -> Any:
        """As psycopg's own, which wakes the generator about ten times a second while nothing comes."""
        if self.watch is None:
            return super().wait(gen, *arguments, **named)
        try:
            if self.watch.silent:
                self.watch.check()
            return super().wait(_watched(gen, self.watch), *arguments, **named)
        except Silent:
            self.close()
            raise


def _watched(gen: Generator[Any, Any, Result], watch: Watch) -> Generator[Any, Any, Result]:
    try:
        state = next(gen)
        look_at = time.monotonic() + PATIENCE_S
        while True:
            ready = yield state
            if ready != Ready.NONE:
                look_at = time.monotonic() + PATIENCE_S
            elif time.monotonic() > look_at:
                watch.check()
                look_at = time.monotonic() + PATIENCE_S
            state = gen.send(ready)
    except StopIteration as end:
        result: Result = end.value
        return result


def _connects(url: bytes) -> bool:
    """True where the server lets us in, or refuses, within ``CONNECT_S``; False only where it says nothing."""
    until = time.monotonic() + CONNECT_S
    connection = pq.PGconn.connect_start(url)
    try:
        while (events := _WANTED.get(pq.PollingStatus(connection.connect_poll()))) is not None:
            poll = select.poll()
            poll.register(connection.socket, events)
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                return False
    finally:
        connection.finish()
    return True
