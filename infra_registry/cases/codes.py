"""The codes of a report. Pure; the words for them are in the message catalogue."""

REASONS = (
    "exclusive_agreement",
    "refused_or_no_answer",
    "unreasonable_terms",
    "blocked_entry",
    "discrimination",
    "forced_service",
    "hidden_facility",
    "other",
)
PARTS = ("carrier", "property_manager", "developer", "owners_committee", "other")
NAMINGS = ("anonymous", "confidential", "named")
CAPACITIES = (
    "resident",
    "tenant",
    "business",
    "competing_operator",
    "property",
    "employee",
    "public_body",
)
LASTING = ("ongoing", "ended", "unknown")
CARRIER_KINDS = ("carrier", "tower_company", "cable_company")
NOT_ACCEPTED = ("out_of_scope", "not_enough_facts", "duplicate", "other_authority")
