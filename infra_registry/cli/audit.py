"""Seal, verify and anchor the audit chain."""

import sys
from pathlib import Path

import click

from infra_registry import audit as chain
from infra_registry.access import SERVICE
from infra_registry.cli import session
from infra_registry.cli.terminal import as_json, input_file, output_file, print_json, say


@click.group()
def audit() -> None:
    """Seal, verify and anchor the audit chain."""


@audit.command()
@as_json
def seal(as_json: bool) -> None:
    """Close all events of ended transactions into the chain."""
    with session.transaction() as (connection, _):
        seals = chain.seal_all(connection)
        count, digest = chain.head(connection)
    events = sum(seal.batch.row_count for seal in seals)
    if as_json:
        print_json({"seals": len(seals), "events": events, "count": count, "hash": digest})
    elif seals:
        say("audit.sealed", events=events, count=count, hash=digest)
    else:
        say("audit.nothing_to_seal", count=count)


@audit.command()
@click.option(
    "--anchor",
    type=input_file,
    help="A head exported earlier; finds a cut tail and a chain written anew.",
)
@as_json
def verify(anchor: Path | None, as_json: bool) -> None:
    """Recompute the chain from the events; exit code 1 when something does not fit."""
    earlier = chain.read_anchor(anchor) if anchor else None
    with session.transaction() as (connection, _):
        findings = chain.verify(connection, earlier)
        count, digest = chain.head(connection)
    if as_json:
        listed = [{"code": item.code, "seq": item.seq, **item.params} for item in findings]
        print_json({"count": count, "hash": digest, "anchored": bool(earlier), "findings": listed})
    else:
        for item in findings:
            say(item.code, seq=item.seq, **item.params)
        key = "audit.broken" if findings else "audit.whole" if earlier else "audit.whole_unanchored"
        say(key, count=count, findings=len(findings))
    sys.exit(1 if findings else 0)


@audit.command()
@click.option(
    "--to",
    "target",
    required=True,
    type=output_file,
    help="File to write; keep it outside the database's machine.",
)
def head(target: Path) -> None:
    """Write the head of the chain outside the database."""
    with session.open_database().use_case(SERVICE) as connection:
        anchor = chain.export_head(connection, target)
    say("audit.head_written", count=anchor.count, hash=anchor.hash, path=str(target))
