"""Fifty reports through the real server; then everything that is kept is searched for what each reporter gave.

``python -m tests.drills.reporter`` prints a line for each place: files, bytes, reports it holds, reports found.
"""

import html
import os
import re
import shutil
import struct
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

from infra_registry.cases.intake import STEPS
from infra_registry.cluster import Cluster, cluster_addresses
from infra_registry.cluster.backup import _copy_database
from infra_registry.cluster.binaries import find_binaries
from tests.drills.product import PROGRAM, Product
from tests.server import scratch

REPORTS = 50
TOKEN, DRAFT, TICKET = (
    re.compile(rf'name="{name}" value="([^"]+)"') for name in ("csrf_token", "draft", "ticket")
)
NUMBER = re.compile(r"data-number>([^<]+)<")
SECRET = re.compile(r"data-secret>([^<]+)<")


@dataclass(frozen=True)
class Report:
    """One report: its number and what nobody but its handlers may ever find."""

    number: str
    canaries: tuple[bytes, ...]


@dataclass(frozen=True)
class Place:
    """What was searched: a name, files, bytes, reports whose number it holds, reports of which a canary was found."""

    name: str
    files: int
    size: int
    numbers: int
    leaked: int


def run(directory: Path) -> list[Place]:
    """File, follow, back up, copy; then search. The five places in order, and the control last."""
    os.environ["PROXIES"] = "1"  # so that each reporter has an address of its own
    product = Product(directory)
    twin = Cluster(scratch("rt-") / "pg", fast=True)
    try:
        product.start()
        reports = [_file(product.port, n) for n in range(REPORTS)]
        superuser = product.addresses.superuser
        assert superuser is not None
        dump = _said("pg_dump", "--inserts", "--no-unlogged-table-data", superuser)
        for words in (("db", "backup", str(directory / "saved")), ("keys", "backup")):
            environment = {**os.environ, "REGISTRY_VAR": str(directory)}
            subprocess.run([*PROGRAM, *words], env=environment, capture_output=True, check=True)
        copied = twin.directory.parent / "copied"
        _said("pg_basebackup", "-d", superuser, "-D", str(copied), "-R", "-X", "stream", "-c", "fast")
        twin.directory.mkdir()
        _copy_database(copied, twin)
        twin.up()
        answer = _said(
            "pg_dump", "--inserts", "--no-unlogged-table-data", cluster_addresses(twin).superuser or ""
        )
        place = product.cluster.place
        logs = [directory / "serve.log", *_below(directory / "log"), *_below(place.log_dir)]
        own = (
            place.home,
            directory / "saved",
            directory / "key-backups",
            directory / "pg",
            directory / "log",
        )
        rest = [path for path in _below(directory) if not any(path.is_relative_to(top) for top in own)]
        saved = [*_below(directory / "saved"), *_below(directory / "key-backups")]
        return [
            _search("dump", [dump], reports),
            _search("logs", _read(logs), reports),
            _search("files", _read(rest), reports),
            _search("backups", _read(saved), reports),
            _search("replica", [answer, *_read(_below(twin.place.home))], reports),
            _search(
                "control",
                [b" ".join(report.canaries[n % len(report.canaries)] for n, report in enumerate(reports))],
                reports,
            ),
        ]
    finally:
        product.stop()
        twin.destroy()
        shutil.rmtree(twin.directory.parent, ignore_errors=True)


def _file(port: int, n: int) -> Report:
    lon, lat, address = 116.58125432 + n * 2.0**-42, 35.41787654 + n * 2.0**-42, f"2001:db8:77:{n:x}::7"
    words = {
        name: f"CANARY{name}{n:02}zq 例"
        for name in ("place", "property_manager", "story", "elsewhere_where", "name", "contact")
    }
    answers = {
        "reason": "exclusive_agreement", "district": "other", "lat": f"{lat:.12f}", "lon": f"{lon:.12f}",
        "lasting": "ongoing", "elsewhere": "yes", "named": "confidential", "capacity": "resident", **words,
    }  # fmt: skip
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    browser.addheaders = [("X-Forwarded-For", address), ("User-Agent", f"CANARYbrowser{n:02}zq")]

    def send(path: str, **fields: str) -> str:
        body = urllib.parse.urlencode(fields).encode() if fields else None
        with browser.open(f"http://127.0.0.1:{port}{path}", body, 30) as answer:
            return html.unescape(answer.read().decode())

    page = send("/report")
    [token] = set(TOKEN.findall(page))
    for step in STEPS[:-1]:
        page = send("/report/step", csrf_token=token, draft=DRAFT.findall(page)[0], step=step, **answers)
    page = send("/report/send", csrf_token=token, draft=DRAFT.findall(page)[0])
    number, secret = NUMBER.findall(page)[0], SECRET.findall(page)[0]
    page = send("/track", csrf_token=token, number=number, secret=secret)
    if n % 5 == 0:
        send("/track/erasure", csrf_token=token, ticket=TICKET.findall(page)[0], secret=secret)
    texts = [
        *words.values(),
        address,
        secret,
        f"CANARYbrowser{n:02}zq",
        answers["lat"][:14],
        answers["lon"][:15],
    ]
    plain = [text.encode() for text in texts] + [struct.pack("<d", value) for value in (lon, lat)]
    written = [
        form for value in plain for form in (value, value.hex().encode(), value.hex().upper().encode())
    ]
    return Report(number, tuple(written))


def _search(name: str, contents: list[bytes], reports: list[Report]) -> Place:
    whole = b"\n".join(contents)
    numbers = sum(report.number.encode() in whole for report in reports)
    leaked = sum(any(canary in whole for canary in report.canaries) for report in reports)
    return Place(name, len(contents), len(whole), numbers, leaked)


def _said(program: str, *options: str) -> bytes:
    return subprocess.run(
        [find_binaries().program(program), *options], capture_output=True, check=True
    ).stdout


def _below(directory: Path) -> Iterator[Path]:
    yield from (path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())


def _read(paths: Iterator[Path] | list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths if path.exists()]


def main() -> None:
    """Print the table."""
    directory = scratch("reporter-")
    try:
        print(f"{'place':10}{'files':>7}{'bytes':>13}{'reports held':>14}{'found':>7}")
        for place in run(directory):
            print(f"{place.name:10}{place.files:7}{place.size:13}{place.numbers:14}{place.leaked:7}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
