"""How long who failed too often must wait: the two rules, with the numbers their callers give."""

from datetime import UTC, datetime, timedelta

import pytest

from infra_registry.cases import filing, tracking
from infra_registry.limits import Limit, wait_after
from infra_registry.parties import login
from web.letters import answer_views

CALLERS = (
    filing.FILINGS,
    tracking.LOOKS,
    answer_views.TRIES,
    login.ACCOUNT_FAILURES,
    login.ADDRESS_FAILURES,
)
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=value) for value in seconds]


def test_a_window_opens_when_the_oldest_of_the_most_leaves_it() -> None:
    window = Limit("x", most=3, within=timedelta(minutes=5))
    assert wait_after(window, ago(1, 2), NOW) == 0
    assert wait_after(window, ago(1, 2, 100), NOW) == 200
    assert wait_after(window, ago(1, 2, 100, 299), NOW) == 200
    assert wait_after(window, ago(1, 2, 299.5), NOW) == 1


def test_an_attempt_is_kept_at_the_beginning_of_its_window() -> None:
    at = datetime(2026, 12, 1, 14, 32, 5, 123456, tzinfo=UTC)
    kept = {limit.label: limit.kept_at(at).time().isoformat() for limit in CALLERS}
    assert kept == {
        "report": "14:00:00",
        "track": "14:30:00",
        "letter": "14:30:00",
        "login_account": "14:32:05",
        "login_address": "14:30:00",
    }


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(4, 0), (5, 60), (9, 60), (10, 120), (15, 240), (30, 1920), (35, 3600), (100, 3600)],
)
def test_an_account_waits_twice_as_long_after_every_five(failures: int, wait: int) -> None:
    assert wait_after(login.ACCOUNT_FAILURES, ago(*[0] * failures), NOW) == wait
    assert wait_after(login.ACCOUNT_FAILURES, ago(*[wait] * failures), NOW) == 0


def test_every_caller_has_a_label_and_numbers_of_its_own() -> None:
    assert [(limit.label, limit.most, limit.within) for limit in CALLERS] == [
        ("report", 10, timedelta(hours=1)),
        ("track", 30, timedelta(minutes=15)),
        ("letter", 30, timedelta(minutes=15)),
        ("login_account", 5, timedelta(days=1)),
        ("login_address", 10, timedelta(minutes=5)),
    ]
