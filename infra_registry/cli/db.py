"""`infra-registry db …`: the embedded cluster, the schema, backups."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click
import psycopg
from sqlalchemy.exc import OperationalError

from infra_registry import audit, config
from infra_registry.access import SERVICE
from infra_registry.cases import key_copies
from infra_registry.cli.keys import renew_cases
from infra_registry.cli.terminal import as_json, phrase, say, tell
from infra_registry.cluster import Addresses, addresses, backup, embedded_cluster, restore
from infra_registry.db import Database
from infra_registry.db.migrate import current, head, mark_leakproof
from infra_registry.db.migrate import migrate as upgrade
from infra_registry.errors import RegistryError


@click.group()
def db() -> None:
    """The database: start, stop, migrate, back up, restore."""


@db.command()
@as_json
def up(as_json: bool) -> None:
    """Start the embedded PostGIS; make it first where there is none."""
    settings = config.load()
    if settings.database_url:
        tell("db.external", {"state": "external"}, as_json)
        return
    cluster = embedded_cluster(settings)
    already = cluster.status().state == "running"
    status = asdict(cluster.up())
    tell("db.up.already" if already else "db.up", status, as_json)
    if status["elsewhere"] and not as_json:
        say("db.elsewhere", **status)


@db.command()
@as_json
def down(as_json: bool) -> None:
    """Stop the embedded PostGIS; its data stays."""
    settings = config.load()
    if settings.database_url:
        tell("db.external", {"state": "external"}, as_json)
        return
    status = asdict(embedded_cluster(settings).down())
    tell(f"db.{status['state']}", status, as_json)


@db.command()
@as_json
def status(as_json: bool) -> None:
    """Say whether the database runs, where it lies and how new its schema is."""
    settings = config.load()
    facts: dict[str, Any] = {"state": "external"}
    if not settings.database_url:
        facts = asdict(embedded_cluster(settings).status())
    reachable = facts["state"] in ("running", "external")
    facts["schema"] = revision(addresses(settings).owner) if reachable else None
    facts["schema_newest"] = head()
    tell(f"db.{facts['state']}", facts, as_json)
    if as_json:
        return
    if facts.get("elsewhere"):
        say("db.elsewhere", **facts)
    if reachable:
        key = "db.schema.newest" if facts["schema"] == facts["schema_newest"] else "db.schema.behind"
        key = key if facts["schema"] else "db.schema.none"
        say(key, **facts)


@db.command()
@as_json
def migrate(as_json: bool) -> None:
    """Bring the schema to its newest form, starting the embedded PostGIS where needed; renew older cases' keys."""
    settings = config.load()
    if not settings.database_url:
        embedded_cluster(settings).up()
    target = addresses(settings)
    before = revision(target.owner)
    login = urlsplit(target.app)
    upgrade(
        target.owner,
        target.superuser,
        app_user=unquote(login.username or "registry_app"),
        app_password=login.password,
    )
    after = revision(target.owner)
    facts: dict[str, Any] = {"from": before, "schema": after}
    if (
        settings.case_key or not settings.production
    ):  # elsewhere the keys wait for `keys renew`; doctor says so
        facts["cases"] = asdict(renew_cases(settings))
    tell("db.migrated" if before != after else "db.schema.newest", facts, as_json)
    if not as_json and any(facts.get("cases", {}).values()):
        say("keys.renewed.shut" if facts["cases"]["shut"] else "keys.renewed", **facts["cases"])


@db.command(name="backup")
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@as_json
@click.pass_context
def save(ctx: click.Context, directory: Path | None, as_json: bool) -> None:
    """Save database and files to DIRECTORY (default: a new one below var/backups). Keys are not saved.

    Exit code 1, the backup being made all the same, where the audit chain is broken.
    """
    settings = config.load()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = (directory or settings.var_dir / "backups" / stamp).absolute()
    if not settings.database_url and embedded_cluster(settings).status().state != "running":
        raise RegistryError("db.not_running")
    key_copies.refuse_among(target)
    manifest = backup(
        _superuser(addresses(settings)), target, files_dir=settings.files_dir, audit_head=audit_head
    )
    broken = chain_findings(addresses(settings))
    facts = {**asdict(manifest), "directory": str(target), "rows": sum(manifest.after.counts.values())}
    tell("db.saved", facts | {"file_count": manifest.files.count, "audit_findings": broken}, as_json)
    _tell_chain(ctx, "db.saved.broken", broken, as_json)


@db.command(name="restore")
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@as_json
@click.pass_context
def bring_back(ctx: click.Context, directory: Path, as_json: bool) -> None:
    """Bring back a backup into an installation that has no data yet, and compare it with what was saved."""
    settings = config.load()
    if settings.database_url:
        raise RegistryError("restore.external")
    cluster = embedded_cluster(settings)
    done = restore(
        directory.absolute(),
        cluster,
        files_dir=settings.files_dir,
        audit_head=audit_head,
        after_restore=_after_restore,
    )
    facts = {"directory": str(directory), "differences": list(done.differences)}
    facts["rows"] = str(sum(done.manifest.after.counts.values()))
    broken = chain_findings(addresses(settings))
    tell("db.differs" if done.differences else "db.restored", facts | {"audit_findings": broken}, as_json)
    if done.differences and not as_json:
        click.echo("\n".join(f"  {line}" for line in done.differences))
    _tell_chain(ctx, "db.restored.broken", broken, as_json)
    if done.differences:
        ctx.exit(1)


def audit_head(url: str) -> tuple[int, str] | None:
    """The sealed end of the audit chain; None in a database that was never migrated."""
    if revision(url) is None:
        return None
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            return audit.head(connection)
    finally:
        database.dispose()


def chain_findings(target: Addresses) -> list[dict[str, Any]]:
    """What does not fit in the audit chain; nothing in a database that was never migrated."""
    if revision(target.owner) is None:
        return []
    database = Database(target.app, pool_size=1)
    try:
        with database.use_case(SERVICE) as connection:
            return [{"code": item.code, "seq": item.seq, **item.params} for item in audit.verify(connection)]
    finally:
        database.dispose()


def _tell_chain(ctx: click.Context, key: str, findings: list[dict[str, Any]], as_json: bool) -> None:
    """Say that the chain is broken and where; exit code 1 then."""
    if not findings:
        return
    if not as_json:
        click.echo(phrase(key, findings=len(findings)), err=True)
        for item in findings:
            click.echo("  " + phrase(item["code"], **item), err=True)
    ctx.exit(1)


def revision(url: str) -> str | None:
    """The schema's revision; None for a database that does not exist yet or was never migrated.

    Raises RegistryError ``db.unreachable``.
    """
    try:
        return current(url)
    except OperationalError as error:
        if "does not exist" in str(error.orig):
            return None
        raise RegistryError("db.unreachable", said=str(error.orig)) from error


def _superuser(target: Addresses) -> str:
    if target.superuser is None:
        raise RegistryError("db.superuser_needed", name="DATABASE_SUPERUSER_URL")
    return target.superuser


def _after_restore(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        mark_leakproof(connection)
