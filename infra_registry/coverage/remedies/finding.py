"""Remedies of a situation: who could serve the gaps, what stands in the way, which sets do most."""

from sqlalchemy import Connection

from infra_registry.coverage.remedies.situation import Found, Situation


def find(connection: Connection, situation: Situation) -> Found:
    """Candidates that would serve part of the gaps, ranked, and the sets chosen among them.

    Reads the register as the connection's actor for the internal edition and as the anonymous public for the public
    one. The same situation and register give the same answer.
    """
    raise RuntimeError(situation.edition, connection)
