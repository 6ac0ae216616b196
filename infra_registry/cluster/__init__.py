"""The private PostGIS cluster: found, made, started, stopped, backed up and restored.

Used where no database address is set. It listens on a socket in a directory of its own and leaves
every other cluster of the machine alone.
"""

from infra_registry.cluster.addresses import (
    APP,
    DATABASE,
    OWNER,
    Addresses,
    addresses,
    cluster_addresses,
    embedded_cluster,
)
from infra_registry.cluster.backup import Restored, backup, check, restore
from infra_registry.cluster.manifest import AuditHead, Manifest
from infra_registry.cluster.server import SUPERUSER, Cluster, ClusterStatus

__all__ = [
    "APP",
    "DATABASE",
    "OWNER",
    "SUPERUSER",
    "Addresses",
    "AuditHead",
    "Cluster",
    "ClusterStatus",
    "Manifest",
    "Restored",
    "addresses",
    "backup",
    "check",
    "cluster_addresses",
    "embedded_cluster",
    "restore",
]
