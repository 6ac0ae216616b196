"""Settings of gunicorn: a worker that stays with a busy connection; gauges of ended processes are dropped."""

import select
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]
from prometheus_client import multiprocess

STAY_MS = 2


class Worker(ThreadWorker):  # type: ignore[misc]
    """Threads that look for a connection's next request a moment longer before they give it back.

    A map asks for its tiles one after another on the same few connections. The way back to the poller and from
    there to another thread takes as long as a small answer, so it is left to connections that rest; a thread that
    others wait for stays with none.
    """

    def handle(self, conn: Any) -> Any:
        """Serve a connection while its requests follow at once; what the last of them left it as."""
        kept = super().handle(conn)
        while kept is True and self.alive and self._stays(conn):
            kept = super().handle(conn)
        return kept

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
