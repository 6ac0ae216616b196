"""Slow senders, endless downloads and slow readers leave another visitor's pages alone, without a proxy in front."""

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from infra_registry.cluster import Addresses, Cluster
from tests.conftest import clone, drop
from tests.drills.product import PROGRAM
from tests.drills.stall import ATTACKS, PATHS, Attack, attacked
from tests.drills.visitor import visit

ROUNDS = 12
SLOWEST_S = 1.0


@pytest.fixture(scope="module")
def port(cluster: Cluster, sample_city: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The real server over a sample city."""
    addresses: Addresses = clone(cluster, sample_city)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    environment = os.environ | {
        "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner,
        "REGISTRY_VAR": str(tmp_path_factory.mktemp("var")),
    }
    command = [*PROGRAM, "serve", "--no-worker", "--port", str(number)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # the address, once it answers
        try:
            yield number
        finally:
            process.terminate()
            process.wait(30)
            drop(cluster, addresses)


@pytest.mark.parametrize(("attack", "count"), ATTACKS)
def test_another_visitor_is_answered(port: int, attack: Attack, count: int) -> None:
    with attacked(port, attack, count):
        answers = [visit(port, path) for _ in range(ROUNDS) for path in PATHS]
    slow = [answer for answer in answers if answer.seconds > SLOWEST_S]
    assert {answer.status for answer in answers} <= {200, 204}
    assert len(slow) <= len(answers) * 0.05, [(answer.path, answer.seconds) for answer in slow]
    assert visit(port, "/assets.csv").status == 200  # turns were given back
