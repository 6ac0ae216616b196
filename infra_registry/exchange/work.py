"""Jobs of imports, registered when a worker loads this module."""

from typing import Any

from infra_registry import config, jobs
from infra_registry.exchange import accepting, checking, undoing


@jobs.task("imports.check")
def check(run: jobs.Run, batch: str) -> dict[str, Any]:
    """Read the file, stage its rows, list its findings."""
    return checking.check(run, batch, config.load().files_dir)


@jobs.task("imports.accept")
def accept(run: jobs.Run, batch: str, partial: bool) -> dict[str, Any]:
    """Write a checked batch."""
    return accepting.accept(run, batch, partial=partial)


@jobs.task("imports.undo")
def undo(run: jobs.Run, batch: str) -> dict[str, Any]:
    """Take an accepted batch back."""
    return undoing.undo(run, batch)
