"""SQL of what waits for the consent of the parties it names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT

from infra_registry.assets.consent_tables import consent
from infra_registry.errors import NotFound
from infra_registry.parties.tables import HELD

_CONSENTS = """
SELECT c.*, a.code AS asset_code, b.code AS batch_code, h.code AS host_code, count(*) OVER () AS total,
  (SELECT jsonb_agg(jsonb_build_array(p.id, p.code, p.name, p.name_en)) FROM party p
   WHERE p.id = ANY (c.parties || c.asked_party)) AS names
FROM consent c LEFT JOIN asset h ON h.id = coalesce(c.draft ->> 'host_id', c.draft #>> '{columns,host_id}')::bigint
LEFT JOIN asset a ON a.id = c.asset_id LEFT JOIN import_batch b ON b.id = c.batch_id
"""
_KEEPERS = text(f"""
SELECT u.party_id FROM user_account u JOIN user_role r ON r.user_id = u.id
WHERE u.party_id = ANY (:parties) AND u.active AND {HELD}
  AND r.role IN ('carrier_editor', 'owner_editor')
""").bindparams(bindparam("parties", type_=ARRAY(BIGINT)))


class Name(NamedTuple):
    """A party that asks or is asked."""

    code: str
    name: str
    name_en: str | None


@dataclass(frozen=True, slots=True)
class Consent:
    """A draft that waits, or waited, for parties to agree. ``missing``: who has not; ``total``: rows of the list;
    ``names``: the parties and who asked them, by id."""

    id: int
    code: str
    parties: list[int]
    missing: list[int]
    name: str
    kind: str | None
    asset_id: int | None
    batch_id: int | None
    row_count: int
    draft: dict[str, Any]
    city_id: int | None
    asked_by: int
    asked_party: int
    asked_at: datetime
    state: str
    decided_by: int | None
    decided_at: datetime | None
    reason: str | None
    asset_code: str | None
    batch_code: str | None
    host_code: str | None
    total: int
    names: dict[int, Name]


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Ask for a consent."""
    connection.execute(insert(consent).values(values))


def read(connection: Connection, code: str) -> Consent:
    """The consent this actor may see; NotFound ``consent.not_found`` otherwise."""
    row = connection.execute(text(f"{_CONSENTS} WHERE c.code = :code"), {"code": code}).one_or_none()
    if row is None:
        raise NotFound("consent.not_found", code=code[:60])
    return _consent(row)


def waiting_code(connection: Connection, asset_id: int) -> str | None:
    """The code of what waits about an asset, where this actor may see it."""
    query = "SELECT code FROM consent WHERE asset_id = :asset AND state = 'waiting'"
    code: str | None = connection.scalar(text(query), {"asset": asset_id})
    return code


def locked(connection: Connection, code: str) -> Consent:
    """The consent, held against every other decision until the transaction ends."""
    connection.execute(text("SELECT 1 FROM consent WHERE code = :code FOR UPDATE"), {"code": code})
    return read(connection, code)


def listed(connection: Connection, *, limit: int, offset: int = 0) -> Sequence[Consent]:
    """Consents this actor may see: what waits first, then the newest."""
    query = text(f"{_CONSENTS} ORDER BY c.state <> 'waiting', c.id DESC LIMIT :limit OFFSET :offset")
    return [_consent(row) for row in connection.execute(query, {"limit": limit, "offset": offset})]


def change(connection: Connection, key: int, values: dict[str, Any]) -> None:
    """Set columns; ``state`` other than waiting comes with who decided and now."""
    connection.execute(update(consent).where(consent.c.id == key).values(values))


def end_of_batch(connection: Connection, batch_id: int, state: str, user_id: int | None) -> None:
    """End what still waits of an import."""
    waiting = (consent.c.batch_id == batch_id, consent.c.state == "waiting")
    decided = {"state": state, "decided_by": user_id, "decided_at": func.now()}
    connection.execute(update(consent).where(*waiting).values(decided))


def keepers(connection: Connection, parties: Collection[int]) -> set[int]:
    """Those of the parties for whom an account can answer; asked as the product."""
    return set(connection.scalars(_KEEPERS, {"parties": list(parties)}))


def rows(connection: Connection, key: int, limit: int = 200) -> Sequence[Any]:
    """The first rows of a file that wait here: kind, reference and values."""
    query = text("""SELECT target, key, weak, values, row_number FROM staged_row
      WHERE consent_id = :id ORDER BY id LIMIT :limit""")
    return connection.execute(query, {"id": key, "limit": limit}).all()


def _consent(row: Any) -> Consent:
    values = [*row[:-1], {key: Name(*words) for key, *words in row.names}]
    return Consent(*values)
