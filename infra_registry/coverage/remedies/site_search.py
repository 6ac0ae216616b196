"""Remedies of a situation: who could serve the gaps, what stands in the way, which sets do most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import ANONYMOUS
from infra_registry.coverage.demand import store as demand_store
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.remedies import candidate_store, candidates, choosing, record, terrain, weighing
from infra_registry.coverage.remedies.candidates import Candidate
from infra_registry.coverage.remedies.gains import served
from infra_registry.coverage.remedies.host_state import Remedies, Remedy, RemedySet, Situation
from infra_registry.coverage.remedies.obstacles import Ledger, Obstacle, obstacles
from infra_registry.coverage.remedies.standard_site import Standard, standard
from infra_registry.coverage.remedies.terrain import HeightRasters
from infra_registry.coverage.remedies.weighing import GapBook, Offer
from infra_registry.db.connection import acting_as

PUBLIC = "public"
MOST_RASTERS = 400


def find(connection: Connection, situation: Situation, files_dir: Path | None = None) -> Remedies:
    """Candidates that would serve part of the gaps, ranked, and the sets chosen among them.

    Reads the register as the connection's actor for the internal edition and as the anonymous public for the public
    one. The same situation and register give the same answer. With the vault's ``files_dir``, what is listed is
    checked over the terrain where heights are loaded; heights are no public matter, so the public edition goes without.
    """
    public, taken = situation.edition == PUBLIC, standard()
    heights = None if public or files_dir is None else _heights(connection, situation, taken, files_dir)
    with acting_as(connection, ANONYMOUS) if public else nullcontext():
        return _find(connection, situation, taken, heights, public=public)


def _heights(
    connection: Connection, situation: Situation, taken: Standard, files_dir: Path
) -> HeightRasters | None:
    """The rasters of heights around the gaps; None where nothing is loaded."""
    box = candidates.box(situation, taken)
    if box is None:
        return None
    rows = demand_store.terrain(connection, demand_store.one_box(tuple(box.values())), MOST_RASTERS)
    return HeightRasters(rows, files_dir, radio().terrain_profiles) if rows else None


def _find(
    connection: Connection,
    situation: Situation,
    taken: Standard,
    heights: HeightRasters | None,
    *,
    public: bool,
) -> Remedies:
    able = _candidates(connection, situation, taken, public=public)
    given, able_to_serve = _given(situation, able, taken)
    book = GapBook(situation)
    ids = sorted({able[offer.candidate].asset_id or 0 for offer in given} - {0})
    ledgers = record.ledgers(connection, ids, situation, taken, public=public)
    barriers = _barriers(situation, given, able, ledgers, book)
    weighed = weighing.weigh(situation, given, able)
    chosen = choosing.choose(weighed, able, barriers, situation.parameters, taken)
    kept = choosing.listed(given, able, barriers, chosen, taken.most_listed)
    pairs = [(offer, able[offer.candidate]) for offer in kept]
    context = (ledgers, barriers, book)
    remedies = tuple(_remedy(number, *pair, taken, context) for number, pair in enumerate(pairs, start=1))
    sets = choosing.numbered(chosen, kept, able, weighed.by)
    remedies, sets, terrain_facts = _checked(situation, taken, heights, pairs, (remedies, sets))
    facts = {
        "weighed_by": weighed.by,
        "total": round(weighed.total, 1),
        "reachable": round(chosen.reachable, 1),
        "kept_from": round(chosen.kept_from, 1),
        "candidates": len(barriers),
        "left_out": able_to_serve - len(barriers),
        "not_listed": len(given) - len(kept),
        "by_kind": _counted(able[site].kind for site in barriers),
        "obstacles": _counted(item["key"] for site_barriers in barriers.values() for item in site_barriers),
        "missed": chosen.missed,
        "standard": taken.digest,
        "terrain": terrain_facts,
    }
    return Remedies(remedies, sets, facts)


def _checked(
    situation: Situation,
    taken: Standard,
    heights: HeightRasters | None,
    pairs: Sequence[tuple[Offer, Candidate]],
    unchecked: tuple[tuple[Remedy, ...], tuple[RemedySet, ...]],
) -> tuple[tuple[Remedy, ...], tuple[RemedySet, ...], Mapping[str, int] | None]:
    """Remedies and sets checked over the terrain: those chosen, then in order, as far as the profiles allowed go.

    The third value counts what was checked; None without heights.
    """
    remedies, sets = unchecked
    if heights is None:
        return remedies, sets, None
    first = sorted({ordinal - 1 for item in sets for ordinal in item.chosen})
    checks = terrain.check(situation, taken, heights, pairs, first)
    facts = {
        "checked": len(checks),
        "left": len(remedies) - len(checks),
        "profiles": sum(item.profiles for item in checks.values()),
        "most": heights.most_profiles,
    }
    by_ordinal = {position + 1: item for position, item in checks.items()}
    remedies = tuple(
        terrain.with_check(item, by_ordinal[item.ordinal], taken.ground)
        if item.ordinal in by_ordinal
        else item
        for item in remedies
    )
    return remedies, tuple(terrain.set_with_checks(item, by_ordinal) for item in sets), facts


def _candidates(
    connection: Connection, situation: Situation, taken: Standard, *, public: bool
) -> list[Candidate]:
    box = candidates.box(situation, taken)
    if box is None:
        return []
    frame = situation.frame
    hosts = candidate_store.hosts(connection, box, taken.hosts, area_id=situation.area_id, public=public)
    # Works are for signed-in parties: the public knows none.
    works = () if public else candidate_store.projects(connection, box, situation.as_of)
    hosts_and_sites = candidates.of_hosts(hosts, frame, taken.heights)
    hosts_and_sites += candidates.of_projects(works, frame, taken.heights)
    if situation.parameters.new_sites:
        hosts_and_sites += candidates.of_grid(situation, taken)
    return hosts_and_sites


def _given(situation: Situation, able: Sequence[Candidate], taken: Standard) -> tuple[list[Offer], int]:
    """The offers to choose from, and how many candidates could serve anything; the rest is not kept in memory."""
    reached = [served(situation, name, able, taken) for name in sorted(situation.bad)]
    every = weighing.offers(situation, reached)
    offered = len({offer.candidate for offer in every}) + sum(item.left_out for item in reached)
    given = _most(choosing.ranked(every, able), able, taken.most_candidates)
    return [_apart(offer) for offer in given], offered


def _apart(offer: Offer) -> Offer:
    """The offer with cells of its own, not a part of those of all candidates; stated once where both are the same."""
    reached = offer.reached.copy()
    return replace(offer, reached=reached, cells=reached if len(reached) == len(offer.cells) else offer.cells)


def _most(ranked: Sequence[Offer], able: Sequence[Candidate], most: int) -> list[Offer]:
    """Offers of at most so many candidates: every priority keeps its best, in turn with its share of the room."""
    by_priority: dict[int, list[int]] = {}
    for offer in ranked:
        group = by_priority.setdefault(able[offer.candidate].priority, [])
        if offer.candidate not in group[-1:]:
            group.append(offer.candidate)
    kept: set[int] = set()
    room = most
    for left, priority in enumerate(sorted(by_priority, reverse=True)):
        group = list(dict.fromkeys(by_priority[priority]))
        fair = room if left == len(by_priority) - 1 else min(room, most // len(by_priority))
        kept.update(group[:fair])
        room -= min(fair, len(group))
    return [offer for offer in ranked if offer.candidate in kept]


def _barriers(
    situation: Situation,
    given: Sequence[Offer],
    able: Sequence[Candidate],
    ledgers: Mapping[int, Ledger],
    book: GapBook,
) -> dict[int, tuple[Obstacle, ...]]:
    offered: dict[int, list[Offer]] = {}
    for offer in given:
        offered.setdefault(offer.candidate, []).append(offer)
    barriers = {}
    for site, mine in offered.items():
        ledger = ledgers.get(able[site].asset_id or 0, Ledger())
        lacking: frozenset[str] = frozenset()
        if ledger.exclusives:  # only then it matters for whom
            lacking = frozenset().union(*(book.operators(reach.technology, reach.reached) for reach in mine))
        barriers[site] = obstacles(able[site], ledger, lacking=lacking, on=situation.as_of)
    return barriers


def _remedy(
    number: int,
    offer: Offer,
    candidate: Candidate,
    taken: Standard,
    context: tuple[Mapping[int, Ledger], Mapping[int, tuple[Obstacle, ...]], GapBook],
) -> Remedy:
    ledgers, barriers, book = context
    ledger = ledgers.get(candidate.asset_id or 0, Ledger())
    site = taken.site_on(candidate.kind, candidate.height_m)
    radio = site.radio[offer.technology]
    assumed = {
        "site": site.name,
        "height_m": round(candidate.height_m, 1),
        "frequency_mhz": radio.frequency_mhz,
        "reference_eirp_dbm": radio.reference_eirp_dbm,
        "height_assumed": candidate.height_assumed,
    }
    kind = candidate.kind if candidate.kind in (candidates.PROJECT, candidates.NEW_SITE) else "host"
    return Remedy(
        number,
        kind,
        candidate.asset_id,
        candidate.project_id,
        offer.technology,
        offer.people,
        offer.area_m2,
        ledger.free,
        ledger.state,
        ledger.duty,
        barriers[offer.candidate],
        assumed,
        candidate.lon_lat,
        book.gains(offer.technology, offer.reached),
    )


def _counted(keys: Any) -> dict[str, int]:
    return dict(sorted(Counter(keys).items()))
