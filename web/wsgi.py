"""What a WSGI server imports: the application on the database the settings name."""

import sys

from infra_registry import config, words
from infra_registry.cluster import addresses
from infra_registry.db import Database
from infra_registry.demo.production import require_fit
from infra_registry.errors import RegistryError
from web.app import create_app

try:
    settings = config.load()
    database = Database(addresses(settings).app, watched=True)
    require_fit(settings, database)
except RegistryError as refused:  # read by whoever starts the server, in whichever language
    sys.exit("\n".join(line for language in words.LOCALES for line in words.refusal(language, refused)))
database.dispose()  # no open connection goes on to the processes of the server
app = create_app(settings, database)
