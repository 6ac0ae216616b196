"""`infra-registry demo`: load the sample cities, or take them away again."""

import time
from typing import Any

import click

from infra_registry import config, demo, words
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, progress_bar, say, tell
from infra_registry.demo.load import Loaded, accounts


@click.command(name="demo")
@click.option("--city", "codes", multiple=True, help="Code of a sample city; all without.")
@click.option("--remove", is_flag=True, help="Take all sample data away again.")
@as_json
def demo_(codes: tuple[str, ...], remove: bool, as_json: bool) -> None:
    """Load the sample cities: synthetic, marked as samples, the same every time."""
    if not remove:
        demo.prepare(config.load())
    chosen = [city for city in demo.cities() if not codes or city.code in codes]
    unknown = set(codes) - {city.code for city in chosen}
    if unknown:
        listed = ", ".join(city.code for city in demo.cities())
        raise click.UsageError(f"no sample city {', '.join(sorted(unknown))}; there are {listed}")
    database = session.open_database()
    if remove:
        tell("demo.removed", demo.remove(database), as_json)
        return
    start = time.monotonic()
    done = [_load(database, city, as_json) for city in chosen]
    queued = sum(demo.queue_runs(database, city) for city in chosen)
    account_count = accounts(database) if any(item.city.code == demo.people().city for item in done) else 0
    facts = {
        "cities": len(done),
        "added": sum(item.added for item in done),
        "present": sum(item.present for item in done),
        "accounts": account_count,
        "runs": queued,
        "seconds": round(time.monotonic() - start, 1),
        "outlines": done[0].outlines,
        "logins": ", ".join(row.login for row in demo.people().accounts),
        "password": demo.people().password,
    }
    tell("demo.loaded" if facts["added"] else "demo.unchanged", facts, as_json)
    if queued and not as_json:
        say("demo.queued", **facts)


def _load(database: Any, city: Any, as_json: bool) -> Loaded:
    label = words.name_of(city, locale())
    with progress_bar(f"{label:<12}", hidden=as_json) as report:
        loaded = demo.load(database, city, report)
        count = max(1, loaded.added)
        report(count, count)
    return loaded
