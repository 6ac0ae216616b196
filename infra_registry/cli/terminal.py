"""Options and output that commands share."""

import json
from pathlib import Path
from typing import Any

import click

from infra_registry import words
from infra_registry.access import SERVICE, Actor
from infra_registry.cli import locale
from infra_registry.db import Database
from infra_registry.errors import RegistryError
from infra_registry.jobs import Progress
from infra_registry.parties import login

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
as_user = click.option("--as", "login_name", help="Act as this user (default: the product itself).")
input_file = click.Path(exists=True, dir_okay=False, path_type=Path)
output_file = click.Path(dir_okay=False, path_type=Path)
day = click.DateTime(formats=["%Y-%m-%d"])


def actor_of(database: Database, login_name: str | None, default: Actor = SERVICE) -> Actor:
    """The user of a log-in, or ``default`` without one; raises RegistryError for an unknown log-in."""
    return login.actor_of(database, login_name) if login_name else default


def phrase(key: str, **params: Any) -> str:
    """A message in the language of the terminal."""
    return words.say(locale(), key, **params)


def say(key: str, **params: Any) -> None:
    """Print a message in the language of the terminal."""
    click.echo(phrase(key, **params))


def print_json(facts: Any) -> None:
    """Print one JSON value; what JSON has no type for is printed as its text."""
    click.echo(json.dumps(facts, ensure_ascii=False, default=str))


def tell(key: str, facts: dict[str, Any], as_json: bool) -> None:
    """Print one outcome: the facts as JSON, or the message they fill."""
    if as_json:
        print_json(facts)
    else:
        say(key, **facts)


def require_done(ended: Progress) -> None:
    """Raise what stopped a job that did not end well."""
    if ended.state != "done":
        fallback = "job.cancelled" if ended.state == "cancelled" else "job.broken"
        raise RegistryError(ended.problem or fallback, **(ended.problem_params or {"code": ended.code}))
