"""The state of the database as the application's log-in sees it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from infra_registry.db.migrate import head

ALIVE_S = 60


@dataclass(frozen=True, slots=True)
class State:
    """Schema revision, the newest one, the leakproof mark, seconds since a worker's last sign, the last audit seal."""

    revision: str | None
    head: str
    leakproof: bool
    worker_age_s: int | None
    sealed_at: datetime | None

    @property
    def worker_alive(self) -> bool:
        """True when a worker gave a sign within the last minute."""
        return self.worker_age_s is not None and self.worker_age_s < ALIVE_S


def read_state(connection: Connection) -> State:
    """Look once; the caller's role must be the service's."""
    row = connection.execute(
        # The queue library offers no way to ask when a worker last gave a sign: that is read from its own table.
        text("""SELECT to_regclass('public.alembic_version') IS NOT NULL AS migrated,
          (SELECT bool_and(proleakproof) FROM pg_proc WHERE proname = 'geometry_overlaps' AND pronargs = 2
           AND proargtypes[0] = 'geometry'::regtype AND proargtypes[1] = 'geometry'::regtype) AS leakproof,
          (SELECT extract(epoch FROM now() - max(last_heartbeat))::integer FROM procrastinate_workers) AS age,
          (SELECT sealed_at FROM audit_seal ORDER BY seq DESC LIMIT 1) AS sealed_at""")
    ).one()
    revision = connection.scalar(text("SELECT version_num FROM alembic_version")) if row.migrated else None
    return State(revision, head(), bool(row.leakproof), row.age, row.sealed_at)
