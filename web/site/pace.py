"""The rate of long work and the seconds left of its present step, measured since the page was opened.

The start of a step is not stored, so the page sends along what it saw first. There is no figure before a step was
watched for ``LEAST_SECONDS``, for steps of fewer than ``LEAST_TOTAL`` parts, and for steps still to come.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra_registry.formats import whole
from infra_registry.jobs import Progress

LEAST_SECONDS = 4.0  # watched for less, one tile more or less would make the figure
LEAST_TOTAL = 8  # parts of a step that are counted as equal


@dataclass(frozen=True, slots=True)
class Pace:
    """``since``: what the next request should send along. ``seconds_left`` of this step; None: not known."""

    since: dict[str, Any]
    per_second: float | None
    seconds_left: float | None


def pace(job: Progress, carried: Any, now: datetime) -> Pace:
    """The pace of a job between the first look of a page (``step``, ``from``, ``at`` in milliseconds) and now."""
    at = int(now.timestamp() * 1000)
    begun = (whole(carried.get("from"), 10**15), whole(carried.get("at"), 10**15))
    first, seen = begun
    if carried.get("step") != job.step or first is None or seen is None or first > job.done or seen > at:
        return Pace({"step": job.step, "from": job.done, "at": at}, None, None)
    since = {"step": job.step, "from": first, "at": seen}
    seconds = (at - seen) / 1000
    if not job.total or job.total < LEAST_TOTAL or job.done == first or seconds < LEAST_SECONDS:
        return Pace(since, None, None)
    rate = (job.done - first) / seconds
    return Pace(since, rate, max(0, job.total - job.done) / rate)
