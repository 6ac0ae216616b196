"""`infra-registry law …`: check the files that ship, put one forward, approve it."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from infra_registry import jobs, words
from infra_registry.access import SERVICE, Actor
from infra_registry.cli import locale
from infra_registry.cli.session import open_database
from infra_registry.db import Database
from infra_registry.duties.inforce import checking, document_store, law_work, loading  # noqa: F401  registers the preview
from infra_registry.duties.inforce.checking import Checked
from infra_registry.errors import RegistryError
from infra_registry.parties import login

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")


@click.group()
def law() -> None:
    """Rulebooks, procedures and calendars: check, propose, approve."""


@law.command()
@AS_JSON
def check(as_json: bool) -> None:
    """Account for every statement of the cities' instruments; exit 1 when a file is faulty or one is missing."""
    found = checking.check()
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    else:
        _tell(found)
    sys.exit(0 if found.whole else 1)


@law.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "user", required=True, help="Who puts it forward: somebody else approves.")
@AS_JSON
def propose(file: Path, user: str, as_json: bool) -> None:
    """Put FILE forward and show what it would change; somebody else approves it."""
    database = open_database()
    actor = _actor(database, user)
    content = file.read_bytes()
    with database.use_case(actor) as connection:
        document = loading.propose(connection, actor, content, file.name)
    _preview(database, document)
    with database.use_case(actor) as connection:
        filed, _ = document_store.filed(connection, document)
    if as_json:
        click.echo(
            json.dumps({"id": document, "key": filed.key, "preview": filed.preview}, ensure_ascii=False)
        )
        return
    _say("law.cli.proposed", id=document, file=filed.key)
    for clause in (filed.preview or {}).get("clauses", ()):
        counts = {name: clause[name] for name in ("appear", "vanish", "move")}
        _say(
            "law.cli.changes",
            clause=clause["clause"],
            way=words.say(locale(), f"law.way.{clause['way']}"),
            **counts,
        )
    _say("law.cli.clocks", count=len((filed.preview or {}).get("clocks", ())))


@law.command()
@click.argument("document", metavar="ID", type=click.IntRange(min=1, max=2**63 - 1))
@click.option("--as", "user", required=True, help="Who approves: never the one who put it forward.")
@click.option("--note", default="", help="Why.")
def approve(document: int, user: str, note: str) -> None:
    """Put the waiting file ID in force."""
    database = open_database()
    actor = _actor(database, user)
    with database.use_case(actor) as connection:
        filed, _ = document_store.filed(connection, document)
    if filed.state == "proposed" and filed.preview is None:
        _preview(database, document)
    with database.use_case(actor) as connection:
        done = loading.approve(connection, actor, document, note)
    _say("law.approved", file=done.key)


@law.command(name="list")
def list_() -> None:
    """Files that wait, and those decided on."""
    with open_database().use_case(SERVICE) as connection:
        found = document_store.history(connection)
    for one in found:
        state = words.say(locale(), f"law.document.{one.state}")
        click.echo(f"{one.id:>6}  {state}  {one.kind}/{one.key}  {one.digest[:12]}  {one.proposer or '—'}")


def _actor(database: Database, user: str) -> Actor:
    return login.actor_of(database, user)


def _preview(database: Database, document: int) -> None:
    """Compute it here and now: a command does not wait for a worker."""
    with database.use_case(SERVICE) as connection:
        job = loading.look_ahead(connection, SERVICE, document)
    ended = jobs.run_now(database, job)
    if ended.state != "done":
        raise RegistryError(ended.problem or "job.broken", **(ended.problem_params or {"code": job}))


def _say(key: str, **params: object) -> None:
    click.echo(words.say(locale(), key, **params))


def _tell(checked: Checked) -> None:
    for fault in checked.faults:
        click.echo(f"{fault.field}: {words.fault(locale(), fault)}", err=True)
    for book in checked.books:
        _say(
            "law.cli.book",
            book=book.key,
            name=book.title.of(locale()),
            force=words.say(locale(), f"law.force.{book.force}"),
            clauses=book.clauses,
            verified=book.verified,
            rows=len(book.modelled) + len(book.not_modelled),
            modelled=len(book.modelled),
        )
        for row, reason in book.not_modelled:
            _say("law.cli.left_out", row=row, reason=reason.of(locale()))
        for articles, reason in book.not_held:
            _say("law.cli.not_held", articles=articles, reason=reason.of(locale()))
    for row in checked.missing:
        _say("law.cli.missing", row=row)
    for row, where in checked.twice:
        _say("law.cli.twice", row=row, where=", ".join(where))
    for row, book_key in checked.unknown:
        _say("law.cli.unknown", row=row, where=book_key)
    totals = {"rows": len(checked.rows), "books": len(checked.books), "faults": len(checked.faults)}
    _say("law.cli.total", accounted=checked.accounted, **totals)


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
