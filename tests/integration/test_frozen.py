"""A database that stands still: every visitor has his answer within three seconds, and all is well when it goes on."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.drills.product import Product
from tests.drills.visitor import Answer, visit
from tests.server import scratch

PATHS = (
    "/",
    "/assets",
    "/tiles/assets/11/1687/804.mvt",
    "/report",
    "/login",
    "/readyz",
    "/api/v1/assets",
    "/healthz",
)
LONGEST_S = 3.0
VISITORS = 16
FROZEN_S = 8.0


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A served register of its own, whose database may be stopped."""
    directory = scratch("registry-frozen-")
    product = Product(directory)
    try:
        product.start()
        for path in PATHS * 4:
            visit(product.port, path)
        yield product
    finally:
        product.stop()
        shutil.rmtree(directory, ignore_errors=True)


def visits(port: int, seconds: float) -> list[Answer]:
    until = time.monotonic() + seconds

    def visitor(number: int) -> list[Answer]:
        answers, turn = [], number
        while time.monotonic() < until:
            answers.append(visit(port, PATHS[turn % len(PATHS)]))
            turn += 1
        return answers

    with ThreadPoolExecutor(VISITORS) as pool:
        return [answer for answers in pool.map(visitor, range(VISITORS)) for answer in answers]


def test_everybody_is_answered_while_the_database_stands_still(product: Product) -> None:
    with product.database_frozen():
        answers = visits(product.port, FROZEN_S)
    slow = [answer for answer in answers if answer.seconds > LONGEST_S]
    assert not slow, [(a.path, a.status, round(a.seconds, 2)) for a in slow]
    assert {answer.status for answer in answers if answer.path == "/healthz"} == {200}
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.path for answer in refused} >= {"/", "/assets", "/api/v1/assets", "/readyz"}
    assert {answer.status for answer in answers} <= {200, 503}
    page = next(answer.body for answer in refused if answer.path == "/")
    assert "数据库" in page.decode() or "database" in page.decode()
    back_at = time.monotonic() + LONGEST_S
    while not {visit(product.port, path).status for path in PATHS * 2} <= {200, 204}:
        assert time.monotonic() < back_at
        time.sleep(0.2)
