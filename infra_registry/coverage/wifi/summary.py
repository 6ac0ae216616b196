"""What a run found, counted: in all, by district and by venue family; and what of it is told to whom. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infra_registry.coverage.wifi.input_store import Located
from infra_registry.coverage.wifi.reach import Answer

FEW = 5  # people of a place, and things left out, are told to everyone only from five on
_SMALL = ("people_small", "people_small_without")


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


Found = tuple[Located, Answer]


def summarise(found: Iterable[Found], districts: Sequence[Any], families: Sequence[str]) -> dict[str, Any]:
    """Counts in all, per district (in the order given; then those in none), per family."""
    total, outside = Tally(), Tally()
    by_district = {district.id: Tally() for district in districts}
    by_family = {family: Tally() for family in families}
    for item, answer in found:
        total.add(item, answer)
        by_district.get(item.district_id or 0, outside).add(item, answer)
        if item.place.group in by_family:
            by_family[item.place.group].add(item, answer)
    rows = [
        {
            "code": district.code,
            "name": district.name,
            "name_en": district.name_en,
            **asdict(by_district[district.id]),
        }
        for district in districts
    ]
    if outside.venues or outside.inhabited:
        rows.append({"code": None, "name": None, "name_en": None, **asdict(outside)})
    return {
        "total": asdict(total),
        "districts": rows,
        "families": [
            {"family": family, "venues": tally.venues, "venues_without": tally.venues_without}
            for family, tally in by_family.items()
        ],
    }


def gap_rows(found: Iterable[Found]) -> list[dict[str, Any]]:
    """Rows of the gaps: inhabited places by people, then venues by distance, the farthest first.

    Among places with fewer than five people the order is that of distance, so that an ordinal tells no number.
    """
    missed = [(item, answer) for item, answer in found if not answer.served]
    missed.sort(key=lambda pair: (bool(pair[0].place.group), -_rank(pair[0]), *_far_first(pair[1])))
    return [
        {
            "ordinal": ordinal,
            "gap_kind": "venue" if item.place.group else "inhabited",
            "district_id": item.district_id,
            "asset_id": item.asset_id,
            "venue": item.place.group or None,
            "people": None if item.place.group else item.place.people,
            "nearest_m": answer.nearest_m,
            "geom": item.place.geom,
        }
        for ordinal, (item, answer) in enumerate(missed, start=1)
    ]


def told(summary: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """A summary as a reader may have it; ``whole`` for a regulator of the area.

    Everyone else: people of places with five and more (``people_from_five``), so that no difference between a
    total, its districts and the list tells what a smaller place has; ``left_out`` None for 1 to 4.
    """
    left_out = summary["left_out"]
    small = summary["total"]["people_small"] > 0
    return {
        **summary,
        "total": _told(summary["total"], whole=whole),
        "districts": [_told(row, whole=whole) for row in summary["districts"]],
        "left_out": left_out if whole or left_out == 0 or left_out >= FEW else None,
        "people_from_five": small and not whole,
    }


def _told(tally: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    shown = {name: value for name, value in tally.items() if name not in _SMALL}
    if not whole:
        shown["people"] -= tally["people_small"]
        shown["people_without"] -= tally["people_small_without"]
    return shown


def _rank(item: Located) -> int:
    return item.place.people if item.place.people >= FEW else 0


def _far_first(answer: Answer) -> tuple[bool, float, str]:
    return answer.nearest_m is not None, -(answer.nearest_m or 0.0), answer.code
