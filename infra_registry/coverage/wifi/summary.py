"""Counts of a run: in all, by district and by venue family. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infra_registry.coverage.runs.suppression import FEW
from infra_registry.coverage.wifi.input_store import KEY_AREA, KeyList, Located
from infra_registry.coverage.wifi.reach import Answer

KINDS = ("inhabited", "venue", KEY_AREA)  # of gaps, in the order they are numbered


@dataclass(slots=True)
class Tally:
    """Venues and people, and how many of them no zone reaches; ``small``: of places with fewer than five people."""

    venues: int = 0
    venues_without: int = 0
    inhabited: int = 0
    inhabited_without: int = 0
    people: int = 0
    people_without: int = 0
    people_small: int = 0
    people_small_without: int = 0

    def add(self, item: Located, answer: Answer) -> None:
        """Count one place."""
        missed = 0 if answer.served else 1
        if item.place.group:
            self.venues += 1
            self.venues_without += missed
        else:
            self.inhabited += 1
            self.inhabited_without += missed
            self.people += item.place.people
            self.people_without += missed * item.place.people
            if item.place.people < FEW:
                self.people_small += item.place.people
                self.people_small_without += missed * item.place.people


Pair = tuple[Located, Answer]


def summarise(pairs: Sequence[Pair], districts: Sequence[Any], families: Sequence[str]) -> dict[str, Any]:
    """Counts in all, per district (in the order given; then those in none), per family."""
    by_family = {family: Tally() for family in families}
    for item, answer in pairs:
        if item.place.group in by_family:
            by_family[item.place.group].add(item, answer)
    return _counts(pairs, districts, Tally) | {
        "families": [
            {"family": family, "venues": tally.venues, "venues_without": tally.venues_without}
            for family, tally in by_family.items()
        ],
    }


def gap_rows(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """Rows of the gaps: inhabited places by people, venues by distance, the farthest first; then key areas.

    Among places with fewer than five people the order is that of distance, so that an ordinal reveals no number of
    people. Key areas that no zone reaches come before those reached in part, and of these the least reached first.
    """
    missed = [(item, answer) for item, answer in pairs if not answer.served or answer.partly]
    missed.sort(key=_order)
    return [_row(ordinal, item, answer) for ordinal, (item, answer) in enumerate(missed, start=1)]


def _order(pair: Pair) -> tuple[Any, ...]:
    item, answer = pair
    people = item.place.people if item.place.people >= FEW else 0
    reached = answer.served, answer.share or 0.0
    farthest_first = answer.nearest_m is not None, -(answer.nearest_m or 0.0)
    return KINDS.index(_kind(item)), -people, *reached, *farthest_first, answer.code


def _row(ordinal: int, item: Located, answer: Answer) -> dict[str, Any]:
    kind = _kind(item)
    return {
        "ordinal": ordinal,
        "gap_kind": kind,
        "district_id": item.district_id,
        "asset_id": item.asset_id,
        "key_area_id": item.key_area_id,
        "venue": item.place.group if kind == "venue" else None,
        "people": item.place.people if kind == "inhabited" else None,
        "nearest_m": answer.nearest_m,
        "zones_in_reach": answer.zones if kind == KEY_AREA else None,
        "share": answer.share if kind == KEY_AREA else None,
        "geom": item.place.geom,
    }


def _kind(item: Located) -> str:
    if item.key_area_id is not None:
        return KEY_AREA
    return "venue" if item.place.group else "inhabited"


@dataclass(slots=True)
class KeyTally:
    """Listed key areas: all, those no zone reaches, those reached only in part."""

    areas: int = 0
    without: int = 0
    partly: int = 0

    def add(self, _: Located, answer: Answer) -> None:
        """Count one area."""
        self.areas += 1
        self.without += not answer.served
        self.partly += answer.partly


def key_summary(
    listed: KeyList | None, answers: Iterable[Pair], districts: Sequence[Any]
) -> dict[str, Any] | None:
    """Key areas counted in all and by district, with the list they stand on; None when no list holds."""
    if listed is None:
        return None
    counts = _counts(answers, districts, KeyTally)
    return {
        "list": {
            "title": listed.title,
            "issued_by": listed.issued_by,
            "issued_on": listed.issued_on.isoformat(),
            "sample": listed.sample,
        },
        "total": counts["total"],
        "districts": [row for row in counts["districts"] if row["areas"]],
    }


def _counts(
    pairs: Iterable[Pair], districts: Sequence[Any], tally: type[Tally] | type[KeyTally]
) -> dict[str, Any]:
    """``total`` and ``districts``, in the order given; last a row without a code where places lie in none."""
    total, outside = tally(), tally()
    by_district = {district.id: tally() for district in districts}
    for item, answer in pairs:
        total.add(item, answer)
        by_district.get(item.district_id or 0, outside).add(item, answer)
    rows = [
        {"code": row.code, "name": row.name, "name_en": row.name_en, **asdict(by_district[row.id])}
        for row in districts
    ]
    if outside != tally():
        rows.append({"code": None, "name": None, "name_en": None, **asdict(outside)})
    return {"total": asdict(total), "districts": rows}
