"""Kill web processes, job workers and the database in turn while clients write; then count.

``python -m tests.drills.crash [KILLS]`` runs the long form (20 kills) and prints what it found.
"""

import http.client
import json
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from infra_registry import audit
from infra_registry.access import SERVICE
from infra_registry.db import Database
from tests.drills.product import Product

CLIENTS = 6
GIVE_UP_S = 60
REPLAYED = 200
# Answers that ask the client to come again; anything else that is not 201 is a fault of the product.
AGAIN = {500, 502, 503, 504}


@dataclass
class Ledger:
    """What clients were told: the code each key was acknowledged with, and what went wrong on the way."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """What the drill found; ``problems`` is empty when nothing was lost, doubled or broken."""

    kills: dict[str, int]
    acknowledged: int
    refusals: dict[str, int]
    replayed: int
    audit_events: int
    seconds: float
    problems: tuple[str, ...]


def run(directory: Path, kills: int) -> Report:
    """The whole drill below a directory."""
    product = Product(directory)
    began = time.monotonic()
    try:
        token = product.start()
        ledger, done = _break_under_load(product, token, kills)
        replayed, problems = _replay(product, token, ledger)
        events = _check(product, ledger, problems)
    finally:
        product.stop()
    return Report(
        done,
        len(ledger.acknowledged),
        dict(ledger.refusals),
        replayed,
        events,
        time.monotonic() - began,
        (*ledger.faults, *problems),
    )


def _break_under_load(product: Product, token: str, kills: int) -> tuple[Ledger, dict[str, int]]:
    ledger, stop = Ledger(), threading.Event()
    clients = [
        threading.Thread(target=_client, args=(product.port, token, ledger, stop)) for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    ways = {
        "web process": product.kill_web_process,
        "job worker": product.kill_job_worker,
        "database": product.kill_database,
    }
    done = dict.fromkeys(ways, 0)
    names = list(ways)
    for turn in range(kills):
        _work_goes_on(ledger)
        name = names[turn % len(names)]
        until = time.monotonic() + 20  # the last one killed may not have its successor yet
        while not ways[name]() and time.monotonic() < until:
            time.sleep(0.1)
        done[name] += 1
    _work_goes_on(ledger)
    stop.set()
    for client in clients:
        client.join(GIVE_UP_S + 30)
        if client.is_alive():
            ledger.faults.append("a client never got an answer")
    return ledger, done


def _work_goes_on(ledger: Ledger) -> None:
    """Until every client, on average, was acknowledged twice more: nothing is killed at rest."""
    wanted, until = len(ledger.acknowledged) + 2 * CLIENTS, time.monotonic() + GIVE_UP_S
    while len(ledger.acknowledged) < wanted and time.monotonic() < until:
        time.sleep(0.05)


def _client(port: int, token: str, ledger: Ledger, stop: threading.Event) -> None:
    """Write one asset after another; each is sent again with its key until it is acknowledged."""
    while not stop.is_set():
        key, until = str(uuid.uuid4()), time.monotonic() + GIVE_UP_S
        while time.monotonic() < until:
            status, code, said = send(port, token, key)
            if status == 201:
                ledger.acknowledged[key] = code
                break
            ledger.refusals[f"{status}" if status else said.partition("(")[0]] += 1
            if status and status not in AGAIN:
                ledger.faults.append(f"{key}: {status} {said}")
                return
            time.sleep(0.05)
        else:
            ledger.faults.append(f"{key}: not acknowledged within {GIVE_UP_S} s")
            return


def send(port: int, token: str, key: str) -> tuple[int, str, str]:
    """Create the asset of a key: status (0: no answer), its code, and the start of what was said."""
    place = int(uuid.UUID(key)) % 100_000
    body = {
        "kind": "pole",
        "name": f"drill {key}",
        "geometry": {"type": "Point", "coordinates": [116.4 + place / 1e6, 35.4 + place / 1e6]},
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    try:
        connection.request("POST", "/api/v1/assets", json.dumps(body), headers)
        response = connection.getresponse()
        said = response.read().decode("utf-8", "replace")
        code = str(json.loads(said).get("id", "")) if response.status == 201 else ""
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, "", repr(error)
    finally:
        connection.close()
    return response.status, code, said[:300]


def _replay(product: Product, token: str, ledger: Ledger) -> tuple[int, list[str]]:
    """Send acknowledged keys once more: each must be answered as before."""
    product.cluster.up()
    product.wait_until_served()
    problems = []
    again = list(ledger.acknowledged.items())[:REPLAYED]
    for key, code in again:
        status, now, said = send(product.port, token, key)
        if (status, now) != (201, code):
            problems.append(f"replay of {key}: {status} {now or said}, was {code}")
    return len(again), problems


def _check(product: Product, ledger: Ledger, problems: list[str]) -> int:
    database = Database(product.addresses.app)
    try:
        with database.use_case(SERVICE, timeout_ms=600_000) as connection:
            rows = connection.execute(text("SELECT name, code FROM asset")).all()
            present = {row.name.removeprefix("drill "): row.code for row in rows}
            lost = [key for key, code in ledger.acknowledged.items() if present.get(key) != code]
            problems += [f"acknowledged and not there: {key}" for key in lost]
            if len(rows) != len(present) or len(rows) != len(ledger.acknowledged):
                problems.append(
                    f"{len(rows)} assets, {len(present)} names, {len(ledger.acknowledged)} acknowledged"
                )
            problems += _torn(connection, len(rows))
        with database.use_case(SERVICE, timeout_ms=600_000) as connection:
            audit.seal_all(connection)
        with database.use_case(SERVICE, timeout_ms=600_000) as connection:
            problems += [f"audit: {finding}" for finding in audit.verify(connection)]
            events = connection.scalar(
                text("SELECT count(*) FROM audit_event WHERE object = 'asset' AND action = 'insert'")
            )
    finally:
        database.dispose()
    if events != len(ledger.acknowledged):
        problems.append(f"{events} audit events of new assets, {len(ledger.acknowledged)} acknowledged")
    return int(events or 0)


WHOLE = {
    "place": "SELECT count(*) FROM asset_place WHERE level = 'exact'",
    "details": "SELECT count(*) FROM asset_pole",
    "status": "SELECT count(*) FROM status_event",
    "count on the map": "SELECT sum(n) FROM place_count WHERE zoom = 14",
    "total on the map": "SELECT sum(n) FROM place_total WHERE zoom = 14",
    "answered key": "SELECT count(*) FROM idempotency WHERE status = 201",
}


def _torn(connection, assets: int) -> list[str]:
    """What was not committed together with its asset."""
    found = {name: connection.scalar(text(query)) for name, query in WHOLE.items()}
    return [f"{assets} assets, {name}: {number}" for name, number in found.items() if number != assets]


def main() -> None:
    """The long form; exit code 1 when something was lost, doubled or broken."""
    directory = Path(tempfile.mkdtemp(prefix="registry-crash-"))
    directory.chmod(0o755)
    try:
        report = run(directory, int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(json.dumps({name: getattr(report, name) for name in Report.__slots__}, indent=1))
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
