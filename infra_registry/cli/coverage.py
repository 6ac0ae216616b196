"""`infra-registry coverage …`: run an analysis, look at it, take it away."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from infra_registry import config, jobs
from infra_registry.access import SERVICE, Permission, require
from infra_registry.cli import coverage_radio, locale, session
from infra_registry.cli.terminal import as_json, as_user, output_file, phrase, print_json, say, work_off
from infra_registry.coverage.paths.asking import Question as PathQuestion
from infra_registry.coverage.paths.checking import check
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.law_lookup import of_wifi
from infra_registry.coverage.wifi.run_life import WIFI, Question
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.errors import Conflict, Fault, Invalid
from infra_registry.reports.names import area_name
from infra_registry.reports.path_report import described, lines
from infra_registry.reports.run_facts import summary_facts
from infra_registry.reports.wifi import export
from infra_registry.reports.wifi.consequences import in_words
from infra_registry.reports.wifi.tables import by_district, gap_line
from infra_registry.resources import VENDOR

SHOWN_GAPS = 20
# What a run of each method can be written as, by the ending of the file.
WRITERS = {"wifi_reach": export.WRITERS}


@click.group()
def coverage() -> None:
    """Analyses: who has no signal, from whom, what would change it; who has no free WiFi near."""


@coverage.command(name="run")
@click.argument("method", type=click.Choice(["wifi", "radio"]))
@click.option("--area", required=True, help="Code of the area.")
@click.option("--reach-m", type=float, help="WiFi: reach of zones that state none (default: data/coverage).")
@click.option(
    "--family",
    "families",
    multiple=True,
    help="WiFi: venue family; repeatable (default: those the law lists).",
)
@coverage_radio.options
@as_json
def run_(
    method: str, area: str, reach_m: float | None, families: tuple[str, ...], as_json: bool, **chosen: Any
) -> None:
    """Run METHOD over an area and wait for the result; ^C cancels and keeps nothing."""
    _none_given(chosen if method == "wifi" else ("reach_m", "families"), method)
    database = session.open_database()
    with database.use_case(SERVICE, timeout_ms=session.TIMEOUT_MS) as connection:
        if method == "radio":
            code, job = life.ask(connection, SERVICE, RADIO, coverage_radio.question(area, chosen))
        else:
            code, job = life.ask(connection, SERVICE, WIFI, Question(area, reach_m, families or None))
    work_off(database, job, label=method, hidden=as_json)
    _show(code, as_json)


def _none_given(names: Iterable[str], method: str) -> None:
    """Refuse an option of the other method: left unsaid, it would seem to have counted."""
    context = click.get_current_context()
    for option in context.command.params:
        given = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if option.name in names and given:
            raise click.UsageError(f"{option.opts[0]} says nothing to {method}; leave it out")


@coverage.command()
@click.argument("run")
def cancel(run: str) -> None:
    """Cancel a RUN that waits or is being computed; nothing of it is written."""
    with session.open_database().use_case(SERVICE) as connection:
        begun = run_store.run(connection, run)
        job = run_store.job_code(connection, begun["job_id"])
        if job is None or begun["ended_at"] is not None:
            raise Conflict("coverage.ended", run=run)
        jobs.cancel(connection, job)
    say("radio.cancelled", run=run)


@coverage.command()
@click.argument("run", required=False)
@as_json
def show(run: str | None, as_json: bool) -> None:
    """Show a RUN, or list all of them."""
    if run:
        _show(run, as_json)
        return
    with session.open_database().use_case(SERVICE) as connection:
        rows = run_store.runs(connection, limit=200)
    if as_json:
        print_json([summary_facts(row) for row in rows])
        return
    for row in rows:
        state = "waiting" if row["ended_at"] is None else "public" if row["public"] else "internal"
        method, state = phrase(f"coverage.method.{row['method']}"), phrase(f"coverage.state.{state}")
        click.echo(f"{row['code']}  {row['as_of']}  {area_name(row, locale())}  {method}  {state}")


@coverage.command(name="export")
@click.argument("run")
@click.option("--to", "target", required=True, type=output_file)
@as_user
@coverage_radio.export_options
def export_(run: str, target: Path, login_name: str | None, **chosen: Any) -> None:
    """Write a RUN to a file; its ending says how: .csv, .geojson, .html; a radio run also .gpkg, .pdf, .tif."""
    with session.transaction(login_name) as (connection, _):
        ended = run_store.run(connection, run)
        if ended["summary"] is None:
            raise Conflict("coverage.not_ended", run=run)
        if ended["method"] == "radio":
            coverage_radio.export(connection, ended, target, VENDOR, chosen)
            click.echo(str(target))
            return
        writers = WRITERS.get(ended["method"], {})
        writer = writers.get(target.suffix.lower())
        if writer is None:
            expected = " ".join(writers)
            raise Invalid([Fault("to", target.suffix or target.name, "coverage.export_type", expected)])
        content = writer(connection, ended, locale(), VENDOR)
    target.write_text(content, "utf-8", newline="")
    click.echo(str(target))


def _show(code: str, as_json: bool) -> None:
    with session.open_database().use_case(SERVICE) as connection:
        run = run_store.run(connection, code)
        if run["method"] == "radio":
            coverage_radio.show(connection, result_store.radio_run(connection, code), as_json=as_json)
            return
        gaps = store.gaps(connection, run["id"], GapFilter(), limit=SHOWN_GAPS)
        law = of_wifi(connection, run["area_id"], run["as_of"])
    if as_json:
        print_json(summary_facts(run))
        return
    here = locale()
    click.echo(f"{phrase('coverage.run_heading', area=area_name(run, here))}  {code}  {run['as_of']}")
    if run["summary"] is None:
        say("coverage.state.waiting")
        return
    for table in by_district(run["summary"], here):
        for row in (table.columns, *table.rows):
            click.echo("\t".join(map(str, row)))
    for sentence in in_words(run, law, here):
        click.echo("• " + sentence)
    for gap in gaps:
        click.echo(gap_line(gap, here))


@coverage.command()
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
        path_check = check(connection, config.load().files_dir, PathQuestion(**given))
    if as_json:
        print_json(described(path_check))
        return
    for line in lines(path_check, locale()):
        click.echo(line)
