"""A worker that does what is queued and comes back."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from infra_registry import jobs
from infra_registry.db import Database


def run_pending(database: Database, *, modules: Iterable[str] = ()) -> None:
    """Do everything that is queued, in a thread of its own: the caller's may have an event loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(jobs.run_worker, database.url, once=True, modules=modules).result()
