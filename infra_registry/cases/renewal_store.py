"""SQL of the renewal of keys, by the owner of the schema: the service reads no identity."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, text, update

from infra_registry.cases.tables import case_event, case_file, case_identity


def cases(connection: Connection) -> Sequence[Any]:
    """Cases that are not erased: id, number, wrapped keys, whether there is an identity, whether renewed before."""
    query = text(
        """SELECT f.id, f.number, f.wrapped_key, i.wrapped_key AS identity_key,
          i.case_id IS NOT NULL AS has_identity, f.own_keys_since IS NOT NULL AS renewed
        FROM case_file f LEFT JOIN case_identity i ON i.case_id = f.id WHERE f.erased_at IS NULL ORDER BY f.number"""
    )
    return connection.execute(query).all()


def last_days(connection: Connection) -> Any:
    """The newest days on which a story or an identity was erased, and on which an older case got fresh keys."""
    query = text(
        """SELECT max(greatest(erased_at::date, identity_erased_on)) AS erased,
          max(own_keys_since) FILTER (WHERE own_keys_since > received_at::date) AS renewed FROM case_file"""
    )
    return connection.execute(query).one()


def lock(connection: Connection, case_id: int) -> Any:
    """One case with all that is sealed in it, nobody else changing it meanwhile; None once it is erased."""
    query = text(
        """SELECT f.id, f.number, f.wrapped_key, f.sealed, f.sealed_point, i.sealed AS identity,
          i.wrapped_key AS identity_key
        FROM case_file f LEFT JOIN case_identity i ON i.case_id = f.id
        WHERE f.id = :case AND f.erased_at IS NULL FOR UPDATE OF f"""
    )
    return connection.execute(query, {"case": case_id}).one_or_none()


def words(connection: Connection, case_id: int) -> Sequence[Any]:
    """Id and sealed words of the steps that have any."""
    query = text("SELECT id, said FROM case_event WHERE case_id = :case AND said IS NOT NULL")
    return connection.execute(query, {"case": case_id}).all()


def keep(
    connection: Connection,
    case_id: int,
    changes: Mapping[str, Any],
    *,
    identity: Mapping[str, Any] | None,
    words: Mapping[int, bytes],
) -> None:
    """Keep what was sealed anew; who read the case before finds its version changed."""
    values = {**changes, "version": case_file.c.version + 1}
    connection.execute(update(case_file).where(case_file.c.id == case_id).values(values))
    if identity is not None:
        query = update(case_identity).where(case_identity.c.case_id == case_id)
        connection.execute(query.values(**identity))
    if words:
        change = (
            update(case_event).where(case_event.c.id == bindparam("event")).values(said=bindparam("sealed"))
        )
        connection.execute(change, [{"event": event, "sealed": sealed} for event, sealed in words.items()])
