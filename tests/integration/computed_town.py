"""The city of the radio runs with a run of it: computed once, copied for each test that begins with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra_registry.cluster import Cluster
from infra_registry.db import Database
from tests.integration.radio_town import Town, done, make_town
from tests.origin import copied, origin


@dataclass(frozen=True)
class Computed:
    """A register of one's own with the city and the code of its run."""

    database: Database
    town: Town
    code: str


def computed_town(database: Database) -> tuple[Town, str]:
    """The city and the code of a run with the questions of ``radio_town.ask``."""
    town = make_town(database)
    return town, done(database, town.regulator)


@contextmanager
def copy_of(
    cluster: Cluster,
    template: str,
    var: Path,
    fill: Callable[[Database], tuple[Town, str]] = computed_town,
) -> Iterator[Computed]:
    """A copy of the register that ``fill`` wrote, with its files in ``var``; the name of ``fill`` is the register's."""
    begun = origin(cluster, template, fill.__name__, fill)
    with copied(cluster, begun, var) as database:
        yield Computed(database, *begun.content)
