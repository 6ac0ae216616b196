"""Who is tied to an accused does not handle the case, however the accused was typed.

A registered accused is compared in the database, by row security. A name in words is sealed there, so it is compared
here, each time a case is opened.
"""

from typing import Any

from sqlalchemy import Connection

from infra_registry.cases.keys import Keys, unseal
from infra_registry.errors import Forbidden, RegistryError
from infra_registry.parties import ties


def refuse_tied(connection: Connection, keys: Keys, row: Any) -> None:
    """Raise Forbidden ``cases.own_party`` when a name in the case may be that of a party the reader is tied to."""
    if not row.wrapped_key:
        return
    try:
        story = unseal(keys.unwrap(row.number, row.wrapped_key), row.sealed, bound_to=f"story:{row.number}")
    except RegistryError:  # a case that no key opens tells nobody anything
        return
    if ties.among(connection, story["accused"].values()):
        raise Forbidden("cases.own_party")
