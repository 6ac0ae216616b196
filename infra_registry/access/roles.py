"""The roles a user may hold."""

from enum import StrEnum


class Role(StrEnum):
    """A role; a user may hold several, each for all areas or for one city."""

    SEEKER = "seeker"  # registered party that looks for structures to share
    CARRIER_EDITOR = "carrier_editor"  # keeps a carrier's or tower company's assets
    OWNER_EDITOR = "owner_editor"  # keeps an owner's public buildings and street furniture
    REGULATOR = "regulator"  # reads a city whole, grants access, publishes
    CASE_HANDLER = "case_handler"  # handles reports; reads complainants' identities
    AUDITOR = "auditor"  # reads the audit, verifies the chain, changes nothing
    SYSTEM_ADMIN = "system_admin"  # runs imports of boundaries, jobs, backups
    SECURITY_ADMIN = "security_admin"  # accounts and roles, never his own
