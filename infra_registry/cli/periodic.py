"""Work a worker does again and again that belongs to no feature: the audit's seal, the end of days, cases."""

from datetime import UTC, datetime

from infra_registry import audit, config, limits
from infra_registry.access import SERVICE
from infra_registry.cases import erasure, key_copies, keys, points
from infra_registry.db import Database
from infra_registry.jobs import periodic

SEAL_TIMEOUT_MS = 600_000


@periodic("audit.seal", "* * * * *")
def seal_audit(database: Database) -> int:
    """Seal what ended since the last minute; how many links were made."""
    with database.use_case(SERVICE, timeout_ms=SEAL_TIMEOUT_MS) as connection:
        return len(audit.seal_all(connection))


@periodic("limits.end_days", "*/5 * * * *")
def end_days(database: Database) -> int:
    """Destroy the keys of days that are over; how many there were."""
    with database.use_case(SERVICE) as connection:
        return limits.end_days(connection, datetime.now(UTC))


@periodic("cases.seal_points", "*/5 * * * *")
def seal_points(database: Database) -> tuple[int, int]:
    """Seal points of reports that an older release kept in the open; how many now are, how many cannot be."""
    with database.use_case(SERVICE, timeout_ms=SEAL_TIMEOUT_MS) as connection:
        return points.seal_open_points(connection, keys.load(config.load()))


@periodic("cases.mark_due", "20 * * * *")
def mark_due(database: Database) -> int:
    """Remind handlers of cases whose content is due to be erased, archive decided ones; how many both together."""
    with database.use_case(SERVICE) as connection:
        return erasure.mark_due(connection) + erasure.archive(connection)


@periodic("cases.tend_secrets", "*/15 * * * *")
def tend_secrets(database: Database) -> int:
    """Destroy secrets of what was erased; of how many cases."""
    with database.use_case(SERVICE, timeout_ms=SEAL_TIMEOUT_MS) as connection:
        return erasure.tend_secrets(connection, keys.load(config.load()))


@periodic("cases.end_key_copies", "40 * * * *")
def end_key_copies(_: Database) -> int:
    """Remove backups of the secrets that are as old as they may become; how many."""
    return key_copies.end_old(config.load().key_backups_dir, datetime.now(UTC))
