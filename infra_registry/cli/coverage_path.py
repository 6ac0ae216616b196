"""`infra-registry coverage path`: one radio path over the ground, the models beside each other."""

from typing import Any

import click

from infra_registry import config
from infra_registry.access import Permission, require
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, as_user, print_json
from infra_registry.coverage.paths.asking import Question
from infra_registry.coverage.paths.checking import check
from infra_registry.reports.path_report import described, lines


@click.command(name="path")
@click.option("--from", "start", required=True, metavar="LON,LAT|ASSET", help="Where the sender stands.")
@click.option("--to", "end", required=True, metavar="LON,LAT|ASSET", help="Where the receiver is.")
@click.option("--technology", required=True, help="2g, 3g, 4g, 5g …; gives what is not stated.")
@click.option("--height-m", type=float, help="Sending antenna above ground.")
@click.option("--rx-height-m", type=float, help="Receiving antenna above ground.")
@click.option("--frequency-mhz", type=float, help="Middle of the carrier.")
@click.option("--eirp-dbm", type=float, help="Of the whole carrier towards the receiver.")
@click.option("--step-m", type=float, help="Distance between points of the profile (default: 30).")
@as_user
@as_json
def path(login_name: str | None, *, as_json: bool, **given: Any) -> None:
    """Check one path: profile, line of sight, Fresnel zone, loss and level by every model.

    Coordinates are longitude first, in EPSG:4326. An asset stands in with its exact place, for who may see it.
    """
    with session.transaction(login_name) as (connection, actor):
        require(actor, Permission.COVERAGE_RUN)
        path_check = check(connection, config.load().files_dir, Question(**given))
    if as_json:
        print_json(described(path_check))
        return
    for line in lines(path_check, locale()):
        click.echo(line)
