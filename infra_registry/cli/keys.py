"""`infra-registry keys …`: the keys of cases."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from infra_registry import config
from infra_registry.cases import key_copies, renewal
from infra_registry.cases import keys as case_keys
from infra_registry.cli.terminal import as_json, tell
from infra_registry.cluster import addresses
from infra_registry.db import Database


@click.group()
def keys() -> None:
    """The keys of cases: back up their secrets, renew them."""


@keys.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
@as_json
def backup(directory: Path | None, as_json: bool) -> None:
    """Copy the folder of secrets to a new one below DIRECTORY (default: REGISTRY_KEY_BACKUPS), apart from the database.

    Copies that are 30 days old are removed there.
    """
    settings = config.load()
    into = directory or settings.key_backups_dir
    done = key_copies.save(settings, into, datetime.now(UTC))
    kept = into.absolute() == settings.key_backups_dir.absolute()
    tell("keys.backup" if kept else "keys.backup.elsewhere", asdict(done), as_json)


@keys.command()
@as_json
def renew(as_json: bool) -> None:
    """Give cases fresh keys: those of older releases, and all after a change of REGISTRY_CASE_KEY.

    The key of before stands in REGISTRY_CASE_KEY_BEFORE until no case needs it. Can be stopped and called again;
    exit code 1 where a case does not open.
    """
    settings = config.load()
    facts = asdict(renew_cases(settings))
    tell("keys.renewed.shut" if facts["shut"] else "keys.renewed", facts, as_json)
    if facts["shut"]:
        click.get_current_context().exit(1)


def renew_cases(settings: config.Settings) -> renewal.Renewed:
    """Renew as the owner of the schema, with the operator's key of this installation."""
    owner = Database(addresses(settings).owner, pool_size=1)
    try:
        return renewal.renew(owner, case_keys.load(settings))
    finally:
        owner.dispose()
