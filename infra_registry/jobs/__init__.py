"""Long work: asked for in the caller's transaction, done by a worker as the one who asked, seen while it runs."""

from infra_registry.jobs.queue import ask
from infra_registry.jobs.registry import actors_from, periodic, task
from infra_registry.jobs.run import Run
from infra_registry.jobs.store import Progress, cancel, finish, live, read, recent
from infra_registry.jobs.worker import run_now, run_worker

__all__ = [
    "Progress",
    "Run",
    "actors_from",
    "ask",
    "cancel",
    "finish",
    "live",
    "periodic",
    "read",
    "recent",
    "run_now",
    "run_worker",
    "task",
]
