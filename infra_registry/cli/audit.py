"""Seal, verify and anchor the audit chain."""

import json
import sys
from pathlib import Path

import click

from infra_registry import audit as chain
from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.cli import locale
from infra_registry.cli.session import open_database

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group()
def audit() -> None:
    """Seal, verify and anchor the audit chain."""


@audit.command()
@AS_JSON
def seal(as_json: bool) -> None:
    """Close all events of ended transactions into the chain."""
    with open_database().use_case(SERVICE, timeout_ms=600_000) as connection:
        seals = chain.seal_all(connection)
        count, digest = chain.head(connection)
    events = sum(item.batch.row_count for item in seals)
    if as_json:
        click.echo(json.dumps({"seals": len(seals), "events": events, "count": count, "hash": digest}))
    elif seals:
        click.echo(words.say(locale(), "audit.sealed", events=events, count=count, hash=digest))
    else:
        click.echo(words.say(locale(), "audit.nothing_to_seal", count=count))


@audit.command()
@click.option(
    "--anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A head exported earlier; finds a cut tail and a chain written anew.",
)
@AS_JSON
def verify(anchor: Path | None, as_json: bool) -> None:
    """Recompute the chain from the events; exit code 1 when something does not fit."""
    known_head = chain.read_anchor(anchor) if anchor else None
    with open_database().use_case(SERVICE, timeout_ms=600_000) as connection:
        findings = chain.verify(connection, known_head)
        count, digest = chain.head(connection)
    if as_json:
        faults = [{"code": finding.code, "seq": finding.seq, **finding.params} for finding in findings]
        click.echo(
            json.dumps({"count": count, "hash": digest, "anchored": bool(known_head), "findings": faults})
        )
    else:
        for finding in findings:
            click.echo(words.say(locale(), finding.code, seq=finding.seq, **finding.params))
        key = "audit.broken" if findings else "audit.whole" if known_head else "audit.whole_unanchored"
        click.echo(words.say(locale(), key, count=count, findings=len(findings)))
    sys.exit(1 if findings else 0)


@audit.command()
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; keep it outside the database's machine.",
)
def head(target: Path) -> None:
    """Write the head of the chain outside the database."""
    with open_database().use_case(SERVICE) as connection:
        anchor = chain.export_head(connection, target)
    click.echo(
        words.say(locale(), "audit.head_written", count=anchor.count, hash=anchor.hash, path=str(target))
    )
