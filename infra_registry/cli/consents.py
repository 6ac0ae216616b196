"""`infra-registry consents …`: what waits for a party's consent; agree, refuse, withdraw."""

import click

from infra_registry import words
from infra_registry.assets import consent_store, consents
from infra_registry.cli import locale, session
from infra_registry.cli.terminal import as_json, as_user, phrase, print_json, say, tell


@click.group("consents")
def consents_() -> None:
    """Consents: what waits for a party, its answer."""


@consents_.command("list")
@as_user
@as_json
def list_(login_name: str | None, as_json: bool) -> None:
    """List what waits, then what was decided."""
    with session.transaction(login_name) as (connection, _):
        rows = consent_store.listed(connection, limit=1000)
    if as_json:
        print_json([consents.document(row) for row in rows])
        return
    if not rows:
        say("consent.cli.none")
    for row in rows:
        labels = {key: words.name_of(name, locale()) for key, name in row.names.items()}
        say(
            "consent.cli.line",
            code=row.code,
            state=phrase(f"consent.state.{row.state}"),
            name=row.name,
            asker=labels[row.asked_party],
            since=row.asked_at.date().isoformat(),
            parties=phrase("law.list_sign").join(labels[key] for key in row.parties),
        )


@consents_.command()
@click.argument("code")
@click.option("--refuse", is_flag=True, help="Refuse instead of agreeing; wants a reason.")
@click.option("--reason", default="", help="Why, in 4 to 500 characters.")
@as_user
@as_json
def answer(code: str, refuse: bool, reason: str, login_name: str | None, as_json: bool) -> None:
    """Agree to CODE for the user's party; the product itself answers for parties without an account."""
    with session.transaction(login_name) as (connection, actor):
        consent = consents.answer(connection, actor, code, agree=not refuse, reason=reason)
    tell(f"consent.done.{consent.state}", {"code": code}, as_json)


@consents_.command()
@click.argument("code")
@as_user
@as_json
def withdraw(code: str, login_name: str | None, as_json: bool) -> None:
    """Take back what the user's party asked for."""
    with session.transaction(login_name) as (connection, actor):
        consents.withdraw(connection, actor, code)
    tell("consent.done.withdrawn", {"code": code}, as_json)
