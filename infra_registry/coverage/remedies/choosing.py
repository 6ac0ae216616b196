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
    """A set before ordinals are known: ``sites`` are candidates in the order the solution chose them.

    ``target``: the number of sites of a budget, or the share of a target.
    """

    aim: str
    target: float
    lifted: bool
    sites: tuple[int, ...]
    solution: Solution


@dataclass(frozen=True, slots=True)
class Chosen:
    """All sets, and what refusals and exclusive agreements keep from people.

    ``kept_from``: weight that only hosts behind a refusal or an exclusive agreement would serve among hosts that
    stand. ``reachable``: weight that the candidates that may be chosen could serve together.
    """

    choices: tuple[Choice, ...]
    kept_from: float
    reachable: float

    @property
    def missed(self) -> list[float]:
        """Targets that no set reaches as things stand."""
        return sorted({item.target for item in self.choices if not item.solution.met and not item.lifted})


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
    choices = _sets(only(weighed, now), parameters, standard, lifted=False)
    if (then & ~now).any():
        choices += _sets(only(weighed, then), parameters, standard, lifted=True)
    stands = np.array([candidates[site].priority == SHARE for site in weighed.sites], bool)
    reached = _reached(weighed, now)
    only_lifted = _reached(weighed, then & ~now & stands) & ~_reached(weighed, now & stands)
    weights = weighed.problem.weights
    return Chosen(tuple(choices), float(weights[only_lifted].sum()), float(weights[reached].sum()))


def _sets(weighed: Weighed, parameters: Parameters, standard: Standard, *, lifted: bool) -> list[Choice]:
    if not weighed.sites:
        return []
    effort = Effort(tolerance=standard.share_first, enough=standard.enough)
    aims: list[tuple[str, float, Aim]] = [
        ("budget", float(count), Budget(count)) for count in dict.fromkeys(parameters.budgets)
    ]
    aims += [("target", share, Target(share)) for share in dict.fromkeys(parameters.targets)]
    choices = []
    for name, target, aim in aims:
        solution = solve(weighed.problem, aim, seconds=standard.seconds, seed=parameters.seed, effort=effort)
        sites = tuple(weighed.sites[int(i)] for i in solution.chosen)
        choices.append(Choice(name, target, lifted, sites, solution))
    return choices


def _reached(weighed: Weighed, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reached = np.zeros(weighed.problem.points, bool)
    for i in np.flatnonzero(kept):
        reached[weighed.problem.row(int(i))] = True
    return reached


def ranked(offers: Sequence[Offer], candidates: Sequence[Candidate]) -> list[Offer]:
    """Offers in the order they are listed: share, planned works, new; people, ground; code and technology."""

    def order(offer: Offer) -> tuple[Any, ...]:
        candidate = candidates[offer.candidate]
        gained = (-(offer.people or 0.0), -offer.area_m2, -len(offer.reached))
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
    sets = []
    for choice in chosen.choices:
        solution = choice.solution
        reasons = tuple(
            {
                "key": REASONS[candidates[site].priority],
                "params": {by: round(float(gain), 1), "technologies": sorted(technologies[site])},
            }
            for site, gain in zip(choice.sites, solution.gains, strict=True)
        )
        ordinals = tuple(best[site] + 1 for site in choice.sites)
        figures = (float(solution.served), float(solution.bound), solution.method)
        sets.append(RemedySet(choice.aim, choice.target, *figures, ordinals, reasons, choice.lifted))
    return tuple(sets)


def _gives(offer: Offer) -> tuple[float, float]:
    return offer.people or 0.0, offer.area_m2
