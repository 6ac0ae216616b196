"""Options and output that commands share."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from infra_registry import jobs, words
from infra_registry.cli import locale
from infra_registry.db import Database
from infra_registry.errors import RegistryError

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
as_user = click.option("--as", "login_name", help="Act as this user (default: the product itself).")
input_file = click.Path(exists=True, dir_okay=False, path_type=Path)
output_file = click.Path(dir_okay=False, path_type=Path)
day = click.DateTime(formats=["%Y-%m-%d"])


def together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A decorator that gives a command all these options, in this order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def phrase(key: str, /, **params: Any) -> str:
    """A message in the language of the terminal."""
    return words.say(locale(), key, **params)


def say(key: str, /, **params: Any) -> None:
    """Print a message in the language of the terminal."""
    click.echo(phrase(key, **params))


def print_json(facts: Any) -> None:
    """Print one JSON value: a geometry as GeoJSON, anything else that JSON has no type for as its text."""
    click.echo(json.dumps(facts, ensure_ascii=False, default=_plain))


def tell(key: str, facts: dict[str, Any], as_json: bool) -> None:
    """Print one outcome: the facts as JSON, or the message they fill."""
    if as_json:
        print_json(facts)
    else:
        say(key, **facts)


@contextmanager
def progress_bar(label: str, *, hidden: bool) -> Iterator[Callable[..., None]]:
    """A bar that follows ``report(done, total, step)``; ``total`` None is not known, ``step`` a message key."""
    with click.progressbar(length=1, label=label, hidden=hidden) as bar:

        def report(done: int, total: int | None, step: str | None = None) -> None:
            bar.label = phrase(step) if step else label
            bar.length = max(1, total or 1)
            bar.update(min(done, bar.length) - bar.pos)

        yield report


def work_off(database: Database, job: str, *, label: str, hidden: bool) -> None:
    """Do a job in this process with a bar that begins again at each step; ^C cancels it.

    Raises RegistryError with what stopped a job that did not end well.
    """
    with progress_bar(label, hidden=hidden) as report:
        ended = jobs.run_now(
            database, job, watch=lambda progress: report(progress.done, progress.total, progress.step)
        )
    if ended.state != "done":
        fallback = "job.cancelled" if ended.state == "cancelled" else "job.broken"
        raise RegistryError(ended.problem or fallback, **(ended.problem_params or {"code": ended.code}))


def _plain(value: Any) -> Any:
    return value.__geo_interface__ if hasattr(value, "__geo_interface__") else str(value)
