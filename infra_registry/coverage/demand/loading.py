"""Loading people, roads and heights for an area: one transaction, a set replaced whole, undone by taking it away.

Files are read before anything is written; a load that can take nothing writes nothing. What was left out is in the
findings and, for a total that is spread, in the words that stay with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from typing import Any

import shapely
from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, require
from infra_registry.areas import ground_store
from infra_registry.areas.model import SourceDraft
from infra_registry.areas.store import by_id, put_source
from infra_registry.coverage.demand import preparing, raster_reading, store
from infra_registry.coverage.demand.basis import Basis
from infra_registry.coverage.demand.findings import Finding, Findings
from infra_registry.coverage.demand.preparing import Load, Prepared, Target, Upload
from infra_registry.coverage.demand.reading import Columns
from infra_registry.coverage.demand.store import DemandSet
from infra_registry.errors import NotFound
from infra_registry.files import Folder, keep

Progress = Callable[[str, int, int], None]
STEPS = 3
UNLIKE = 0.25  # a sum this far from the registered population is worth a second look


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a file. ``people`` is the sum inside the area; ``replaced`` rows of the same set went."""

    kind: str
    area_code: str
    source: str
    items: int
    people: float | None
    findings: Findings
    written: bool = False
    replaced: int = 0
    metres: float | None = None
    basis: tuple[Basis, ...] = ()

    @property
    def amounts(self) -> dict[str, Any]:
        """What the words about it count."""
        return {
            "items": self.items,
            "people": f"{self.people or 0:,.0f}",
            "km": f"{(self.metres or 0) / 1000:,.1f}",
            "area": self.area_code,
            "source": self.source,
            "replaced": self.replaced,
        }


def silent(_: str, __: int, ___: int) -> None:
    """A ``Progress`` that reports to nobody."""


def load(
    connection: Connection,
    actor: Actor,
    kind: str,
    upload: Upload,
    target: Target,
    *,
    columns: Columns | None = None,
    progress: Progress = silent,
) -> Loaded:
    """What a file has of a kind of ``preparing.KINDS``; ``columns`` are of a table or layer, a GeoTIFF has none.

    Raises Forbidden for anyone but a regulator of the city, NotFound, Conflict ``coverage.no_boundary``, and
    FormatError or another RegistryError for a file that cannot be read at all.
    """
    area = _permitted(connection, actor, target.area_code)
    outline = ground_store.needed_outline(connection, area.id, ground_store.day_of(connection, area.id))
    shapely.prepare(outline)
    begun = Load(area, outline, upload, target)
    progress("demand.step.read", 0, STEPS)
    prepared = preparing.KINDS[kind](begun, columns or Columns())
    progress("demand.step.check", 1, STEPS)
    if prepared.people is not None:
        _compare(connection, begun, prepared.people)
    return _written(connection, begun, prepared, progress)


def remove(connection: Connection, actor: Actor, area_code: str, kind: str, source: str) -> int:
    """Take a set of the area away, so that the one before counts again. NotFound ``demand.no_set``; Forbidden."""
    area = _permitted(connection, actor, area_code)
    store.lock(connection, area.id)
    for item in store.sets(connection, area.id):
        if item.step == 0 and item.kind == kind and (item.source or "") == source:
            return store.remove(connection, kind, area.id, item.source_id)
    raise NotFound("demand.no_set", kind=kind[:20], source=source[:80], area=area_code[:40])


def sets_of(connection: Connection, area_code: str) -> list[DemandSet]:
    """The sets that concern an area, as this reader may see them."""
    return store.sets(connection, ground_store.area(connection, area_code).id)


def _permitted(connection: Connection, actor: Actor, area_code: str) -> Any:
    area = ground_store.area(connection, area_code)
    require(actor, Permission.COVERAGE_RUN, area)
    return area


def _compare(connection: Connection, load: Load, people: float) -> None:
    area = by_id(connection, load.area.id)
    expected = area.population if area else None
    if expected and abs(people - expected) > UNLIKE * expected:
        load.findings.add(Finding("demand.unlike", "note", value=f"{people:.0f}", expected=str(expected)))


def _written(connection: Connection, load: Load, prepared: Prepared, progress: Progress) -> Loaded:
    target, upload = load.target, load.upload
    with upload.path.open("rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    code = f"{prepared.kind}-{load.area.code}-{digest[:8]}"
    draft = target.source or SourceDraft(code, upload.name, load.area.name)
    result = Loaded(
        prepared.kind,
        load.area.code,
        draft.code,
        prepared.items,
        prepared.people,
        load.findings,
        metres=prepared.metres,
        basis=prepared.basis,
    )
    if target.strict and load.findings.left_out():
        load.findings.add(Finding("demand.strict", "error", value=str(load.findings.left_out())))
    if target.dry_run or load.findings.faulty:
        return result
    rows = prepared.rows
    if prepared.raster:
        identity = f"{prepared.kind}/{load.area.id}/{draft.code}/{digest}"
        raster_code = sha256(identity.encode()).hexdigest()[:12]
        rows = [{**row, "digest": _kept(target, upload), "code": raster_code} for row in rows]
    progress("demand.step.write", 2, STEPS)
    store.lock(connection, load.area.id)
    source_id = put_source(connection, draft)
    replaced = store.remove(connection, prepared.kind, load.area.id, source_id)
    owned = {"area_id": load.area.id, "source_id": source_id}
    store.add(connection, prepared.kind, [{**row, **owned} for row in rows])
    progress("demand.step.write", STEPS, STEPS)
    return replace(result, written=True, replaced=replaced)


def _kept(target: Target, upload: Upload) -> str:
    """The digest of the file, once it lies in the store; without a transaction's end it is only an unused file."""
    with upload.path.open("rb") as stream:
        cap = raster_reading.CAPS.max_bytes
        return keep(target.files_dir, Folder.RASTERS, stream, name=upload.name, cap=cap).digest
