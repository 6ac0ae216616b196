"""Settings of gunicorn: a worker that stays with a busy connection and leaves slow senders; gauges of ended
processes are dropped."""

import errno
import select
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]
from prometheus_client import multiprocess

from infra_registry.config import load as load_settings  # gunicorn takes a module's ``config`` for a setting
from web.site.turns import Turns

STAY_MS = 2
FREE_S = 0.05  # that a sender may let a thread wait in a request before he needs a turn
PATIENCE_S = 10.0  # that he may let it wait with one
SLOWEST_BYTES_PER_S = 32 * 1024  # what he sends at this rate prolongs it
CLOSING_AT_ONCE, MOST_CLOSING = 4, 64
SEND_TIMEOUT_S = 30  # for a reader to take anything at all


class Sender:
    """The reading side of a connection. Threads wait for slow senders in turns, so that most stay free for others.

    ``recv`` raises ConnectionResetError for a sender that is too slow, or slow while no turn is free.
    """

    def __init__(self, sock: socket.socket, turns: Turns, address: str) -> None:
        self._sock, self._turns, self._address = sock, turns, address
        self.begin()

    def begin(self) -> None:
        """Start counting anew, for another request."""
        self._waited_s, self._received = 0.0, 0

    def recv(self, size: int) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        if not self._ready(FREE_S - self._waited_s):
            if not self._turns.take(self._address):
                raise ConnectionResetError(errno.ECONNRESET, "too many slow senders")
            try:
                left_s = PATIENCE_S + self._received / SLOWEST_BYTES_PER_S - self._waited_s
                if not self._ready(left_s):
                    raise ConnectionResetError(errno.ECONNRESET, "the sender is too slow")
            finally:
                self._turns.give_back(self._address)
        content = self._sock.recv(size)
        self._received += len(content)
        return content

    def _ready(self, seconds: float) -> bool:
        poll, started = select.poll(), time.monotonic()
        poll.register(self._sock, select.POLLIN)
        ready = bool(poll.poll(max(0.0, seconds) * 1000))
        self._waited_s += time.monotonic() - started
        return ready


class Worker(ThreadWorker):  # type: ignore[misc]
    """Threads that look for a connection's next request a moment longer before they give it back.

    A map asks for its tiles one after another on the same few connections. The way back to the poller and from
    there to another thread takes as long as a small answer, so it is left to connections that rest; a thread that
    others wait for stays with none. Half of the threads at most wait for slow senders, one for each address; behind
    proxies of ours, which buffer what they are sent, addresses are not told apart.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        most = max(1, self.cfg.threads // 2)
        self.closing = ThreadPoolExecutor(CLOSING_AT_ONCE, "closing")
        self.turns = Turns(most, each=most if load_settings().proxies else 1)

    def handle(self, conn: Any) -> Any:
        """Serve a connection while its requests follow at once; what the last of them left it as."""
        if not conn.initialized:
            conn.init = partial(self._init, conn)
            conn.wait_for_data = lambda _: type(conn).wait_for_data(conn, FREE_S)
            conn.close = partial(self._close, conn)
        elif not conn.is_http2:
            conn.parser.unreader.sock.begin()
        kept = super().handle(conn)
        while kept is True and self.alive and self._stays(conn):
            kept = super().handle(conn)
        return kept

    def _init(self, conn: Any) -> None:
        type(conn).init(conn)
        if conn.is_http2:
            return
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_TIMEOUT_S, 0))
        address = conn.client[0] if isinstance(conn.client, tuple) else ""
        conn.parser.unreader.sock = Sender(conn.sock, self.turns, address)

    def _close(self, conn: Any, graceful: bool = False) -> None:
        # gunicorn's graceful close reads on for up to two seconds, in the one thread that accepts connections.
        if graceful and self.closing._work_queue.qsize() < MOST_CLOSING:  # noqa: SLF001
            self.closing.submit(type(conn).close, conn, graceful=True)
        else:
            type(conn).close(conn)

    def _stays(self, conn: Any) -> bool:
        waiting = self.tpool._work_queue.qsize()  # noqa: SLF001 - the pool has no other word for it
        if waiting or conn.is_http2 or conn.parser.unreader.buf.getvalue():
            return False
        poll = select.poll()
        poll.register(conn.sock, select.POLLIN)
        return bool(poll.poll(STAY_MS))


def child_exit(_: Any, worker: Any) -> None:
    """A serving process ended: its counts are kept, its gauges are not."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
