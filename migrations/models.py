"""Every module that declares tables, imported so that the metadata is whole."""

from infra_registry.areas import tables as areas
from infra_registry.assets import consent_tables, count_tables, ledger_tables, tables
from infra_registry.audit import tables as audit
from infra_registry.cases import tables as cases
from infra_registry.coverage.demand import tables as demand
from infra_registry.coverage.evidence import tables as evidence
from infra_registry.coverage.radio import tables as radio
from infra_registry.coverage.runs import tables as coverage
from infra_registry.db import aliases
from infra_registry.duties import tables as duties
from infra_registry.duties.letters import campaign_tables
from infra_registry.duties.steps import gate_tables
from infra_registry.exchange import tables as exchange
from infra_registry.jobs import tables as jobs
from infra_registry.limits import tables as limits
from infra_registry.parties import tables as parties

__all__ = [
    "aliases",
    "areas",
    "audit",
    "campaign_tables",
    "cases",
    "consent_tables",
    "count_tables",
    "coverage",
    "demand",
    "duties",
    "evidence",
    "exchange",
    "gate_tables",
    "jobs",
    "ledger_tables",
    "limits",
    "parties",
    "radio",
    "tables",
]
