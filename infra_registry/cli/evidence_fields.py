"""`infra-registry evidence compare`: predicted field strength beside measured field strength."""

import json

import click

from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import day_of
from infra_registry.cli import locale
from infra_registry.cli.session import open_database
from infra_registry.coverage.evidence_map import fields
from infra_registry.parties import login
from infra_registry.reports.radio import field_sentences

TIMEOUT_MS = 600_000


@click.command()
@click.option("--area", required=True, help="Code of the area.")
@click.option("--file", "digest", help="Digest of one file of measurements (default: all).")
@click.option("--as", "login_name", help="Act as this user (default: the product itself).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def compare(area: str, digest: str | None, login_name: str | None, *, as_json: bool) -> None:
    """Set the field registered stations should give beside the field instruments read (V/m)."""
    database = open_database()
    actor = login.actor_of(database, login_name) if login_name else SERVICE
    with database.use_case(actor, timeout_ms=TIMEOUT_MS) as connection:
        where = ground_store.area(connection, area)
        comparison = fields.compared(connection, where.id, day_of(connection, where.id), digest=digest)
    if as_json:
        click.echo(json.dumps(fields.as_table(comparison), ensure_ascii=False))
        return
    language = locale()
    click.echo(
        words.say(
            language,
            "fields.count",
            sites=comparison.sites,
            places=comparison.places,
            carriers=comparison.carriers,
        )
    )
    click.echo(words.say(language, "fields.near", metres=f"{comparison.nearest_m:.0f}"))
    heads = ("part", "sites", "bias", "sd", "ranked", "rank", "measured", "predicted")
    click.echo("\t".join(words.say(language, f"fields.{head}") for head in heads))
    for row in comparison.figures:
        click.echo("\t".join(field_sentences.cells(row, language)))
    for line in (
        field_sentences.verdict(comparison, language),
        *field_sentences.left_out(comparison, language),
    ):
        if line:
            click.echo("• " + line)
    for line in field_sentences.rests(comparison, language):
        click.echo("• " + line)
