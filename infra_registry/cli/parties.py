"""user, party and token: accounts, organisations and API tokens from the command line."""

from typing import Any

import click

from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, phrase, print_json, say
from infra_registry.errors import RegistryError
from infra_registry.parties import factors, record, store, tokens, users
from infra_registry.parties.tables import PARTY_KINDS
from infra_registry.parties.tokens import store as token_store
from infra_registry.parties.users import store as user_store


@click.group()
def user() -> None:
    """Accounts: add, list, disable, enable, roles, a lost second factor."""


@user.command(name="add")
@click.argument("login")
@click.option("--name", required=True, help="The person's or office's name.")
@click.option("--party", default="", help="Code of the organisation.")
@click.option("--locale", "language", type=click.Choice(words.LOCALES), default=words.DEFAULT_LOCALE)
@click.option("--role", "roles", multiple=True, help="ROLE or ROLE@CITYCODE; may be repeated.")
@as_json
def add_user(login: str, name: str, party: str, language: str, roles: tuple[str, ...], as_json: bool) -> None:
    """Make account LOGIN; its first password is made up and shown once."""
    draft = users.NewUser(login, name, party, language)
    with session.open_database().use_case(SERVICE) as connection:
        _, password = users.create(connection, SERVICE, draft)
        for role in roles:
            kind, _, city = role.partition("@")
            users.give_role(connection, SERVICE, login, kind, city)
    if as_json:
        print_json({"login": login.strip().lower(), "password": password})
        return
    say("user.made", login=login)
    say("user.password_once", password=password)


@user.command(name="list")
@click.argument("text", default="")
@as_json
def list_users(text: str, as_json: bool) -> None:
    """Accounts whose log-in, name or organisation holds TEXT."""
    with session.open_database().use_case(SERVICE) as connection:
        accounts = users.listed(connection, SERVICE, text)
    facts: list[dict[str, Any]] = [
        {
            "login": item.login,
            "name": item.name,
            "party": item.party_code,
            "active": item.active,
            "roles": [
                f"{grant.role}@{grant.area_code}" if grant.area_code else grant.role for grant in item.roles
            ],
        }
        for item in accounts
    ]
    if as_json:
        print_json({"users": facts})
        return
    for fact, item in zip(facts, accounts, strict=True):
        state = phrase("admin.active" if item.active else "admin.disabled")
        click.echo(f"{item.login}\t{state}\t{item.name}\t{', '.join(fact['roles'])}")


def _set_active(login: str, *, active: bool) -> None:
    with session.open_database().use_case(SERVICE) as connection:
        users.set_active(connection, SERVICE, login, active=active)
    say("admin.user_enabled" if active else "admin.user_disabled", login=login)


@user.command(name="disable")
@click.argument("login")
def disable_user(login: str) -> None:
    """Disable LOGIN: every session and token of it stops counting."""
    _set_active(login, active=False)


@user.command(name="enable")
@click.argument("login")
def enable_user(login: str) -> None:
    """Enable LOGIN again."""
    _set_active(login, active=True)


@user.command(name="drop-factor")
@click.argument("login")
def drop_factor(login: str) -> None:
    """Take the second factor of LOGIN away, where no two other administrators are left to do it."""
    database = session.open_database()
    with database.use_case(SERVICE) as connection:
        account = users.find(connection, SERVICE, login)
        user_store.end_sessions(connection, account.id)
        token_store.revoke_all(connection, account.id)
    factors.remove(database, account.id)
    say("factor.dropped", login=account.login)


@user.command(name="role")
@click.argument("login")
@click.argument("role")
@click.option("--city", default="", help="Code of the city; without one the role holds everywhere.")
@click.option("--end", is_flag=True, help="End the role instead of giving it.")
@click.option(
    "--exception-reason",
    "reason",
    default="",
    help="Why two roles that exclude each other are needed.",
)
@click.option(
    "--exception-end",
    "until",
    default="",
    metavar="DAY",
    help="Last day of that, like 2026-12-31.",
)
def change_role(login: str, role: str, city: str, end: bool, reason: str, until: str) -> None:
    """Give LOGIN the ROLE, or end it. An exception counts once a security administrator approves it."""
    given = True
    with session.open_database().use_case(SERVICE) as connection:
        if not end:
            exception = users.RoleException(reason, until)
            given = users.give_role(connection, SERVICE, login, role, city, exception)
        else:
            account = users.find(connection, SERVICE, login)
            ids = [
                grant.id for grant in account.roles if grant.role == role and (grant.area_code or "") == city
            ]
            if not ids:
                raise RegistryError("user.role_not_held", login=login, role=role)
            users.end_role(connection, SERVICE, login, ids[0])
    message = "ended" if end else "given" if given else "waits"
    say(f"admin.role_{message}", login=login, role=role)


@click.group()
def party() -> None:
    """Organisations: add, list."""


@party.command(name="add")
@click.option("--name", required=True)
@click.option("--name-en", "name_en", default="")
@click.option("--kind", required=True, type=click.Choice(PARTY_KINDS))
@click.option("--uscc", default="", help="Unified social credit code, 18 characters.")
@click.option("--country", default="CN")
@click.option("--contact", default="", help="An office's contact, never a person's.")
@as_json
def add_party(as_json: bool, **values: str) -> None:
    """Enter an organisation; its credit code is checked."""
    with session.open_database().use_case(SERVICE) as connection:
        code = record.create(connection, SERVICE, values)
    if as_json:
        print_json({"code": code})
    else:
        say("party.added", name=values["name"], code=code)


@party.command(name="list")
@click.argument("text", default="")
@as_json
def list_parties(text: str, as_json: bool) -> None:
    """Organisations whose name or code holds TEXT."""
    with session.open_database().use_case(SERVICE) as connection:
        parties = store.page(connection, words=text, limit=10_000, offset=0)
    if as_json:
        print_json({"parties": [{name: getattr(item, name) for name in store.COLUMNS} for item in parties]})
        return
    for item in parties:
        kind = phrase(f"party_kind.{item.kind}")
        click.echo(f"{item.code}\t{item.uscc or '—':18}\t{kind}\t{item.label(locale())}")


@click.group()
def token() -> None:
    """API tokens: make, revoke."""


@token.command(name="make")
@click.option("--as", "login", required=True, help="The account the token acts for.")
@click.option("--name", required=True, help="What it is for.")
@click.option("--scope", "scopes", multiple=True, help="A permission; may be repeated. None: public reading.")
@click.option("--days", type=int, default=90, show_default=True)
@as_json
def make_token(login: str, name: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make a token, shown once."""
    with session.transaction(login) as (connection, actor):
        secret = tokens.make(connection, actor, name=name, scopes=list(scopes), days=days)
        live = tokens.live(connection, actor.user_id)[0]
    if as_json:
        print_json({"token": secret, "id": live.id, "ends_at": live.ends_at.isoformat()})
    else:
        say("token.made", token=secret)


@token.command(name="revoke")
@click.option("--as", "login", required=True, help="The account the token acts for.")
@click.argument("token_id", type=int)
def revoke_token(login: str, token_id: int) -> None:
    """Revoke token TOKEN_ID (shown when it was made)."""
    with session.transaction(login) as (connection, actor):
        tokens.revoke(connection, actor, token_id)
    say("account.token_revoked")
