"""Tiles: ours with all rules on against an independent tile server on a plain table of the same rows and columns."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mapbox_vector_tile
import psycopg
from shapely.geometry import box, shape

from infra_registry.cluster import Addresses
from infra_registry.publish.tiles import MAX_FEATURES
from tests.benchmarks import servers
from tests.benchmarks.servers import CLIENTS, Answer

Address = tuple[int, int, int]
COLUMNS = "code,kind,status,operator,level,precision_m"
PER_ZOOM = 320
ROUNDS = 5
COMPARED = 60  # tiles per zoom that are decoded and compared feature by feature
INSIDE = box(1, 1, 4095, 4095)


@dataclass(frozen=True, slots=True)
class Race:
    """Both servers on the same tiles of one zoom: tiles per second and milliseconds, medians over the rounds."""

    zoom: int
    tiles: int
    features: int
    ours: tuple[float, float, float]
    theirs: tuple[float, float, float]

    @property
    def ratio(self) -> float:
        """How many of our tiles are made in the time of one of theirs."""
        return self.ours[0] / self.theirs[0]


def addresses(target: Addresses, zoom: int) -> list[Address]:
    """Tiles in dense and medium places that both servers draw whole: half from the top, half from the middle."""
    with psycopg.connect(target.owner) as link:
        rows = link.execute(
            "SELECT x, y, sum(n) FROM place_total WHERE zoom = %s AND NOT hidden GROUP BY 1, 2 "
            "HAVING sum(n) BETWEEN 20 AND %s ORDER BY 3 DESC, 1, 2",
            [zoom, int(MAX_FEATURES * 0.85)],
        ).fetchall()
    half = PER_ZOOM // 2
    dense, rest = rows[:half], rows[half:]
    step = max(1, len(rest) // 2 // half)
    medium = rest[: half * step : step]
    return [(zoom, row[0], row[1]) for row in (*dense, *medium)]


def our_path(address: Address) -> str:
    """The address of a tile at our server."""
    z, x, y = address
    return f"/tiles/assets/{z}/{x}/{y}.mvt"


def peer_path(address: Address) -> str:
    """The address of the same tile at the peer, with the columns we send at this zoom."""
    z, x, y = address
    columns = COLUMNS + (",name" if z >= 14 else "")
    return f"/collections/bench.plain/tiles/WebMercatorQuad/{z}/{x}/{y}?properties={columns}"


def race(ports: tuple[int, int], wanted: Sequence[Address], say: Callable[[str], None]) -> Race:
    """Ask both servers for the same tiles in turn; the tiles must hold the same features."""
    ours, theirs = [our_path(a) for a in wanted], [peer_path(a) for a in wanted]
    first, second = servers.ask(ports[0], ours), servers.ask(ports[1], theirs)  # warm, and to compare
    features = _compare(wanted, first, second)
    results: tuple[list[tuple[float, float, float]], list[tuple[float, float, float]]] = ([], [])
    for _ in range(ROUNDS):
        for place, paths in ((0, ours), (1, theirs)):
            results[place].append(_timed(ports[place], paths))
    made = Race(wanted[0][0], len(wanted), features, _middle(results[0]), _middle(results[1]))
    say(f"z{made.zoom}: {made.ours[0]:.0f} against {made.theirs[0]:.0f} tiles/s: {made.ratio:.2f} ×")
    return made


def _timed(port: int, paths: Sequence[str]) -> tuple[float, float, float]:
    began = time.perf_counter()
    answers = servers.ask(port, paths, clients=CLIENTS)
    rate = len(paths) / (time.perf_counter() - began)
    return rate, *_percentiles(answers)


def _percentiles(answers: Sequence[Answer]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    cuts = statistics.quantiles([answer.seconds * 1000 for answer in answers], n=20)
    return cuts[9], cuts[18]


def _middle(rounds: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    rate, p50, p95 = (statistics.median(values) for values in zip(*rounds, strict=True))
    return rate, p50, p95


def _compare(wanted: Sequence[Address], first: Sequence[Answer], second: Sequence[Answer]) -> int:
    """Stop unless the compared tiles hold the same assets with the same values at the same place; how many."""
    total = 0
    step = max(1, len(wanted) // COMPARED)
    for address, ours, theirs in list(zip(wanted, first, second, strict=True))[::step]:
        mine, yours = _features(ours.body, "assets"), _features(theirs.body, "default")
        if mine != yours:
            only = set(mine.items()) ^ set(yours.items())
            raise SystemExit(f"{address}: {len(mine)} features, the peer {len(yours)}: {sorted(only)[:4]}")
        total += len(mine)
    return total


def _features(body: bytes, layer: str) -> dict[str, tuple[object, ...]]:
    """Values by code of what lies inside the tile itself; both also send some of the margin."""
    decoded = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})[layer]["features"]
    found = {}
    for feature in decoded:
        if shape(feature["geometry"]).intersects(INSIDE):
            values = feature["properties"]
            found[values["code"]] = tuple(values.get(name) for name in (*COLUMNS.split(","), "name"))
    return found


@dataclass(frozen=True, slots=True)
class Scan:
    """Sizes and times over the zooms: heaviest tile in bytes with its address, and p95 of z0–z10 in ms."""

    tiles: int
    heaviest: int
    where: Address
    low_p95: float
    low_tiles: int


def scan(target: Addresses, port: int, say: Callable[[str], None]) -> Scan:
    """Every tile of z0–z10 with anything in it, and the densest of each deeper zoom to z16."""
    low = [address for zoom in range(11) for address in _filled(target, zoom)]
    deep = [address for zoom in range(11, 17) for address in _filled(target, zoom)[:40]]
    servers.ask(port, [our_path(a) for a in low[:: max(1, len(low) // 40)]])  # warm
    answers = servers.ask(port, [our_path(a) for a in low])
    p95 = _percentiles(answers)[1]
    all_answers = [*answers, *servers.ask(port, [our_path(a) for a in deep])]
    refused = {answer.status for answer in all_answers} - {200, 204}
    if refused:
        raise SystemExit(f"tiles were refused: {refused}")
    heaviest = max(range(len(all_answers)), key=lambda i: len(all_answers[i].body))
    made = Scan(len(all_answers), len(all_answers[heaviest].body), [*low, *deep][heaviest], p95, len(low))
    say(f"z0–z16: heaviest {made.heaviest / 1000:.0f} kB at {made.where}; z0–z10 p95 {p95:.0f} ms")
    return made


def _filled(target: Addresses, zoom: int) -> list[Address]:
    """Addresses of a zoom with something in them, the fullest first; counts exist for zooms 4 to 14."""
    known = min(max(zoom, 4), 14)
    with psycopg.connect(target.owner) as link:
        rows = link.execute(
            "SELECT x, y, sum(n) FROM place_total WHERE zoom = %s AND NOT hidden GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
            [known],
        ).fetchall()
    if zoom <= known:
        return list(dict.fromkeys((zoom, x >> (known - zoom), y >> (known - zoom)) for x, y, _ in rows))
    deeper = zoom - known
    return [(zoom, (x << deeper) + 1, (y << deeper) + 1) for x, y, _ in rows]


def measure(target: Addresses, directory: Path, say: Callable[[str], None]) -> tuple[list[Race], Scan]:
    """Both races and the scan."""
    with servers.registry(target, directory) as ours, servers.peer(target) as theirs:
        races = [race((ours, theirs), addresses(target, zoom), say) for zoom in (14, 12)]
        return races, scan(target, ours, say)
