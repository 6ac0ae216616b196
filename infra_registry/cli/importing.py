"""`infra-registry import FILE …`: through the same pipeline as the web, done and reported in this process."""

import io
import zipfile
from pathlib import Path
from typing import Any

import click

from infra_registry import config, jobs, words
from infra_registry.access import Actor
from infra_registry.assets.kinds import Kind
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import (
    as_json,
    as_user,
    input_file,
    output_file,
    phrase,
    print_json,
    say,
    tell,
    work_off,
)
from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.db import Database
from infra_registry.exchange import batches, store
from infra_registry.exchange.catalogue import faulty, move_m
from infra_registry.exchange.moves import in_words
from infra_registry.exchange.store import Batch
from infra_registry.files import Folder, Kept, keep
from infra_registry.formats import write_csv

HEADER = ("severity", "code", "part", "row", "field", "value", "expected", "text")


class _Import(click.Group):
    """A group whose first word may be a file: then ``files`` is meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if args and args[0] in self.commands else ["files", *args])


@click.group("import", cls=_Import)
def import_() -> None:
    """Import files, or take an import back."""


@import_.command()
@click.argument("files", nargs=-1, required=True, type=input_file)
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="What the rows are.")
@click.option("--mapping", help="A mapping of data/mappings, for files with columns of their own.")
@click.option("--owner", help="Code of the party the rows belong to where they state none.")
@click.option(
    "--crs", default="auto", show_default=True, help="EPSG:n, or auto: mapping, then file, then 4326."
)
@as_user
@click.option("--dry-run", is_flag=True, help="Check only.")
@click.option("--partial", is_flag=True, help="Write the good rows even when others are faulty.")
@click.option("--confirm-moves", is_flag=True, help="Write rows that move registered things far, too.")
@click.option("--report", type=output_file, help="CSV of every finding.")
@as_json
@click.pass_context
def files(ctx: click.Context, /, files: tuple[Path, ...], **given: Any) -> None:
    """Import FILES. Several files with one mapping are one import. Exit code 1: refused with findings.

    What would be new, changed and moved is told before anything is written. "import undo CODE" takes an import back.
    """
    name = given["mapping"] or (f"kind:{given['kind']}" if given["kind"] else None)
    if name is None:
        raise click.UsageError(phrase("import.cli.need"))
    if len(files) > 1 and not given["mapping"]:
        raise click.UsageError(phrase("import.cli.several"))
    for wrong in faulty().values():
        click.echo(phrase("imports.left_out", line=phrase(wrong.code, **wrong.params)), err=True)
    database, actor = _begin(given["login_name"])
    crs = None if given["crs"] == "auto" else given["crs"]
    upload = batches.Upload(_kept(files), name, crs, given["owner"], dry_run=given["dry_run"])
    with database.use_case(actor) as connection:
        batch = batches.receive(connection, actor, upload)
    batch = _work(database, actor, batch, as_json=given["as_json"])
    compared = _compared(database, actor, batch, as_json=given["as_json"])
    far = compared["moved_far"] and not given["confirm_moves"]
    good = batch.state == "staged" and (given["partial"] or not batch.rows_faulty)
    if good and not batch.dry_run and not far:
        with database.use_case(actor) as connection:
            batch = batches.accept(
                connection, actor, batch.code, partial=given["partial"], moves=given["confirm_moves"]
            )
        batch = _work(database, actor, batch, as_json=given["as_json"])
    _tell(database, actor, batch, compared, as_json=given["as_json"])
    if far and not given["as_json"]:
        say("import.cli.confirm", count=compared["moved_far"], limit=in_words(move_m(batch.mapping)))
    if given["report"]:
        _report(database, actor, batch, given["report"])
    fine = batch.state == "accepted" or (batch.dry_run and batch.state == "staged" and not batch.rows_faulty)
    ctx.exit(0 if fine else 1)


@import_.command()
@click.argument("code")
@as_user
@as_json
def undo(code: str, login_name: str | None, as_json: bool) -> None:
    """Take the import CODE back: remove what it added, restore what it changed, list what was used since."""
    database, actor = _begin(login_name)
    with database.use_case(actor) as connection:
        batch = batches.undo(connection, actor, code)
    _work(database, actor, batch, as_json=as_json)
    with database.use_case(actor) as connection:
        result = jobs.read(connection, batch.job_code or "").result or {}
    facts = {"code": code} | result
    tell("import.cli.undone", facts if as_json else facts | {"left": len(result["left"])}, as_json)


def _begin(login_name: str | None) -> tuple[Database, Actor]:
    """The register with every task it works off, and who acts."""
    for module in WORKER_MODULES:
        __import__(module)
    database = session.open_database()
    return database, session.actor_of(database, login_name)


def _compared(database: Database, actor: Actor, batch: Batch, *, as_json: bool) -> dict[str, Any]:
    """Tell what the batch would add, change and move; the facts for programs."""
    with database.use_case(actor) as connection:
        counted = store.outcomes(connection, batch.id)
        moves = store.moved(connection, batch.id)
        waits = store.consents(connection, batch.id)
    outcomes: dict[str, int] = dict.fromkeys(("new", "changed", "unchanged"), 0)
    for (_, outcome), count in counted.items():
        outcomes[outcome] = outcomes.get(outcome, 0) + count
    if batch.state == "staged" and not as_json:
        say("import.cli.outcomes", **(outcomes | {"moved": moves.count}))
        for row, metres in moves.first:
            say("import.cli.moved", row=row, metres=in_words(metres))
        for wait in waits:
            say("import.cli.consents", count=wait.total, parties=wait.parties)
    first = [{"row": row, "metres": metres} for row, metres in moves.first]
    facts = {"outcomes": outcomes, "moved_count": moves.count, "moved_far": moves.far, "moved": first}
    return facts | {"consents": [{"count": wait.total, "parties": wait.parties} for wait in waits]}


def _kept(files: tuple[Path, ...]) -> Kept:
    """Store one file as it is; several in one container, so that they are one import."""
    files_dir = config.load().files_dir
    if len(files) == 1:
        with files[0].open("rb") as stream:
            return keep(files_dir, Folder.UPLOADS, stream, name=files[0].name, cap=batches.MAX_BYTES)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    packed.seek(0)
    name = "+".join(path.stem for path in files)[:100] + ".zip"
    return keep(files_dir, Folder.UPLOADS, packed, name=name, cap=batches.MAX_BYTES)


def _work(database: Database, actor: Actor, batch: Batch, *, as_json: bool) -> Batch:
    """Do the batch's job here, with a bar; what stopped it is raised."""
    assert batch.job_code is not None
    work_off(database, batch.job_code, label=batch.code, hidden=as_json)
    with database.use_case(actor) as connection:
        return store.read(connection, batch.code)


def _tell(database: Database, actor: Actor, batch: Batch, compared: dict[str, Any], *, as_json: bool) -> None:
    with database.use_case(actor) as connection:
        counted = store.summary(connection, batch.id)
        samples = {
            c.code: store.findings(connection, batch.id, code=c.code, window=(1, 0))[0] for c in counted
        }
    names = ("code", "state", "rows_read", "rows_staged", "rows_faulty", "rows_written")
    facts = {name: getattr(batch, name) for name in names}
    if as_json:
        findings = [{"severity": c.severity, "code": c.code, "count": c.count} for c in counted]
        print_json(facts | compared | {"findings": findings})
        return
    say("import.cli.staged", **facts)
    for c in counted:
        severity = phrase(f"severity.{c.severity}")
        text = words.fault(locale(), samples[c.code], blank="–")
        click.echo("  " + phrase("import.cli.finding", severity=severity, count=c.count, text=text))
    say("import.cli.done", **(facts | {"state": phrase(f"import.state.{batch.state}")}))


def _report(database: Database, actor: Actor, batch: Batch, path: Path) -> None:
    """Write every finding of every row."""
    with database.use_case(actor) as connection:
        findings = store.findings(connection, batch.id, window=(1_000_000, 0))
    rows = (
        (
            f.severity,
            f.code,
            f.part,
            f.row_number,
            f.field,
            f.value,
            f.expected,
            words.fault(locale(), f, blank="–"),
        )
        for f in findings
    )
    with path.open("w", encoding="utf-8", newline="") as out:
        write_csv(out, HEADER, rows)
