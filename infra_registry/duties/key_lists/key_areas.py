"""Key public areas as a government lists them: the register never infers them, it loads a dated list.

A list is loaded whole or not at all. A newer one ends the one before on the day before its own; undoing it gives that
one its days back. Where no list was issued an area is "not designated", which is neither a breach nor silence of law.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.access import Actor, Permission, require
from infra_registry.duties.key_lists import key_area_store as store
from infra_registry.duties.key_lists.key_area_reading import Issued, Listed, ListFinding, Sheet, read_list
from infra_registry.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a file: its list, how many areas it names, findings, whether it was written, what it ended."""

    crs: str
    rows: int
    areas: int
    findings: tuple[ListFinding, ...]
    issued: Issued | None
    written: bool = False
    ended: tuple[str, date] | None = None

    @property
    def faulty(self) -> bool:
        """Whether something forbids loading."""
        return any(item.severity == "error" for item in self.findings)


def find_city(connection: Connection, code: str) -> Any:
    """The city of a code; NotFound ``key_area.no_city``."""
    city = store.city(connection, code[:80]) if code.isprintable() else None
    if city is None:
        raise NotFound("key_area.no_city", city=code[:40])
    return city


def load(
    connection: Connection,
    actor: Actor,
    city_code: str,
    sheet: Sheet,
    *,
    dry_run: bool = False,
    sample: bool = False,
) -> Loaded:
    """Load a list that was read; nothing is written when something is wrong or on a dry run.

    Raises NotFound for the city, Forbidden, Conflict ``key_area.no_boundary``, and ``key_area.same_day`` when the
    city has a list of that day already.
    """
    city = find_city(connection, city_code)
    require(actor, Permission.KEY_AREA_LOAD, city)
    if not city.bounded:
        raise Conflict("key_area.no_boundary", city=city.name)
    store.lock(connection, city.id)
    findings = [*sheet.findings, *_outside(connection, city, sheet.areas)]
    issued = sheet.issued
    before = store.lists(connection, city.id, issued.issued_on) if issued else []
    if issued and any(row.issued_on == issued.issued_on for row in before):
        raise Conflict("key_area.same_day", day=issued.issued_on.isoformat(), city=city.name)
    wrong = any(item.severity == "error" for item in findings)
    result = Loaded(sheet.crs, sheet.rows, len(sheet.areas), tuple(findings), issued)
    if wrong or dry_run or issued is None:
        return result
    store.add(connection, [_row(city.id, issued, item, sample=sample) for item in sheet.areas])
    store.settle(connection, city.id)
    last = next((row for row in before if row.holds), None)
    after = {row.issued_on: row for row in store.lists(connection, city.id, issued.issued_on)}
    ended = (last.list_title, after[last.issued_on].ends_on) if last else None
    return Loaded(sheet.crs, sheet.rows, len(sheet.areas), tuple(findings), issued, written=True, ended=ended)


def load_file(
    connection: Connection,
    actor: Actor,
    city_code: str,
    file: tuple[bytes, str],
    *,
    crs: str | None = None,
    dry_run: bool = False,
) -> Loaded:
    """Read and load a file (its bytes and name). Raises as ``read_list`` and ``load`` do."""
    require(actor, Permission.KEY_AREA_LOAD, find_city(connection, city_code))
    return load(connection, actor, city_code, read_list(*file, crs), dry_run=dry_run)


def undo(connection: Connection, actor: Actor, city_code: str, issued_on: date) -> int:
    """Take a list away; the one before holds again for the days it had. How many areas went.

    Raises NotFound, Forbidden, or Conflict ``key_area.evidence`` when somebody showed something about its areas.
    """
    city = find_city(connection, city_code)
    require(actor, Permission.KEY_AREA_LOAD, city)
    store.lock(connection, city.id)
    shown = store.shown_about(connection, city.id, issued_on)
    if shown:
        raise Conflict("key_area.evidence", count=shown)
    gone = store.drop(connection, city.id, issued_on)
    if not gone:
        raise NotFound("key_area.no_list", day=issued_on.isoformat(), city=city.name)
    store.settle(connection, city.id)
    return gone


def _outside(connection: Connection, city: Any, areas: Sequence[Listed]) -> list[ListFinding]:
    shapes = {item.row: item.geometry for item in areas}
    names = {item.row: item.name for item in areas}
    return [
        ListFinding(row, "geometry", names[row][:80], "key_area.outside", city.name)
        for row in store.outside(connection, city.id, shapes)
    ]


def _row(city_id: int, issued: Issued, item: Listed, *, sample: bool) -> dict[str, Any]:
    return {
        "code": item.code or codes.new("key_area"),
        "city_id": city_id,
        "name": item.name,
        "urban_part": item.part,
        "geom": item.geometry,
        "list_title": issued.title,
        "issued_by": issued.issued_by,
        "issued_on": issued.issued_on,
        "ends_on": issued.ends_on,
        "stated_ends_on": issued.ends_on,
        "sample": sample,
    }
