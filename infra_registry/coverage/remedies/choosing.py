"""Ranking remedies and choosing sets: sharing first, then people, ground, code; each choice has its reason. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.remedies.candidates import NEW, PLANNED, SHARE, Candidate
from infra_registry.coverage.remedies.host_state import Parameters, RemedySet
from infra_registry.coverage.remedies.obstacles import Obstacle, bars, bars_when_lifted
from infra_registry.coverage.remedies.standard_site import Standard
from infra_registry.coverage.remedies.weighing import Offer, Weighed, only
from infra_registry.coverage.siting.cover import solve
from infra_registry.coverage.siting.problem import Aim, Budget, Effort, Solution, Target

REASONS = {SHARE: "share", PLANNED: "planned", NEW: "new"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A set before ordinals are known: ``sites`` are candidates in order of choice, ``adds`` what each adds."""

    aim: str
    wanted: float
    lifted: bool
    sites: tuple[int, ...]
    adds: tuple[float, ...]
    served: float
    bound: float
    method: str
    met: bool


@dataclass(frozen=True, slots=True)
class _Search:
    seconds: float
    effort: Effort


@dataclass(frozen=True, slots=True)
class Chosen:
    """All sets, and what refusals and exclusive agreements keep from people.

    ``kept_from``: weight that only hosts behind a refusal or an exclusive agreement would serve among hosts that
    stand. ``reachable``: weight that the candidates that may be chosen could serve together.
    """

    choices: tuple[Choice, ...]
    kept_from: float
    reachable: float


def choose(
    weighed: Weighed,
    candidates: Sequence[Candidate],
    barriers: Mapping[int, tuple[Obstacle, ...]],
    parameters: Parameters,
    standard: Standard,
) -> Chosen:
    """Sets for each budget and target, as things stand and, where that would change anything, as if lifted."""
    now = np.array([not bars(barriers[site]) for site in weighed.sites], bool)
    then = np.array([not bars_when_lifted(barriers[site]) for site in weighed.sites], bool)
    search = _Search(standard.seconds, Effort(tolerance=standard.share_first, enough=standard.enough))
    choices = _sets(only(weighed, now), parameters, search, lifted=False)
    if (then & ~now).any():
        choices += _sets(only(weighed, then), parameters, search, lifted=True)
    stands = np.array([candidates[site].priority == SHARE for site in weighed.sites], bool)
    reached = _reached(weighed, now)
    only_lifted = _reached(weighed, then & ~now & stands) & ~_reached(weighed, now & stands)
    weights = weighed.problem.weights
    return Chosen(tuple(choices), float(weights[only_lifted].sum()), float(weights[reached].sum()))


def _sets(weighed: Weighed, parameters: Parameters, search: _Search, *, lifted: bool) -> list[Choice]:
    if not weighed.sites:
        return []
    aims: list[tuple[str, float, Aim]] = [
        ("budget", float(count), Budget(count)) for count in dict.fromkeys(parameters.budgets)
    ]
    aims += [("target", share, Target(share)) for share in dict.fromkeys(parameters.targets)]
    choices = []
    for name, target, aim in aims:
        solution = solve(
            weighed.problem, aim, seconds=search.seconds, seed=parameters.seed, effort=search.effort
        )
        choices.append(_choice(weighed, name, target, solution, lifted=lifted))
    return choices


def _choice(weighed: Weighed, aim: str, target: float, solution: Solution, *, lifted: bool) -> Choice:
    return Choice(
        aim,
        target,
        lifted,
        tuple(weighed.sites[int(i)] for i in solution.chosen),
        tuple(float(gain) for gain in solution.gains),
        float(solution.served),
        float(solution.bound),
        solution.method,
        bool(solution.met),
    )


def _reached(weighed: Weighed, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = np.zeros(weighed.problem.points, bool)
    for i in np.flatnonzero(kept):
        found[weighed.problem.row(int(i))] = True
    return found


def ranked(offers: Sequence[Offer], candidates: Sequence[Candidate]) -> list[Offer]:
    """Offers in the order they are listed: share, planned works, new; people, ground; code and technology."""

    def order(offer: Offer) -> tuple[Any, ...]:
        candidate = candidates[offer.candidate]
        people = offer.people or 0.0
        gained = (-people, -offer.area_m2, -len(offer.reached))
        return (candidate.priority, *gained, candidate.code, offer.technology)

    return sorted(offers, key=order)


def listed(
    given: Sequence[Offer],
    candidates: Sequence[Candidate],
    barriers: Mapping[int, tuple[Obstacle, ...]],
    chosen: Chosen,
    most: int,
) -> list[Offer]:
    """What is kept of ranked offers: the first of each priority, all chosen ones, the first that could be lifted."""
    picked = {site for choice in chosen.choices for site in choice.sites}
    seen: dict[Any, int] = {}
    kept = []
    for offer in given:
        barred = bars(barriers[offer.candidate])
        liftable = barred and not bars_when_lifted(barriers[offer.candidate])
        group = "lift" if liftable else (candidates[offer.candidate].priority, barred)
        seen[group] = seen.get(group, 0) + 1
        if seen[group] <= most or offer.candidate in picked:
            kept.append(offer)
    return kept


def numbered(
    chosen: Chosen, kept: Sequence[Offer], candidates: Sequence[Candidate], by: str
) -> tuple[RemedySet, ...]:
    """Sets by the ordinals of remedies (from 1, in the order kept): for each site the one that gives most."""
    best: dict[int, int] = {}
    technologies: dict[int, list[str]] = {}
    for index, offer in enumerate(kept):
        technologies.setdefault(offer.candidate, []).append(offer.technology)
        if offer.candidate not in best or _gives(offer) > _gives(kept[best[offer.candidate]]):
            best[offer.candidate] = index
    numbered_remedies = []
    for choice in chosen.choices:
        reasons = [
            {
                "key": REASONS[candidates[site].priority],
                "params": {by: round(adds, 1), "technologies": sorted(technologies[site])},
            }
            for site, adds in zip(choice.sites, choice.adds, strict=True)
        ]
        ordinals = tuple(best[site] + 1 for site in choice.sites)
        numbered_remedies.append(
            RemedySet(
                choice.aim,
                choice.wanted,
                choice.served,
                choice.bound,
                choice.method,
                ordinals,
                tuple(reasons),
                choice.lifted,
            )
        )
    return tuple(numbered_remedies)


def _gives(offer: Offer) -> tuple[float, float]:
    return offer.people or 0.0, offer.area_m2
