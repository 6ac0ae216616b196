"""The audit: append-only events written by the database, sealed into a chain that can be recomputed."""

from infra_registry.audit.chain import Anchor, Batch, Finding, Seal, examine, link
from infra_registry.audit.reading import ACTIONS, Event, EventFilter, events, note, objects
from infra_registry.audit.sealing import export_head, head, read_anchor, seal, seal_all, verify, waiting

__all__ = [
    "ACTIONS",
    "Anchor",
    "Batch",
    "Event",
    "EventFilter",
    "Finding",
    "Seal",
    "events",
    "examine",
    "export_head",
    "head",
    "link",
    "note",
    "objects",
    "read_anchor",
    "seal",
    "seal_all",
    "verify",
    "waiting",
]
