"""Compiled moves of a search: who is chosen, how often each point is served, what each candidate would add.

``state`` is (times served per point, gain per candidate, chosen per candidate). Weights are whole numbers
(``units``), so that sums are exact in whatever order they are made and equal choices stay equal.
"""

from typing import Any

import numpy as np

from infra_registry.coverage.compiling import compiled
from infra_registry.coverage.siting.patterns import mixed


@compiled
def start(rows: Any, units: Any) -> tuple[Any, Any, Any]:
    """The state in which nobody is chosen."""
    indptr, indices = rows
    n = len(indptr) - 1
    gain = np.zeros(n, np.int64)
    for i in range(n):
        for at in range(indptr[i], indptr[i + 1]):
            gain[i] += units[indices[at]]
    return np.zeros(len(units), np.int32), gain, np.zeros(n, np.bool_)


@compiled
def add(i: int, rows: Any, columns: Any, units: Any, state: Any) -> None:
    """Put a site up: ``state`` is (times served per point, gain per candidate, chosen per candidate)."""
    indptr, indices = rows
    tptr, tind = columns
    served, gain, chosen = state
    chosen[i] = True
    for at in range(indptr[i], indptr[i + 1]):
        j = indices[at]
        if served[j] == 0:
            for t in range(tptr[j], tptr[j + 1]):
                gain[tind[t]] -= units[j]
        served[j] += 1


@compiled
def remove(o: int, rows: Any, columns: Any, units: Any, state: Any) -> None:
    """Take a site away; its gain is afterwards what it had served alone."""
    indptr, indices = rows
    tptr, tind = columns
    served, gain, chosen = state
    chosen[o] = False
    for at in range(indptr[o], indptr[o + 1]):
        j = indices[at]
        served[j] -= 1
        if served[j] == 0:
            for t in range(tptr[j], tptr[j + 1]):
                gain[tind[t]] += units[j]


@compiled
def alone(o: int, rows: Any, units: Any, state: Any) -> int:
    """What a chosen site serves that no other chosen one does."""
    indptr, indices = rows
    total = 0
    for at in range(indptr[o], indptr[o + 1]):
        if state[0][indices[at]] == 1:
            total += units[indices[at]]
    return total


@compiled
def best(state: Any, priority: Any, allowed: Any) -> int:
    """The free candidate that adds most; ties: lower priority number, then lower index. -1: none adds."""
    _, gain, chosen = state
    best_site = -1
    for i in range(len(gain)):
        if chosen[i] or not allowed[i] or gain[i] <= 0:
            continue
        more = best_site < 0 or gain[i] > gain[best_site]
        if more or (gain[i] == gain[best_site] and priority[i] < priority[best_site]):
            best_site = i
    return best_site


@compiled
def sooner(first: int, second: int, gain: Any, priority: Any) -> bool:
    """Whether the first candidate goes before the second: by priority number, then by gain."""
    before: bool = priority[first] < priority[second]
    return before or (priority[first] == priority[second] and gain[first] > gain[second])


@compiled
def preferred(state: Any, priority: Any, allowed: Any, tolerance: float) -> int:
    """Of the free candidates within the tolerance of the best gain: lowest priority number, then gain, then index."""
    _, gain, chosen = state
    most = 0
    for i in range(len(gain)):
        if allowed[i] and not chosen[i] and gain[i] > most:
            most = gain[i]
    best_site = -1
    for i in range(len(gain)):
        if chosen[i] or not allowed[i] or gain[i] <= 0 or gain[i] < (1.0 - tolerance) * most:
            continue
        if best_site < 0 or sooner(i, best_site, gain, priority):
            best_site = i
    return best_site


@compiled
def ascend(rows: Any, columns: Any, units: Any, state: Any, priority: Any, allowed: Any, sites: int,
           required: int, tolerance: float) -> tuple[Any, Any]:  # fmt: skip
    """Greedy from where the state stands: sites in order with what each added, until so many or so much served.

    Gains are kept exact after each choice, which over the whole run costs one look at every non-zero.
    """
    order, gains = np.empty(sites, np.int64), np.empty(sites, np.int64)
    done, served = 0, 0
    while done < sites and served < required:
        i = preferred(state, priority, allowed, tolerance)
        if i < 0:
            break
        order[done], gains[done] = i, state[1][i]
        served += state[1][i]
        add(i, rows, columns, units, state)
        done += 1
    return order[:done], gains[:done]


@compiled
def resettled(put: Any, rows: Any, columns: Any, units: Any, state: Any, priority: Any, allowed: Any) -> int:
    """Each of some chosen sites against every free one, once; by how much more is served."""
    rise = 0
    for k in range(len(put)):
        old = put[k]
        remove(old, rows, columns, units, state)
        i = best(state, priority, allowed)
        if i < 0 or state[1][i] <= state[1][old]:
            i = old
        rise += state[1][i] - state[1][old]
        add(i, rows, columns, units, state)
        put[k] = i
    return rise


@compiled
def share(rows: Any, columns: Any, units: Any, state: Any, priority: Any, order: Any, floor: int,
          tolerance: float) -> tuple[int, int]:  # fmt: skip
    """Replace chosen sites (in this order) by free ones of lower priority number that serve nearly as many.

    Nearly: at least ``1 - tolerance`` of what the site served alone, all together never below ``floor``.
    A tolerance of 1 asks for the floor alone. Returns how many were replaced and what is served.
    """
    gain, chosen = state[1], state[2]
    served = 0
    for j in range(len(units)):
        if state[0][j] > 0:
            served += units[j]
    swaps = 0
    for o in order:
        remove(o, rows, columns, units, state)
        lost, replacement = gain[o], -1
        for i in range(len(gain)):
            if chosen[i] or priority[i] >= priority[o] or gain[i] < (1.0 - tolerance) * lost:
                continue
            if served - lost + gain[i] < floor or (gain[i] <= 0 and lost > 0):
                continue
            if replacement < 0 or sooner(i, replacement, gain, priority):
                replacement = i
        if replacement >= 0:
            served += gain[replacement] - lost
            swaps += 1
        add(replacement if replacement >= 0 else o, rows, columns, units, state)
    return swaps, served


@compiled
def draw(random: Any, below: int) -> int:
    """The next number of a splitmix64 sequence, below a limit."""
    random[0] += np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed(random[0]) >> np.uint64(11)) % np.uint64(below))  # type: ignore[return-value]


@compiled
def neighbours(random: Any, start: int, size: int, rows: Any, columns: Any, state: Any) -> Any:
    """Chosen sites around one, found by walking site → point → candidate → point → site at random."""
    indptr, indices = rows
    tptr, tind = columns
    chosen = state[2]
    picked = np.empty(size, np.int64)
    picked[0], count = start, 1
    for _ in range(size * 8):
        if count == size:
            break
        i = picked[draw(random, count)]
        j = indices[indptr[i] + draw(random, indptr[i + 1] - indptr[i])]
        i = tind[tptr[j] + draw(random, tptr[j + 1] - tptr[j])]
        j = indices[indptr[i] + draw(random, indptr[i + 1] - indptr[i])]
        at = draw(random, tptr[j + 1] - tptr[j])
        for step in range(tptr[j + 1] - tptr[j]):
            i = tind[tptr[j] + (at + step) % (tptr[j + 1] - tptr[j])]
            if chosen[i]:
                present = False
                for k in range(count):
                    present = present or picked[k] == i
                if not present:
                    picked[count] = i
                    count += 1
                break
    return picked[:count]


@compiled
def rebuilt(random: Any, group: Any, rows: Any, columns: Any, units: Any, state: Any, priority: Any,
            allowed: Any) -> tuple[Any, int]:  # fmt: skip
    """As many sites as were taken away: one by lot near the first, the others by gain; who, and what they add."""
    indptr, indices = rows
    tptr, tind = columns
    put, gained = np.empty(len(group), np.int64), 0
    j = indices[indptr[group[0]] + draw(random, indptr[group[0] + 1] - indptr[group[0]])]
    lot = np.int64(tind[tptr[j] + draw(random, tptr[j + 1] - tptr[j])])
    for k in range(len(group)):
        i: Any = best(state, priority, allowed)
        if k == 0 and not state[2][lot] and allowed[lot]:
            i = lot
        if i < 0:  # nobody adds anything: the old ones again, so that their number stays
            for o in group:
                if not state[2][o]:
                    i = o
        gained += state[1][i]
        add(i, rows, columns, units, state)
        put[k] = i
    return put, gained


@compiled
def shake(random: Any, tries: int, rows: Any, columns: Any, units: Any, state: Any, priority: Any,
          allowed: Any) -> None:  # fmt: skip
    """Ruin and recreate: take some neighbouring sites away, put one back by lot, the rest by gain, swap.

    Kept when not worse, so the served weight never falls.
    """
    members = np.flatnonzero(state[2])
    for _ in range(tries):
        first = members[draw(random, len(members))]
        group = neighbours(random, first, 2 + draw(random, 6), rows, columns, state)
        lost = 0
        for o in group:
            lost += alone(o, rows, units, state)
            remove(o, rows, columns, units, state)
        put, gained = rebuilt(random, group, rows, columns, units, state, priority, allowed)
        for _ in range(2):
            gained += resettled(put, rows, columns, units, state, priority, allowed)
        if gained < lost:
            for i in put:
                remove(i, rows, columns, units, state)
            for o in group:
                add(o, rows, columns, units, state)
        else:
            members = np.flatnonzero(state[2])
