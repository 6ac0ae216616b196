"""The private PostGIS cluster: found, made, started, stopped, backed up and restored.

Used where no database address is set. It listens on a socket in a directory of its own and leaves
every other cluster of the machine alone.
"""

from infra_registry.cluster.server import SUPERUSER, Cluster, ClusterStatus

__all__ = ["SUPERUSER", "Cluster", "ClusterStatus"]
