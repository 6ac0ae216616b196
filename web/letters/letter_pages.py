"""Letters as they leave the register: what each says, its link in words and as a code, messages for a mail program."""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from flask import g

from infra_registry import words
from infra_registry.db import Connection
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.letters import campaign_choice
from infra_registry.duties.letters.campaigns import Issued
from infra_registry.rules.model import Clause, Rulebook
from web.site.clock import local
from web.site.context import ACCEPTED, named, public_address, t
from web.site.qr import drawn

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the law asks in this campaign; ``clause`` None: a request without duty. ``gone``: the clause the campaign
    rests on is in force no more."""

    book: Rulebook | None
    clause: Clause | None
    not_held: tuple[Rulebook, ...]
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One letter to be shown; without a link it is only looked at."""

    letter: Any
    buildings: Any
    link: str = ""
    code: str = ""
    ends_at: datetime | None = None


def ground(connection: Connection, law: Law, campaign: Any) -> Ground:
    """The clause of a campaign as it is in force today."""
    base = campaign_choice.basis(connection, law, campaign.city_code)
    if campaign.rulebook is None:
        return Ground(None, None, base.not_held)
    key = f"{campaign.rulebook}:{campaign.clause}"
    basis = next((item for item in base.grounds if item.key == key), None)
    return Ground(basis.book, basis.clause, ()) if basis else Ground(None, None, base.not_held, gone=True)


def issued(letters: list[Issued]) -> list[Page]:
    """Letters with their new links, as addresses of this register."""
    return [
        Page(
            letter.letter, letter.buildings, address(letter.link), drawn(address(letter.link)), letter.ends_at
        )
        for letter in letters
    ]


def address(link: str) -> str:
    """The address a link opens under: the register's public one."""
    return f"{public_address()}/answer/{link}"


def speak(language: str) -> str:
    """From here on this response speaks the language of the letters, whatever the sender reads."""
    g.locale = ACCEPTED.get(language, words.DEFAULT_LOCALE)
    return str(g.locale)


def messages(campaign: Any, letters: list[Issued]) -> bytes:
    """A zip with one unsent message (.eml) for each letter, for the office's own mail program to send."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for letter in letters:
            archive.writestr(f"{letter.letter.code}.eml", message(campaign, letter).as_bytes())
    return out.getvalue()


def message(campaign: Any, issued: Issued) -> EmailMessage:
    """The message of one letter; without a receiver where no e-mail address of the owner is registered."""
    mail = EmailMessage()
    mail["Subject"] = _line(f"{campaign.title} · {issued.letter.code}")
    mail["X-Unsent"] = "1"
    to = mail_address(issued.letter)
    if to:
        mail["To"] = to
    mail.set_content(
        t(
            "campaigns.mail.text",
            owner=named(issued.letter, "party"),
            sender=campaign.sender,
            contact=campaign.contact,
            number=issued.letter.code,
            count=len(issued.buildings),
            link=address(issued.link),
            ends=local(issued.ends_at).date().isoformat(),
            answer_by=campaign.answer_by.isoformat(),
            words=campaign.words or "",
        )
    )
    return mail


def mail_address(letter: Any) -> str:
    """The e-mail address among an owner's public contact, if there is one."""
    match = ADDRESS.search(letter.party_contact or "")
    return match.group() if match else ""


def _line(text: str) -> str:
    return " ".join(text.split())
