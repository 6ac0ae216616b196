"""The codes of the law: force, rank, modality, subjects, effects, steps, marks."""

from enum import StrEnum


class Force(StrEnum):
    """Whether an instrument binds: a draft never does, and one that is known but not held answers "law not held"."""

    IN_FORCE = "in_force"
    DRAFT = "draft"
    SUPERSEDED = "superseded"
    KNOWN_NOT_HELD = "known_not_held"


class InstrumentKind(StrEnum):
    """The rank of an instrument; guidance (standards, campaign notices) binds no register by itself."""

    LAW = "law"
    ADMINISTRATIVE_REGULATION = "administrative_regulation"
    DEPARTMENT_RULE = "department_rule"
    LOCAL_REGULATION = "local_regulation"
    GOVERNMENT_RULE = "government_rule"
    STANDARD = "standard"
    NOTICE = "notice"


class Modality(StrEnum):
    """What kind of sentence a clause is. Only ``BINDING`` ones can ever be broken."""

    SHALL = "shall"
    SHALL_PRIORITISE = "shall_prioritise"  # an existing request is served first when room is scarce
    SHALL_NOT = "shall_not"
    GRADUAL = "gradual"  # a duty without a date: progress is shown, never lateness
    ENCOURAGE = "encourage"
    MAY = "may"
    POWER = "power"
    PROMOTE = "promote"  # a government promotes, supports, co-ordinates
    RIGHT = "right"
    ROLE = "role"
    PRINCIPLE = "principle"
    DEFINITION = "definition"
    SCOPE = "scope"
    CONDITION = "condition"
    EXCEPTION = "exception"
    LIABILITY = "liability"
    REFERRAL = "referral"
    DATE = "date"


BINDING = frozenset({Modality.SHALL, Modality.SHALL_PRIORITISE, Modality.SHALL_NOT})


class SubjectKind(StrEnum):
    """What a clause can be asked about."""

    ASSET = "asset"
    PROJECT = "project"
    AGREEMENT = "agreement"
    AREA = "area"
    PARTY = "party"


class Effect(StrEnum):
    """What the register does with a clause; ``INFORM``: it is shown and does nothing by itself."""

    OPEN = "open"  # the ledger of opening
    RESERVE = "reserve"
    SHARE_NEW = "share_new"
    SHARE_EXISTING = "share_existing"
    EQUAL_ACCESS = "equal_access"
    EXCLUSIVITY = "exclusivity"
    WIFI_PROVIDE = "wifi_provide"
    WIFI_SECURITY = "wifi_security"
    VENUE_COVERAGE = "venue_coverage"
    SYNCHRONISE = "synchronise"
    RELOCATE = "relocate"
    ACCEPT = "accept"
    FILE = "file"
    UNDERGROUND = "underground"
    PENALTY = "penalty"
    COORDINATE = "coordinate"
    INFORM = "inform"


class Action(StrEnum):
    """A step in the life of an asset or of works that a gate clause may shut."""

    PUT_IN_USE = "put_in_use"
    REMOVE = "remove"
    RELOCATE = "relocate"
    ALTER = "alter"
    BUILD = "build"  # works begin, a planned asset is being built
    ACCEPT = "accept"  # works are accepted


class Mark(StrEnum):
    """How well a statement was checked: the article was read, an official excerpt was seen, from memory only."""

    VERIFIED = "V"
    SEEN = "S"
    MEMORY = "M"
