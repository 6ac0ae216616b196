"""How a command reaches the database: settings, the private cluster when none is named, one engine."""

from infra_registry import config
from infra_registry.cluster import Addresses, addresses, embedded_cluster
from infra_registry.db import Database


def open_addresses() -> Addresses:
    """Addresses by setting; the private cluster is started when it is the one."""
    settings = config.load()
    found = addresses(settings)
    if found.embedded:
        embedded_cluster(settings).up()
    return found


def open_database() -> Database:
    """The register on the application's log-in."""
    return Database(open_addresses().app)
