"""`infra-registry assets …`: withhold an asset from everybody, publish it again."""

from datetime import datetime

import click

from infra_registry.assets import store, withholding
from infra_registry.cli import session
from infra_registry.cli.terminal import as_json, as_user, day, tell
from infra_registry.db import Connection
from infra_registry.errors import NotFound


@click.group()
def assets() -> None:
    """Assets: withhold one from everybody, publish it again."""


@assets.command()
@click.argument("code")
@click.option("--reason", required=True, help="Why, in 10 to 500 characters.")
@click.option("--review-on", type=day, required=True, help="When this is looked at again; within a year.")
@as_user
@as_json
def withhold(code: str, reason: str, review_on: datetime, login_name: str | None, as_json: bool) -> None:
    """Withhold asset CODE: only its owner, operator and regulators see it."""
    with session.transaction(login_name) as (connection, actor):
        version = _version(connection, code)
        withholding.withhold(connection, actor, code, version, reason=reason, review_on=review_on.date())
    tell("withhold.done", {"code": code}, as_json)


@assets.command()
@click.argument("code")
@as_user
@as_json
def release(code: str, login_name: str | None, as_json: bool) -> None:
    """Publish asset CODE again, in its class of before."""
    with session.transaction(login_name) as (connection, actor):
        withholding.release(connection, actor, code, _version(connection, code))
    tell("withhold.released", {"code": code}, as_json)


def _version(connection: Connection, code: str) -> int:
    row = store.locked(connection, code)
    if row is None:
        raise NotFound("asset.not_found", code=code[:60])
    return int(row.version)
