"""The table of a run, written to docs/benchmarks.md."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from infra_registry.cluster import Addresses
from tests.benchmarks.boxes import Compared
from tests.benchmarks.register import ASSETS
from tests.benchmarks.rows import Row
from tests.benchmarks.safety import Saved
from tests.benchmarks.servers import peer_versions
from tests.benchmarks.tiles import CLIENTS, COMPARED, ROUNDS, Race, Scan

RESULTS = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BUDGETS = {14: 1.5, 12: 1.0}


def table(
    target: Addresses,
    races: list[Race],
    found: Scan,
    boxes: list[Compared],
    saved: Saved | None,
    more: Iterable[Row] = (),
) -> str:
    """Markdown: what was measured, against what, the ratio and whether it keeps its budget."""
    lines = [
        _machine(target),
        "",
        "| what | ours | beside it | ratio | budget |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_race(one) for one in races]
    lines += [
        f"| heaviest of {found.tiles} tiles, z0–z16 | {found.heaviest / 1000:.0f} kB at z{found.where[0]} | | | "
        f"500 kB: {_kept(found.heaviest < 500_000)} |",
        f"| p95 of the {found.low_tiles} tiles of z0–z10 | {found.low_p95:.0f} ms | | | "
        f"100 ms: {_kept(found.low_p95 < 100)} |",
    ]
    lines += [_box(one) for one in boxes]
    if saved is not None:
        lines.append(
            f"| backup, destroy, restore: {saved.gigabytes:.2f} GB, {saved.rows:,} rows of {saved.tables} tables, "
            f"digests and audit head equal | {saved.backup_s / saved.gigabytes:.1f} s/GB out | "
            f"{saved.restore_s / saved.gigabytes:.1f} s/GB back | | |"
        )
    lines += [str(row) for row in more]
    return "\n".join(lines) + "\n"


def write(text: str) -> None:
    """Keep the table of this run."""
    RESULTS.write_text(f"# What `make bench` measured last\n\n{text}", "utf-8")


def _machine(target: Addresses) -> str:
    with psycopg.connect(target.owner) as link:
        row = link.execute("SELECT current_setting('server_version'), postgis_lib_version()").fetchone()
    assert row is not None
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {load:.0f} at the end; {platform.system()}, "
        f"Python {platform.python_version()}, PostgreSQL {str(row[0]).split()[0]}, PostGIS {row[1]}; "
        f"{ASSETS:,} assets. "
        f"Tiles: {peer_versions()}, two processes each side, {CLIENTS} clients, no cache, no compression, "
        f"medians of {ROUNDS} rounds in turn; {COMPARED} tiles of each zoom compared feature by feature. "
        "Read ratios, not milliseconds."
    )


def _race(one: Race) -> str:
    ours, theirs = (
        f"{rate:.0f} tiles/s, p50 {p50:.0f} ms, p95 {p95:.0f} ms" for rate, p50, p95 in (one.ours, one.theirs)
    )
    budget = BUDGETS[one.zoom]
    return (
        f"| {one.tiles} tiles of z{one.zoom} | {ours} | tipg: {theirs} | {one.ratio:.2f} × | "
        f"≥ {budget} ×: {_kept(one.ratio >= budget)} |"
    )


def _box(one: Compared) -> str:
    budget = 1.5 if one.reader == "anonymous" else 2.0
    return (
        f"| box, {one.reader}, {one.hits:,} hits (without the leakproof mark: {one.cell_ratio:.1f} ×) | "
        f"{one.ruled_ms:.1f} ms | by hand, no rules: {one.by_hand_ms:.1f} ms | {one.ratio:.2f} × | "
        f"≤ {budget} ×: {_kept(one.ratio <= budget)} |"
    )


def _kept(yes: bool) -> str:
    return "kept" if yes else "missed"
