"""Rows of log-in: accounts with their roles and grants, sessions, tokens. Run as the service."""

from typing import Any

from sqlalchemy import Connection, text

from infra_registry.parties.tables import HELD

ACCOUNT = f"""
  SELECT u.id, u.login, u.name, u.locale, u.handed_until, u.party_id, u.password_hash, u.active,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(r.role, r.area_id)), '[]'::jsonb) FROM user_role r
     WHERE r.user_id = u.id AND {HELD}) AS roles,
    (SELECT coalesce(md5(string_agg(g.id || '@' || g.ends_at, ',' ORDER BY g.id)), '') FROM place_grant g
     WHERE g.party_id = u.party_id AND g.revoked_at IS NULL AND g.starts_at <= now() AND g.ends_at > now())
     AS grants_mark,
    EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS has_factor,
    pg_is_in_recovery() AS replica
  FROM user_account u
"""


def by_login(connection: Connection, login: str) -> Any:
    """The account of a log-in name, or None."""
    return connection.execute(text(f"{ACCOUNT} WHERE u.login = :login"), {"login": login}).one_or_none()


def by_id(connection: Connection, user_id: int) -> Any:
    """The account with this inside id, or None."""
    return connection.execute(text(f"{ACCOUNT} WHERE u.id = :id"), {"id": user_id}).one_or_none()


def by_subject(connection: Connection, issuer: str, subject: str) -> Any:
    """The account bound to a subject of an identity provider, or None."""
    query = f"{ACCOUNT} WHERE u.openid_issuer = :issuer AND u.openid_subject = :subject"
    return connection.execute(text(query), {"issuer": issuer, "subject": subject}).one_or_none()


def by_session(connection: Connection, digest: bytes, *, idle_s: int, pending: bool = False) -> Any:
    """The active account of a session that has neither ended nor idled, with ``seen_at``; or None.

    ``pending``: of one that waits for the second factor, and of no other.
    """
    query = f"""SELECT a.*, s.seen_at, s.by_provider, s.vouched
      FROM login_session s JOIN ({ACCOUNT}) a ON a.id = s.user_id
      WHERE s.digest = :digest AND s.ends_at > now() AND s.seen_at > now() - make_interval(secs => :idle)
        AND a.active AND s.pending = :pending"""
    values = {"digest": digest, "idle": idle_s, "pending": pending}
    return connection.execute(text(query), values).one_or_none()


def by_token(connection: Connection, digest: bytes) -> Any:
    """The active account of a live API token, with ``scopes`` and ``token_id``; or None."""
    query = f"""SELECT a.*, k.scopes, k.id AS token_id FROM api_token k JOIN ({ACCOUNT}) a ON a.id = k.user_id
      WHERE k.digest = :digest AND k.ends_at > now() AND k.revoked_at IS NULL AND a.active"""
    return connection.execute(text(query), {"digest": digest}).one_or_none()


def begin_session(
    connection: Connection,
    digest: bytes,
    *,
    user_id: int,
    life_s: int,
    pending: bool = False,
    by_provider: bool = False,
    vouched: bool = False,
) -> None:
    """A new session; sessions that have ended are cleared on the way."""
    connection.execute(text("DELETE FROM login_session WHERE ends_at < now() - interval '1 day'"))
    connection.execute(
        text("""INSERT INTO login_session (digest, user_id, ends_at, pending, by_provider, vouched)
          VALUES (:digest, :user_id, now() + make_interval(secs => :life), :pending, :by_provider, :vouched)"""),
        {
            "digest": digest,
            "user_id": user_id,
            "life": life_s,
            "pending": pending,
            "by_provider": by_provider,
            "vouched": vouched,
        },
    )


def end_session(connection: Connection, digest: bytes) -> bool:
    """The session is gone at once; True where it had begun by the identity provider."""
    query = "DELETE FROM login_session WHERE digest = :digest RETURNING by_provider"
    return bool(connection.scalar(text(query), {"digest": digest}))


def touch_session(connection: Connection, digest: bytes) -> None:
    """The session was used now."""
    connection.execute(
        text("UPDATE login_session SET seen_at = now() WHERE digest = :digest"), {"digest": digest}
    )


def touch_token(connection: Connection, token_id: int) -> None:
    """The token was used now; written at most once a minute."""
    connection.execute(
        text("""UPDATE api_token SET used_at = now()
                WHERE id = :id AND (used_at IS NULL OR used_at < now() - interval '1 minute')"""),
        {"id": token_id},
    )


def note(connection: Connection, what: str, ref: str) -> None:
    """One audit event about log-in; ``ref`` is an inside id or a digest, never a name."""
    connection.execute(text("SELECT audit_note(:what, 'login', :ref, 1, NULL)"), {"what": what, "ref": ref})
