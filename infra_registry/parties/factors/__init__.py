"""The second factor: time codes of an app (TOTP, RFC 6238), or codes on a sheet of paper, one at each log-in.

An account has one factor. An app comes with ten recovery codes for the day the device is lost; a sheet has codes
alone. Codes are kept as argon2id hashes, the app's secret under the server's key. Every guess is counted in a
transaction of its own, whatever it is asked for.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pyotp

from infra_registry import codes, limits
from infra_registry.access import SERVICE, Actor, Role
from infra_registry.db import Connection, Database
from infra_registry.errors import Fault, Invalid
from infra_registry.limits import Limit
from infra_registry.parties import passwords
from infra_registry.parties.factors import sealing, store
from infra_registry.parties.login import Clock, digest, utc_now
from infra_registry.parties.users import store as users

STEPS_AROUND = (0, -1, 1)  # of 30 s; a clock may be one step late or early
APP_DIGITS = 6
NUMBER_SIGNS, CODE_SIGNS = 2, 8  # a code on paper: its number, then 40 random bits behind a limit on guesses
RECOVERY_CODES, SHEET_CODES = 10, 40
# Who must have a second factor in production.
REQUIRED_OF = (Role.CASE_HANDLER, Role.REGULATOR, Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
GUESSES = Limit(
    "second_factor",
    most=5,
    within=timedelta(days=1),
    first_wait=timedelta(seconds=60),
    longest_wait=timedelta(hours=1),
)


class Kind(StrEnum):
    """What the codes come from."""

    APP = "app"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Factor:
    """The factor of an account; asked for once it is confirmed."""

    kind: Kind
    made_at: datetime
    confirmed_at: datetime | None
    codes_left: int


def required_of(actor: Actor) -> bool:
    """True when the actor holds a role that must have a second factor in production."""
    return any(actor.has(role) for role in REQUIRED_OF)


def lacking(database: Database) -> int:
    """How many active accounts hold such a role and have no factor in force."""
    with database.use_case(SERVICE) as connection:
        return store.lacking(connection, REQUIRED_OF)


def of_user(database: Database, user_id: int) -> Factor | None:
    """The factor of an account, confirmed or begun."""
    with database.use_case(SERVICE) as connection:
        row = store.read(connection, user_id)
    return Factor(_kind(row), row.made_at, row.confirmed_at, row.codes_left) if row else None


def begin_app(database: Database, server_key: str, user_id: int) -> None:
    """A new secret for an app, in place of what there was; it counts once a code of it was typed."""
    sealed = sealing.seal(server_key, user_id, pyotp.random_base32())
    with database.use_case(SERVICE) as connection:
        store.begin(connection, user_id, sealed)


def begin_sheet(database: Database, user_id: int) -> list[str]:
    """The codes of a new sheet, to be shown once, in place of what there was; they count once one was typed."""
    sheet, hashes = new_codes(SHEET_CODES)
    with database.use_case(SERVICE) as connection:
        store.begin(connection, user_id, None)
        store.replace_codes(connection, user_id, hashes)
    return sheet


def unconfirmed_secret(database: Database, server_key: str, user_id: int) -> str:
    """The secret an app is to be given; empty once it was confirmed, and for a sheet."""
    with database.use_case(SERVICE) as connection:
        row = store.read(connection, user_id)
    if row is None or row.sealed_secret is None or row.confirmed_at is not None:
        return ""
    return sealing.unseal(server_key, user_id, row.sealed_secret)


def confirm(
    database: Database, server_key: str, user_id: int, code: str, *, clock: Clock = utc_now
) -> list[str]:
    """Put the factor that was begun in force: the recovery codes of an app, to be shown once. Raises as ``check``."""
    check(database, server_key, user_id, code, clock=clock)
    with database.use_case(SERVICE) as connection:
        row = store.read(connection, user_id)
        if row is None or row.confirmed_at is not None:
            return []
        store.confirm(connection, user_id)
        users.note(connection, "factor_set_up", str(user_id), f'{{"kind": "{_kind(row)}"}}')
    return renew_codes(database, user_id) if _kind(row) is Kind.APP else []


def renew_codes(database: Database, user_id: int) -> list[str]:
    """New codes of the same number, to be shown once; those before count no more."""
    factor = of_user(database, user_id)
    sheet, hashes = new_codes(
        SHEET_CODES if factor is not None and factor.kind is Kind.SHEET else RECOVERY_CODES
    )
    with database.use_case(SERVICE) as connection:
        store.replace_codes(connection, user_id, hashes)
        users.note(connection, "factor_codes_made", str(user_id), "{}")
    return sheet


def remove(database: Database, user_id: int) -> None:
    """Take the factor away: the password alone opens the account again."""
    with database.use_case(SERVICE) as connection:
        if store.remove(connection, user_id):
            users.note(connection, "factor_removed", str(user_id), "{}")


def check(database: Database, server_key: str, user_id: int, code: str, *, clock: Clock = utc_now) -> None:
    """Accept a code of the account's factor, once. Raises Invalid at ``code``, or Limited ``factor.limited``."""
    now = clock()
    with database.use_case(SERVICE) as connection:
        guess = limits.admit(connection, GUESSES, digest(f"factor:{user_id}"), now, refusal="factor.limited")
        row = store.read(connection, user_id)
    with database.use_case(SERVICE) as connection:
        accepted = row is not None and _accept(connection, server_key, user_id, row, codes.plain(code), now)
        if accepted:
            limits.succeed(connection, [guess])
        else:
            users.note(connection, "factor_failed", str(user_id), "{}")
    if not accepted:
        raise Invalid([Fault("code", None, "factor.wrong")])


def app_address(secret: str, login: str, issuer: str) -> str:
    """The otpauth address an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def new_codes(count: int) -> tuple[list[str], list[str]]:
    """So many codes as they stand on paper, and their hashes."""
    bodies = [codes.draw(CODE_SIGNS) for _ in range(count)]
    shown = [f"{number:02d}-{codes.grouped(body)}" for number, body in enumerate(bodies, 1)]
    return shown, [passwords.hash_password(body) for body in bodies]


def _accept(
    connection: Connection, server_key: str, user_id: int, row: Any, typed: str, now: datetime
) -> bool:
    """True for a code that counts now; it is used up in the same transaction."""
    if len(typed) == APP_DIGITS and row.sealed_secret is not None:
        app = pyotp.TOTP(sealing.unseal(server_key, user_id, row.sealed_secret))
        this_step = app.timecode(now)
        for step in (this_step + around for around in STEPS_AROUND):
            if hmac.compare_digest(app.generate_otp(step), typed):
                return store.accept_step(connection, user_id, step)
        return False
    number, body = typed[:NUMBER_SIGNS], typed[NUMBER_SIGNS:]
    if len(body) != CODE_SIGNS or not set(number) <= set("0123456789"):
        return False
    kept = store.code_hash(connection, user_id, int(number))
    return passwords.verify(kept, body) and store.use_code(connection, user_id, int(number))


def _kind(row: Any) -> Kind:
    return Kind.SHEET if row.sealed_secret is None else Kind.APP
