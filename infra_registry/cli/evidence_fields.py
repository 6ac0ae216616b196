"""`infra-registry evidence compare`: predicted field strength beside measured field strength."""

import click

from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import day_of
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, as_user, phrase, print_json, say
from infra_registry.coverage.evidence_map import fields
from infra_registry.reports.radio import field_sentences


@click.command()
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
