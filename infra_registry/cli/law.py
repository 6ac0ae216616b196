"""`infra-registry law …`: check the files that ship, put one forward, approve it."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, input_file, phrase, print_json, say, work_off
from infra_registry.db import Database
from infra_registry.duties.inforce import checking, document_store, law_work, loading  # noqa: F401  registers the preview
from infra_registry.duties.inforce.checking import Checked


@click.group()
def law() -> None:
    """Rulebooks, procedures and calendars: check, propose, approve."""


@law.command()
@as_json
def check(as_json: bool) -> None:
    """Account for every statement of the cities' instruments; exit 1 when a file is faulty or one is missing."""
    checked = checking.check()
    if as_json:
        click.echo(json.dumps(_as_json(checked), ensure_ascii=False, indent=2))
    else:
        _tell(checked)
    sys.exit(0 if checked.whole else 1)


@law.command()
@click.argument("file", type=input_file)
@click.option("--as", "user", required=True, help="Who puts it forward: somebody else approves.")
@as_json
def propose(file: Path, user: str, as_json: bool) -> None:
    """Put FILE forward and show what it would change; somebody else approves it."""
    database = session.open_database()
    actor = session.actor_of(database, user)
    content = file.read_bytes()
    with database.use_case(actor) as connection:
        document = loading.propose(connection, actor, content, file.name)
    _preview(database, document)
    with database.use_case(actor) as connection:
        filed, _ = document_store.filed(connection, document)
    if as_json:
        print_json({"id": document, "key": filed.key, "preview": filed.preview})
        return
    say("law.cli.proposed", id=document, file=filed.key)
    for clause in (filed.preview or {}).get("clauses", ()):
        counts = {name: clause[name] for name in ("appear", "vanish", "move")}
        way = phrase(f"law.way.{clause['way']}")
        say("law.cli.changes", clause=clause["clause"], way=way, **counts)
    say("law.cli.clocks", count=len((filed.preview or {}).get("clocks", ())))


@law.command()
@click.argument("document", metavar="ID", type=click.IntRange(min=1, max=2**63 - 1))
@click.option("--as", "user", required=True, help="Who approves: never the one who put it forward.")
@click.option("--note", default="", help="Why.")
def approve(document: int, user: str, note: str) -> None:
    """Put the waiting file ID in force."""
    database = session.open_database()
    actor = session.actor_of(database, user)
    with database.use_case(actor) as connection:
        filed, _ = document_store.filed(connection, document)
    if filed.state == "proposed" and filed.preview is None:
        _preview(database, document)
    with database.use_case(actor) as connection:
        done = loading.approve(connection, actor, document, note)
    say("law.approved", file=done.key)


@law.command(name="list")
def list_() -> None:
    """Files that wait, and those decided on."""
    with session.open_database().use_case(SERVICE) as connection:
        documents = document_store.history(connection)
    for item in documents:
        state = phrase(f"law.document.{item.state}")
        click.echo(
            f"{item.id:>6}  {state}  {item.kind}/{item.key}  {item.digest[:12]}  {item.proposer or '—'}"
        )


def _preview(database: Database, document: int) -> None:
    """Compute what the document would change in this process, without a worker."""
    with database.use_case(SERVICE) as connection:
        job = loading.look_ahead(connection, SERVICE, document)
    work_off(database, job, label="", hidden=True)


def _tell(checked: Checked) -> None:
    for fault in checked.faults:
        click.echo(f"{fault.field}: {words.fault(locale(), fault)}", err=True)
    for book in checked.books:
        say(
            "law.cli.book",
            book=book.key,
            name=book.title.of(locale()),
            force=phrase(f"law.force.{book.force}"),
            clauses=book.clauses,
            verified=book.verified,
            rows=len(book.modelled) + len(book.not_modelled),
            modelled=len(book.modelled),
        )
        for row, reason in book.not_modelled:
            say("law.cli.left_out", row=row, reason=reason.of(locale()))
        for articles, reason in book.not_held:
            say("law.cli.not_held", articles=articles, reason=reason.of(locale()))
    for row in checked.missing:
        say("law.cli.missing", row=row)
    for row, where in checked.twice:
        say("law.cli.twice", row=row, where=", ".join(where))
    for row, book_key in checked.unknown:
        say("law.cli.unknown", row=row, where=book_key)
    totals = {"rows": len(checked.rows), "books": len(checked.books), "faults": len(checked.faults)}
    say("law.cli.total", accounted=checked.accounted, **totals)


def _as_json(checked: Checked) -> dict[str, object]:
    return {
        "whole": checked.whole,
        "rows": len(checked.rows),
        "accounted": checked.accounted,
        "missing": checked.missing,
        "twice": dict(checked.twice),
        "unknown": dict(checked.unknown),
        "faults": [
            {"place": fault.field, "value": str(fault.value), "code": fault.code, "expected": fault.expected}
            for fault in checked.faults
        ],
        "books": [asdict(book) for book in checked.books],
    }
