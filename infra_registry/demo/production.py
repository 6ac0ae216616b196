"""What production starts on: real keys, an address of its own, and no sample data or sample accounts."""

from infra_registry import config
from infra_registry.access import SERVICE
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.demo import store
from infra_registry.errors import Fault, Invalid

TIMEOUT_MS = 120_000


def require_fit(settings: Settings, database: Database) -> None:
    """Raise Invalid ``config.unfit`` where a production register may not start; its faults name everything wrong."""
    if not settings.production:
        return
    wrong = config.faults(settings)
    samples = left(database)
    if samples:
        wrong.append(Fault("demo", listed(samples), "config.samples"))
    if wrong:
        raise Invalid(wrong, "config.unfit")


def left(database: Database) -> dict[str, int]:
    """Rows of the sample data by table, and of sample accounts that can sign in; only what there is."""
    with database.use_case(SERVICE, timeout_ms=TIMEOUT_MS) as connection:
        return store.left(connection)


def listed(samples: dict[str, int]) -> str:
    """The counts in one line, as tables are called."""
    return ", ".join(f"{table} {count}" for table, count in samples.items())
