"""What is left of a step is told from what was seen, and not told where nothing honest can be."""

from datetime import UTC, datetime, timedelta

import pytest

from infra_registry.jobs import Progress
from web.site.pace import pace

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STEP = "radio.step.internal"


def job_at(done: int, *, step: str | None = STEP, total: int | None = 100) -> Progress:
    """A job that runs since now."""
    return Progress("J-1", "coverage", "running", step, done, total, False, None, None, None, NOW, NOW, None)


def carried(seen: object) -> dict[str, str]:
    """As an address carries it."""
    return {name: str(value) for name, value in seen.items()}  # type: ignore[attr-defined]


def test_the_rate_is_of_what_was_seen() -> None:
    first = pace(job_at(10), {}, NOW)
    assert first.seconds_left is None
    later = pace(job_at(30), carried(first.since), NOW + timedelta(seconds=40))
    assert later.per_second == pytest.approx(0.5)
    assert later.seconds_left == pytest.approx(140)
    assert later.since == first.since
    assert pace(job_at(100), carried(first.since), NOW + timedelta(seconds=90)).seconds_left == 0


@pytest.mark.parametrize(
    ("job", "seconds"),
    [
        (job_at(11), 2),  # watched for too short a time
        (job_at(10), 60),  # nothing was done meanwhile
        (job_at(11, total=None), 60),
        (job_at(1, total=2), 60),  # a few unequal parts
    ],
)
def test_nothing_is_said_without_ground(job: Progress, seconds: int) -> None:
    since = {"step": STEP, "from": str(min(10, job.done)), "at": str(int(NOW.timestamp() * 1000))}
    found = pace(job, since, NOW + timedelta(seconds=seconds))
    assert (found.per_second, found.seconds_left) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "radio.step.public"},  # another step has begun: counted anew
        {"from": "50"},  # begun again
        {"from": "-1"},
        {"at": "9" * 15},  # from the future
        {"at": "x"},
        {"at": "9" * 40},
    ],
)
def test_what_does_not_fit_is_counted_anew(wrong: dict[str, str]) -> None:
    at = int(NOW.timestamp() * 1000)
    since = {"step": STEP, "from": "10", "at": str(at)} | wrong
    found = pace(job_at(20), since, NOW + timedelta(seconds=60))
    assert found.seconds_left is None
    assert found.since == {"step": STEP, "from": 20, "at": at + 60_000}
