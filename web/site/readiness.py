"""Whether the register can do its work: database, schema, spatial index, job worker."""

from dataclasses import dataclass

from infra_registry.access import SERVICE
from infra_registry.db import Database, faults
from infra_registry.db.state import State, read_state


@dataclass(frozen=True, slots=True)
class Check:
    """One condition; those that are not ``needed`` only slow things down."""

    name: str
    ok: bool
    detail: str
    needed: bool = True


def check(database: Database) -> list[Check]:
    """All conditions; with no database only the first."""
    try:
        with database.use_case(SERVICE, timeout_ms=3000) as connection:
            state = read_state(connection)
    except Exception as error:
        explanation = faults.explain(error)
        if explanation is None:
            raise
        return [Check("database", ok=False, detail=explanation.code)]
    return [Check("database", ok=True, detail="reachable"), *_of(state)]


def _of(state: State) -> list[Check]:
    migrated = state.revision == state.head
    silent = "no sign" if state.worker_age_s is None else f"{state.worker_age_s} s ago"
    return [
        Check("schema", migrated, f"{state.revision or 'none'} of {state.head}"),
        Check(
            "spatial_index",
            state.leakproof,
            "leakproof" if state.leakproof else "integer cells",
            needed=False,
        ),
        Check("worker", state.worker_alive, silent, needed=False),
    ]
