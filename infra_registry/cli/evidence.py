"""`infra-registry evidence …`: claims of coverage, measurements, challenges, and what is on record."""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from infra_registry import config, words
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import day_of
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, as_user, input_file, phrase, print_json, say
from infra_registry.coverage.evidence import (
    challenge_store,
    challenges,
    claim_store,
    claims,
    measurement_store,
    measurements,
)
from infra_registry.coverage.evidence.challenge_store import ChallengeFilter
from infra_registry.coverage.evidence.claim_reading import read_shape
from infra_registry.coverage.evidence.claim_store import ClaimFilter
from infra_registry.coverage.evidence.measurement_mapping import DEFAULT, named
from infra_registry.coverage.evidence.measurement_reading import read_rows
from infra_registry.coverage.evidence.tables import CHALLENGE_REASONS, ENVIRONMENTS, TECHNOLOGIES
from infra_registry.coverage.evidence_map import fields
from infra_registry.files import Folder, keep
from infra_registry.reports.radio import field_sentences


@click.group()
def evidence() -> None:
    """Coverage as claimed, as measured, as challenged."""


@evidence.command()
@click.argument("file", type=input_file)
@click.option("--operator", required=True, help="Party code, or a name only one party has.")
@click.option("--area", required=True, help="Code of the city or district.")
@click.option("--technology", required=True, type=click.Choice(TECHNOLOGIES))
@click.option("--environment", type=click.Choice(ENVIRONMENTS), default="outdoor", show_default=True)
@click.option("--as-of", help="Day the claim speaks of, like 2026-01-31 (default: today).")
@click.option("--tool-name", required=True)
@click.option("--tool-version")
@click.option("--tool-developer")
@click.option("--model", required=True)
@click.option("--resolution-m", required=True)
@click.option("--receiver-height-m", required=True)
@click.option("--minimum-dbm")
@click.option("--down-mbps")
@click.option("--up-mbps")
@click.option("--terrain-source")
@click.option("--terrain-resolution-m")
@click.option("--clutter-source")
@click.option("--link-budget", "budget", multiple=True, metavar="NAME=VALUE", help="Repeatable.")
@click.option("--crs", help="EPSG:n where the file does not say.")
@as_user
@as_json
def claim(file: Path, as_json: bool, login_name: str | None, crs: str | None, **given: Any) -> None:
    """Put the covered area of FILE (GeoJSON, GeoPackage, GeoTIFF) on record; an earlier claim ends."""
    data = file.read_bytes()
    shape = read_shape(data, file.name, crs)
    given["link_budget"] = "\n".join(given.pop("budget"))
    with session.transaction(login_name) as (connection, actor):
        filed = claims.add(connection, actor, claims.Sent(given, shape, sha256(data).hexdigest()))
    if as_json:
        notices = [phrase(key, **params) for key, params in filed.notices]
        facts = {"code": filed.code, "replaced": filed.replaced, "vertices": shape.vertices}
        print_json(facts | {"notices": notices})
        return
    say("claims.cli.claim", code=filed.code, vertices=shape.vertices)
    for code in filed.replaced:
        say("claims.claim_replaced", code=code)
    for key, params in filed.notices:
        say(key, **params)


@evidence.command(name="measurements")
@click.argument("files", nargs=-1, required=True, type=input_file)
@click.option(
    "--mapping", default=DEFAULT, show_default=True, help="A mapping of data/coverage/measurements."
)
@click.option("--crs", help="EPSG:n where it is not that of the mapping.")
@click.option("--partial", is_flag=True, help="Write the good rows even when others are faulty.")
@as_user
@as_json
@click.pass_context
def measurements_(ctx: click.Context, /, files: tuple[Path, ...], **given: Any) -> None:
    """Load FILES of measurements, one batch, one transaction. Exit code 1: refused with findings."""
    read = [(path.name, path.read_bytes()) for path in files]
    rows = read_rows(read, named(given["mapping"]), given["crs"])
    with session.transaction(given["login_name"]) as (connection, actor):
        done = measurements.load(
            connection, actor, rows, measurements.digest_of(read), partial=given["partial"]
        )
    findings: list[dict[str, Any]] = [
        {
            "part": finding.part,
            "row": finding.row,
            "field": finding.fault.field,
            "value": str(finding.fault.value or ""),
            "code": finding.fault.code,
            "expected": finding.fault.expected,
        }
        for finding in done.findings
    ]
    counts = {name: getattr(done, name) for name in ("digest", "read", "written", "faulty", "empty")}
    if given["as_json"]:
        print_json({**counts, "findings": findings})
    else:
        for finding in done.findings[: measurements.SHOWN]:
            click.echo(
                f"{finding.part}:{finding.row} {finding.fault.field}: {words.fault(locale(), finding.fault)}",
                err=True,
            )
        say("claims.loaded", **{name: value for name, value in counts.items() if name != "digest"})
    ctx.exit(1 if done.refused else 0)


@evidence.command()
@click.argument("code", required=False)
@click.option("--claim", "claim_code", help="File a new challenge on this claim.")
@click.option("--reason", type=click.Choice(CHALLENGE_REASONS))
@click.option("--detail")
@click.option("--seen-on", help="Like 2026-01-31 (default: today).")
@click.option("--lon")
@click.option("--lat")
@click.option("--asset", help="Code of an asset that stands there.")
@click.option("--area", help="Code of a district.")
@click.option("--file", "file", type=input_file, help="Evidence, kept in the vault.")
@click.option("--move", "name", help="concede, dispute, uphold, reject or withdraw the challenge CODE.")
@click.option("--note", default="")
@as_user
def challenge(code: str | None, claim_code: str | None, name: str | None, note: str, **given: Any) -> None:
    """File a challenge (--claim), or move the challenge CODE on (--move)."""
    if bool(code and name) == bool(claim_code):
        click.echo(phrase("claims.cli.need_claim"), err=True)
        sys.exit(2)
    login_name, file = given.pop("login_name"), given.pop("file")
    with session.transaction(login_name) as (connection, actor):
        if claim_code:
            kept = None
            if file:
                with file.open("rb") as stream:
                    folder = config.load().files_dir
                    kept = keep(folder, Folder.EVIDENCE, stream, name=file.name, cap=challenges.MAX_EVIDENCE)
            code, state = challenges.file(connection, actor, claim_code, given, evidence=kept), "open"
        else:
            version = challenge_store.challenge(connection, str(code))["version"]
            state = challenges.move(connection, actor, str(code), str(name), version=version, note=note)
    say("claims.cli.challenge", code=code, state=phrase(f"claims.state.{state}"))


@evidence.command()
@click.option("--operator", help="Party code.")
@click.option("--technology", type=click.Choice(TECHNOLOGIES))
@click.option("--ended", is_flag=True, help="Replaced claims too.")
@as_user
@as_json
def show(
    operator: str | None, technology: str | None, ended: bool, login_name: str | None, as_json: bool
) -> None:
    """List claims, measurements and challenges."""
    with session.transaction(login_name) as (connection, _):
        listed = claim_store.claims(connection, ClaimFilter(operator, technology, None, ended), limit=200)
        measured = measurement_store.summary(connection)
        disputed = challenge_store.challenges(connection, ChallengeFilter(operator=operator), limit=200)
    if as_json:
        facts = {
            "claims": [_row(row, CLAIM_KEYS) for row in listed],
            "measurements": [_row(row, MEASURED_KEYS) for row in measured],
            "challenges": [_row(row, CHALLENGE_KEYS) for row in disputed],
        }
        print_json(facts)
        return
    for row in listed:
        click.echo(
            f"{row['code']}  {row['as_of']}  {row['operator']}  {row['technology']}  {row['environment']}"
        )
    for row in measured:
        who = row["operator"] or row["operator_stated"] or phrase("claims.not_stated")
        click.echo(
            f"{phrase('claims.method.' + row['method'])}  {who}  {row['technology'] or '–'}  {row['measured']}"
        )
    for row in disputed:
        days = phrase("claims.days", days=row["days"])
        click.echo(f"{row['code']}  {row['claim']}  {phrase('claims.state.' + row['state'])}  {days}")


CLAIM_KEYS = ("code", "operator", "area_code", "technology", "environment", "as_of", "ended_on", "tool_name", "model",
              "resolution_m", "receiver_height_m", "vertices", "sample")  # fmt: skip
MEASURED_KEYS = ("method", "operator", "operator_stated", "technology", "measured", "earliest", "latest",
                 "sample")  # fmt: skip
CHALLENGE_KEYS = ("code", "claim", "operator", "reason", "state", "seen_on", "filed_at", "days", "version",
                  "sample")  # fmt: skip


def _row(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in keys}


@evidence.command()
@click.option("--area", required=True, help="Code of the area.")
@click.option("--file", "digest", help="Digest of one file of measurements (default: all).")
@as_user
@as_json
def compare(area: str, digest: str | None, login_name: str | None, *, as_json: bool) -> None:
    """Set the field registered stations should give beside the field instruments read (V/m)."""
    with session.transaction(login_name) as (connection, _):
        where = ground_store.area(connection, area)
        comparison = fields.compared(connection, where.id, day_of(connection, where.id), digest=digest)
    if as_json:
        print_json(fields.as_table(comparison))
        return
    language = locale()
    say("fields.count", sites=comparison.sites, places=comparison.places, carriers=comparison.carriers)
    say("fields.near", metres=f"{comparison.nearest_m:.0f}")
    heads = ("part", "sites", "bias", "sd", "ranked", "rank", "measured", "predicted")
    click.echo("\t".join(phrase(f"fields.{head}") for head in heads))
    for row in comparison.figures:
        click.echo("\t".join(field_sentences.cells(row, language)))
    for line in (
        field_sentences.verdict(comparison, language),
        *field_sentences.left_out(comparison, language),
        *field_sentences.rests(comparison, language),
    ):
        if line:
            click.echo("• " + line)
