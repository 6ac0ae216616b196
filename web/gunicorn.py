"""Settings of gunicorn that are code: figures of a process that ended are kept, not its gauges."""

from typing import Any

from prometheus_client import multiprocess


def child_exit(_: Any, worker: Any) -> None:
    """A serving process ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
