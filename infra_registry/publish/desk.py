"""What waits for the one who asks: counts of work, each with the list it opens."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from infra_registry.access import Actor, Permission, allows
from infra_registry.assets.withheld_store import TO_REVIEW

GRANT_ENDS_SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Waiting:
    """One heap of work: its words (``desk.<key>``), how much, and where it is done."""

    key: str
    count: int
    href: str


_HEAPS: tuple[tuple[str, Permission, str, str], ...] = (
    (
        "imports_staged",
        Permission.IMPORT_RUN,
        "/imports?state=staged",
        "SELECT count(*) FROM import_batch WHERE state = 'staged'",
    ),
    (
        "imports_running",
        Permission.IMPORT_RUN,
        "/imports?state=checking",
        "SELECT count(*) FROM import_batch WHERE state IN ('received', 'checking')",
    ),
    (
        "cases_received",
        Permission.CASE_READ,
        "/cases?state=received",
        "SELECT count(*) FROM case_file WHERE state = 'received'",
    ),
    (
        "cases_checking",
        Permission.CASE_READ,
        "/cases?state=checking",
        "SELECT count(*) FROM case_file WHERE state = 'checking'",
    ),
    (
        "cases_erasure",
        Permission.CASE_ERASE,
        "/cases/erasure",
        "SELECT count(*) FROM case_file WHERE erasure_rule IS NOT NULL AND erased_at IS NULL",
    ),
    (
        "grants_ending",
        Permission.ACCOUNT,
        "/account#grants",
        f"""SELECT count(*) FROM place_grant WHERE revoked_at IS NULL AND ends_at > now()
            AND ends_at < now() + interval '{GRANT_ENDS_SOON_DAYS} days'""",
    ),
    (
        "withheld_review",
        Permission.WITHHOLD,
        "/office/withheld",
        f"SELECT count(*) FROM asset a WHERE {TO_REVIEW}",
    ),
    (
        "consents",
        Permission.ASSET_EDIT,
        "/consents",
        "SELECT count(*) FROM consent WHERE state = 'waiting' AND my_party() = ANY (missing)",
    ),
    (
        "jobs_failed",
        Permission.SYSTEM_RUN,
        "/admin/jobs?state=failed",
        "SELECT count(*) FROM job WHERE state = 'failed' AND ended_at > now() - interval '7 days'",
    ),
)


def waiting(connection: Connection, actor: Actor) -> tuple[Waiting, ...]:
    """Heaps this actor may work on, empty ones too: an empty desk is news."""
    return tuple(
        Waiting(key, int(connection.scalar(text(query)) or 0), href)
        for key, permission, href, query in _HEAPS
        if allows(actor, permission)
    )
