"""A browser without a browser: one visitor of the application, signed in or not, who can send forms."""

import re
import secrets
from typing import Any

from sqlalchemy import insert
from werkzeug.test import TestResponse

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties import login
from infra_registry.parties.login import store as sessions
from infra_registry.parties.tables import user_account, user_role
from web.app import create_app

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Site:
    """The application over one register."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.app = create_app(settings, database)
        self.app.testing = True

    def visitor(self, language: str = "en") -> "Visitor":
        """Somebody who has not signed in."""
        return Visitor(self, language)

    def user(
        self, name: str, *roles: tuple[Role, int | None], party_id: int | None = None, language: str = "en"
    ) -> "Visitor":
        """A signed-in user with these roles, each for a city or everywhere."""
        with self.database.use_case(SERVICE) as connection:
            user = connection.scalars(
                insert(user_account)
                .values(login=name, name=name, password_hash="-", party_id=party_id)
                .returning(user_account.c.id)
            ).one()
            for role, area in roles:
                connection.execute(insert(user_role).values(user_id=user, role=role.value, area_id=area))
            cookie = secrets.token_urlsafe(32)
            sessions.begin_session(connection, login.digest(cookie), user_id=user, life_s=3600)
        found = Visitor(self, language)
        found.client.set_cookie("session", cookie)
        return found


class Visitor:
    """Cookies, a language, and the token of the last form seen."""

    def __init__(self, site: Site, language: str) -> None:
        self.client = site.app.test_client()
        self.client.set_cookie("lang", language)

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any], *, form: str = "/login") -> TestResponse:
        """Send a form with the token of a page that has one."""
        found = TOKEN.search(self.client.get(form).get_data(as_text=True))
        token = found.group(1) if found else ""
        return self.client.post(path, data=data | {"csrf_token": token})
