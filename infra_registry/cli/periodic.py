"""Work a worker does again and again that belongs to no feature: sealing the audit."""

from infra_registry import audit
from infra_registry.access import SERVICE
from infra_registry.db import Database
from infra_registry.jobs import periodic

SEAL_TIMEOUT_MS = 600_000


@periodic("audit.seal", "* * * * *")
def seal_audit(database: Database) -> int:
    """Seal what ended since the last minute; how many links were made."""
    with database.use_case(SERVICE, timeout_ms=SEAL_TIMEOUT_MS) as connection:
        return len(audit.seal_all(connection))
