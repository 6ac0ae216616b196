"""A report that is being written: nothing of it is stored; the page carries it, sealed, from step to step."""

import base64
import binascii
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any

from infra_registry.cases.intake import Answers
from infra_registry.cases.keys import Keys, seal, unseal
from infra_registry.errors import RegistryError

LIFE_S = 12 * 3600
MAX_SEALED = 60_000


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's token (one form, one case), when it was begun, and the answers so far."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    began: int = field(default_factory=lambda: int(time.time()))
    answers: Answers = field(default_factory=dict)

    def with_answers(self, answers: Answers) -> "Draft":
        """The draft with the answers of one page put in."""
        return replace(self, answers={**self.answers, **answers})


def close(keys: Keys, draft: Draft) -> str:
    """The draft as text for a hidden field; only this server can read it."""
    return pack(keys, "draft", {"token": draft.token, "began": draft.began, "answers": draft.answers})


def reopen(keys: Keys, text: str) -> Draft:
    """The draft behind a hidden field; raises RegistryError ``report.draft_lost`` when not ours or too old."""
    content = unpack(keys, "draft", text, LIFE_S)
    return Draft(content["token"], content["began"], content["answers"])


def pack(keys: Keys, purpose: str, content: dict[str, Any]) -> str:
    """Seal something for a hidden field; ``content`` carries its time as ``began`` (epoch seconds)."""
    return base64.urlsafe_b64encode(seal(keys.derive(purpose), content, bound_to=purpose)).decode()


def unpack(keys: Keys, purpose: str, text: str, life_s: int) -> dict[str, Any]:
    """Open a hidden field of ours; raises RegistryError ``report.draft_lost``."""
    try:
        sealed = base64.urlsafe_b64decode(text[:MAX_SEALED].encode("ascii"))
        content = unseal(keys.derive(purpose), sealed, bound_to=purpose)
    except (binascii.Error, UnicodeEncodeError, RegistryError) as error:
        raise RegistryError("report.draft_lost") from error
    if time.time() - content["began"] > life_s:
        raise RegistryError("report.draft_lost")
    return content
