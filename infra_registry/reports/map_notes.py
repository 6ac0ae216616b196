"""Notes shared by the documents of the register: the area a map shows, its outlines, its sources and approval."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from infra_registry.areas import Area, Boundary
from infra_registry.areas import store as areas
from infra_registry.config import today
from infra_registry.documents import LegendGroup, Meta, Outline

OUTLINE_ZOOM = 11
Outlines = Sequence[tuple[Area, Boundary]]


def outlines(connection: Connection, chosen: Area | None, level: str = "city") -> Outlines:
    """The chosen area and the areas within it, or all areas of a level, with the boundaries they have."""
    if chosen:
        listed = [chosen, *areas.listed(connection, parent_id=chosen.id)]
    else:
        listed = areas.listed(connection, level=level)
    drawn = [(area, areas.boundary(connection, area.id, zoom=OUTLINE_ZOOM)) for area in listed]
    return [(area, boundary) for area, boundary in drawn if boundary is not None]


def map_meta(
    drawn: Outlines,
    locale: str,
    *,
    precision: str,
    sample: bool,
    sources: Iterable[str],
    legend: tuple[LegendGroup, ...],
) -> Meta:
    """The notes of a map of today; it counts as approved where every outline is."""
    approvals = {boundary.map_approval or "" for _, boundary in drawn}
    return Meta(
        as_of=today(),
        precision=precision,
        sample=sample,
        map_approval=", ".join(sorted(approvals)) if approvals and "" not in approvals else None,
        sources=tuple(sorted(set(sources))),
        legend=legend,
        outlines=named_outlines(drawn, locale),
    )


def named_outlines(drawn: Outlines, locale: str) -> tuple[Outline, ...]:
    """Outlines with their names; an area of which parts are drawn has none, which would stand among theirs."""
    above = {area.parent_id for area, _ in drawn}
    return tuple(
        Outline("" if area.id in above else area.called(locale), boundary.geometry)
        for area, boundary in drawn
    )
