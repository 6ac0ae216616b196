"""`infra-registry map`: what a reader sees, as one offline HTML file."""

from pathlib import Path

import click

from infra_registry import words
from infra_registry.access import ANONYMOUS
from infra_registry.assets.kinds import Kind
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, output_file, print_json, say
from infra_registry.publish.query import parse_query
from infra_registry.reports.map_document import offline_map
from infra_registry.resources import VENDOR


@click.command(name="map")
@click.option("--layers", help=f"Kinds, separated by commas: {', '.join(Kind)}. All without.")
@click.option("--area", help="Code of an area.")
@click.option("--bbox", help="west,south,east,north in degrees.")
@click.option("--status", help="States, separated by commas.")
@click.option("--operator", help="Codes of operators, separated by commas.")
@click.option("--text", "q", help="Part of a name, address or code.")
@click.option("--as", "user", help="Log-in name whose sight the map has; the public's without.")
@click.option("--lang", type=click.Choice(words.LOCALES), help="Language of the map.")
@click.option("--to", "target", required=True, type=output_file)
@as_json
def map_(
    layers: str | None, user: str | None, lang: str | None, target: Path, as_json: bool, **filters: str | None
) -> None:
    """Write a map that opens from disk without a network, with the list of everything on it."""
    raw = {name: value for name, value in {"kind": layers, **filters}.items() if value}
    query = parse_query(raw)
    with session.transaction(user, ANONYMOUS) as (connection, actor):
        document = offline_map(connection, actor, query, locale=lang or locale(), vendor=VENDOR)
    target.write_text(document.html, "utf-8")
    size = f"{target.stat().st_size / 1e6:.1f} MB"
    if as_json:
        print_json({"count": document.count, "path": str(target), "bytes": target.stat().st_size})
    else:
        say("map.written", count=document.count, path=target, size=size)
