"""Which database the product uses: the one named in the settings, else the embedded cluster."""

from dataclasses import dataclass

from infra_registry.cluster.server import SUPERUSER, Cluster
from infra_registry.config import Settings

DATABASE = "registry"
OWNER = "registry_owner"
APP = "registry_app"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Three log-ins of one database; ``superuser`` is None where an operator gave none."""

    app: str
    owner: str
    superuser: str | None
    embedded: bool


def embedded_cluster(settings: Settings) -> Cluster:
    """The cluster below ``var``, whether or not it exists yet."""
    return Cluster(settings.var_dir / "pg")


def addresses(settings: Settings) -> Addresses:
    """Addresses by setting; does not connect. Without an owner's log-in the application's stands in."""
    if settings.database_url:
        owner = settings.database_owner_url or settings.database_url
        return Addresses(settings.database_url, owner, settings.database_superuser_url, embedded=False)
    return cluster_addresses(embedded_cluster(settings))


def cluster_addresses(cluster: Cluster, database: str = DATABASE) -> Addresses:
    """Addresses of one database in a private cluster."""
    app, owner, superuser = (cluster.url(user, database) for user in (APP, OWNER, SUPERUSER))
    return Addresses(app, owner, superuser, embedded=True)
