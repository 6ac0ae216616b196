"""What a WSGI server imports: the application on the database the settings name."""

from infra_registry import config
from infra_registry.cluster import addresses
from infra_registry.db import Database
from web.app import create_app

settings = config.load()
app = create_app(settings, Database(addresses(settings).app))
