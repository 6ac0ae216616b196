"""What rows of one file are to each other: hosts and tenants, repeated keys and places, antennas and supports. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.errors import Fault
from infra_registry.exchange.mapping import MOVE_M
from infra_registry.exchange.moves import shift_m
from infra_registry.exchange.staged import Row, Staged

HOSTS = frozenset(kind.value for kind, spec in KINDS.items() if spec.host)
ROUNDED = 5  # decimals of a degree, about a metre: the place in a weak key


@dataclass(frozen=True, slots=True)
class Host:
    """A registered asset a row may hang on: inside id, exact place as this actor sees it, kind.

    ``sure``: the key is its public code, or a reference within an owner or a published source.
    """

    id: int
    geometry: BaseGeometry | None
    kind: str
    sure: bool


Hosts = Mapping[str, Sequence[Host]]


def host_of(row: Row, registered: Hosts) -> Host | None:
    """The registered asset a row hangs on; None when its key could mean several, or none for sure.

    What is not sure must lie where the row lies.
    """
    kinds = {"base_station"} if row.target == "cell" else HOSTS
    able = [host for host in registered.get(row.parent_key or "", ()) if host.kind in kinds]
    sure = [host for host in able if host.sure]
    if len(sure) != 1:
        sure = [host for host in able if shift_m(host.geometry, row.geometry) <= MOVE_M]
    return sure[0] if len(sure) == 1 else None


def parents_wanted(staged: Staged) -> set[str]:
    """Parent keys that no row of the file answers; they are looked for in the register."""
    here = {row.key for row in staged.rows if row.key and row.target in (*HOSTS, "base_station")}
    return {row.parent_key for row in staged.rows if row.parent_key} - here


def relate(staged: Staged, registered: Hosts, *, placed_by_parent: frozenset[str]) -> None:
    """Give tenants their host's place, find repetitions, make weak keys, compare antennas with supports."""
    hosts = {row.key: row for row in staged.rows if row.key and row.target in HOSTS}
    for row in staged.rows:
        if row.parent_key and row.target != "cell":
            _hang(row, hosts, registered, staged, moved=row.part in placed_by_parent)
    repeated(staged)
    cells_repeated(staged)
    stations = {row.key: row for row in staged.rows if row.target == "base_station" and row.key}
    for row in staged.rows:
        if row.target == "cell":
            _cell(row, stations, registered, staged)
            _above(row, stations, hosts, staged)


def _hang(row: Row, hosts: Mapping[str, Row], registered: Hosts, staged: Staged, *, moved: bool) -> None:
    key = row.parent_key or ""
    host = hosts.get(key)
    carrier = host or host_of(row, registered)
    if host is not None and host.faulty:
        staged.fault(row, Fault("host", key, "finding.parent_faulty", f"{host.part} {host.number}"))
    elif carrier is None:
        staged.fault(row, Fault("host", key[:80], "finding.unknown_parent", ""))
    elif moved:
        row.geometry = carrier.geometry
        if row.geometry is None:
            staged.fault(row, Fault("geometry", key[:80], "geometry.empty", "POINT"))


def repeated(staged: Staged) -> None:
    """Find repeated keys and exact repetitions of place and values; number what shares a rounded place."""
    seen: dict[tuple[str, ...], Row] = {}
    occurrences: dict[tuple[str, str], int] = defaultdict(int)
    for row in staged.rows:
        if row.faulty or row.target == "cell":
            continue
        own = (row.target, row.key) if row.key else (row.target, "", signature(row))
        first = seen.setdefault(own, row)
        if first is not row:
            _again(row, first, staged)
        elif not row.key:
            place = _rounded(row.geometry)
            occurrences[row.target, place] += 1
            row.key, row.weak = f"{place}#{occurrences[row.target, place]}", True


def _again(row: Row, first: Row, staged: Staged) -> None:
    where = f"{first.part} {first.number}"
    if signature(row) == signature(first):
        row.outcome, row.key, row.weak = "repeated", first.key, first.weak
        code = "finding.duplicate_place" if first.weak else "finding.duplicate_row"
        staged.warn(row, Fault("geometry" if first.weak else "key", row.sent or row.key, code, where))
    else:
        staged.fault(row, Fault("key", row.key[:80], "finding.duplicate_key", where))


def signature(row: Row) -> str:
    """Everything a row says, as one comparable text."""
    place = "" if row.geometry is None else shapely.to_wkb(row.geometry, hex=True)
    return f"{place}|{row.parent_key}|{sorted((k, str(v)) for k, v in row.values.items())}"


def _rounded(geometry: BaseGeometry | None) -> str:
    if geometry is None:
        return "-"
    point = geometry if geometry.geom_type == "Point" else geometry.representative_point()
    return f"{point.x:.{ROUNDED}f},{point.y:.{ROUNDED}f}"


def _cell(row: Row, stations: Mapping[str, Row], registered: Hosts, staged: Staged) -> None:
    key = row.parent_key or ""
    station = stations.get(key)
    if station is None and host_of(row, registered) is None:
        staged.fault(row, Fault("base_station", key[:80], "finding.unknown_parent", ""))
    elif station is not None and station.faulty:
        where = f"{station.part} {station.number}"
        staged.fault(row, Fault("base_station", key[:80], "finding.parent_faulty", where))


def _above(row: Row, stations: Mapping[str, Row], hosts: Mapping[str, Row], staged: Staged) -> None:
    """Warn of an antenna above the top of its tower: one of the two heights is wrong, which one is not known."""
    station = stations.get(row.parent_key or "")
    host = hosts.get(station.parent_key or "") if station is not None else None
    if host is None or host.target != Kind.TOWER:
        return
    top, antenna = host.values.get("height_m"), row.values.get("antenna_height_m")
    if top is not None and antenna is not None and antenna > top:
        shown = f"{antenna:g} m > {top:g} m"
        staged.warn(row, Fault("antenna_height_m", shown, "finding.antenna_above_support", f"≤ {top:g}"))


def cells_repeated(staged: Staged) -> None:
    """Mark cells that say exactly what another cell of the same station says."""
    seen: dict[tuple[str, str], Row] = {}
    for row in staged.rows:
        if row.target != "cell" or row.faulty:
            continue
        first = seen.setdefault((row.parent_key or "", signature(row)), row)
        if first is not row:
            row.outcome = "repeated"
            where = f"{first.part} {first.number}"
            staged.warn(row, Fault("cell_ref", row.key or None, "finding.duplicate_row", where))


def content(cell: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A cell's values as comparable text, numbers alike however they were read."""
    return tuple(
        sorted(
            (name, f"{value:g}" if isinstance(value, int | float) else str(value))
            for name, value in cell.items()
            if value is not None
        )
    )
