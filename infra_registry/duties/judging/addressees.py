"""Addressees of a clause: from the word in its text to the party recorded for a subject.

The addressee is who the text names. Governments, departments and "anyone" are nobody the register could name, and a
word that asks for a sort of organisation (an operator of telecoms, a property firm) is met only by one of that sort.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OPERATORS = frozenset({"carrier", "tower_company", "cable_company"})
TELECOM = frozenset({"carrier", "tower_company"})
ANY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Holders:
    """The parties that have to do with a subject, and what sort of organisation each is."""

    kinds: Mapping[int, str]
    owner: int | None = None
    operator: int | None = None
    controller: int | None = None
    builder: int | None = None
    grantor: int | None = None
    grantee: int | None = None

    def first(self, roles: Sequence[str], kinds: frozenset[str]) -> int | None:
        """The first of the roles that is known and of one of the sorts (any, when none is named)."""
        for role in roles:
            party: int | None = getattr(self, role)
            if party is not None and (not kinds or self.kinds.get(party) in kinds):
                return party
        return None


# Addressee → roles in the order they are tried with the sorts of organisation that fit.
_HELD = ("operator", "owner", "grantee", "grantor")
_KEPT = ("controller", "operator", "owner", "grantor")
_MEANT: dict[str, tuple[tuple[tuple[str, ...], frozenset[str]], ...]] = {
    "controller": ((("controller", "owner"), ANY),),
    "owner": ((("owner", "grantor"), ANY),),
    "manager": ((("controller", "operator"), ANY),),
    "operator": ((("operator",), ANY), (("owner", "grantee", "grantor", "builder"), OPERATORS)),
    "telecom_operator": (((*_HELD, "builder"), TELECOM),),
    "internet_operator": (((*_HELD, "builder"), TELECOM),),
    "broadcast_operator": (((*_HELD, "builder"), frozenset({"cable_company"})),),
    "infrastructure_operator": (((*_HELD, "builder"), OPERATORS),),
    "builder": ((("builder",), ANY),),
    "line_builder": ((("builder",), ANY), (("owner", "operator"), OPERATORS)),
    "wifi_builder": ((("builder", "owner", "operator"), ANY),),
    "network_builder": ((("builder",), ANY), (("operator",), OPERATORS)),
    "developer": ((("builder", "owner", "grantor"), frozenset({"developer"})),),
    "property_firm": ((_KEPT, frozenset({"property_manager"})),),
    "owners_committee": ((_KEPT, frozenset({"owners_committee"})),),
    "public_body": ((_KEPT, frozenset({"public_body", "regulator"})),),
}


def party_of(addressee: str, holders: Holders) -> int | None:
    """The party an addressee stands for; None where the register knows none."""
    for roles, kinds in _MEANT.get(addressee, ()):
        party = holders.first(roles, kinds)
        if party is not None:
            return party
    return None


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whom a clause addresses: the word that was met first (else its first word), its party, and all parties."""

    word: str | None
    party: int | None
    parties: tuple[int, ...]


def addressed(words: Sequence[str], holders: Holders) -> Addressed:
    """The parties behind the addressees of a clause, each once, in the order of the text."""
    met = [(word, party) for word in words if (party := party_of(word, holders)) is not None]
    parties = tuple(dict.fromkeys(party for _, party in met))
    if met:
        return Addressed(met[0][0], met[0][1], parties)
    return Addressed(words[0] if words else None, None, ())
