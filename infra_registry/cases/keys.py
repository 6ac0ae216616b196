"""Keys of a case: one for its story, one for the reporter's identity. Each is wrapped in its row by the operator's
key and a secret of its own in a folder, both needed.

The folder lies outside the database and its backups, so that destroying a secret also shuts every dump taken before.

AES-256-GCM throughout, bound to the case number and the purpose, so that no text can be moved to another
case or read as something else. Plain texts are padded, so that lengths tell nothing.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra_registry.cases import secrets_folder
from infra_registry.config import MINIMUM_KEY_LENGTH, Settings
from infra_registry.errors import RegistryError

KEY_BYTES = 32
NONCE_BYTES = 12
PADDING = 512
Part = Literal["story", "identity"]


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The operator's key and what is derived from it, one key per purpose.

    ``folder`` holds the secrets; without it, as for cases of before 0.3, the operator's key wraps alone. ``before``
    is the operator's key that this one follows: it opens, and wraps nothing.
    """

    master: bytes
    folder: Path | None = None
    before: bytes | None = None

    def derive(self, purpose: str) -> bytes:
        """The key of one purpose."""
        return _derived(self.master, purpose)

    def wrap(self, number: str, key: bytes, part: Part = "story") -> bytes:
        """A key of the case, to be kept in the database; its secret is on the disk when this returns."""
        name = f"{number}.{part}"
        secret = secrets_folder.make(self.folder, name) if self.folder else b""
        return _encrypt(_wrapper(self.master, secret), key, f"key:{name}")

    def unwrap(self, number: str, wrapped: bytes | None, part: Part = "story") -> bytes:
        """A key of the case; raises RegistryError ``cases.erased`` when it was destroyed, ``cases.key_wrong``
        when the operator's key is another one or the secret is gone."""
        if wrapped is None:
            raise RegistryError("cases.erased")
        for wrapper, bound_to in self._ways(number, part):
            with suppress(RegistryError):
                return _decrypt(wrapper, bytes(wrapped), bound_to)
        raise RegistryError("cases.key_wrong")

    def fresh(self, number: str, wrapped: bytes | None, part: Part = "story") -> bool:
        """True for a key that only this operator's key opens, with the secret of this part of the case."""
        name = f"{number}.{part}"
        secret = self._secret(name)
        if wrapped is None or secret is None:
            return False
        with suppress(RegistryError):
            return bool(_decrypt(_wrapper(self.master, secret), bytes(wrapped), f"key:{name}"))
        return False

    def destroy(self, number: str, part: Part | None = None) -> bool:
        """Destroy the secrets of a part, or of the whole case, also that of before parts had their own: nothing that
        was kept of it opens after. False where there are none."""
        names = [number, *(f"{number}.{name}" for name in ("story", "identity") if part in (None, name))]
        return (
            self.folder is not None and sum(secrets_folder.destroy(self.folder, name) for name in names) > 0
        )

    def _ways(self, number: str, part: Part) -> Iterator[tuple[bytes, str]]:
        """How a key may be wrapped: for its part or for the whole case as before; with a secret or without."""
        for master in filter(None, (self.master, self.before)):
            for name in (f"{number}.{part}", number):
                for secret in (self._secret(name), b""):
                    if secret is not None:
                        yield _wrapper(master, secret), f"key:{name}"

    def _secret(self, name: str) -> bytes | None:
        return secrets_folder.read(self.folder, name) if self.folder else b""

    def mark(self, purpose: str, value: str) -> bytes:
        """HMAC-SHA256 of a value under the key of a purpose (RFC 2104)."""
        return hmac.new(self.derive(purpose), value.encode(), hashlib.sha256).digest()


def load(settings: Settings) -> Keys:
    """The operator's key, or in development one made on this machine and kept below ``var`` (mode 0600).

    Raises RegistryError ``config.key_required`` in production without a key.
    """
    before = settings.case_key_before.encode() if settings.case_key_before else None
    if settings.case_key:
        return Keys(settings.case_key.encode(), settings.case_keys_dir, before)
    if settings.production:
        raise RegistryError(
            "config.key_required", name="REGISTRY_CASE_KEY", expected=f"{MINIMUM_KEY_LENGTH}+"
        )
    return Keys(settings.local_key("case").encode(), settings.case_keys_dir, before)


def new_key() -> bytes:
    """A fresh key for a part of a case."""
    return secrets.token_bytes(KEY_BYTES)


def identity_key(keys: Keys, number: str, own: bytes | None, of_case: bytes | None) -> bytes:
    """The key of an identity: its own, or the case's where it has none yet; raises what ``Keys.unwrap`` does."""
    return keys.unwrap(number, of_case) if own is None else keys.unwrap(number, own, "identity")


def seal(key: bytes, content: Mapping[str, Any], *, bound_to: str) -> bytes:
    """Encrypt a mapping of JSON values; ``bound_to`` names what it belongs to."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return _encrypt(key, plain + b" " * (-len(plain) % PADDING), bound_to)


def unseal(key: bytes, sealed: bytes, *, bound_to: str) -> dict[str, Any]:
    """Decrypt what ``seal`` made; raises RegistryError ``cases.key_wrong`` when it does not open."""
    content: dict[str, Any] = json.loads(_decrypt(key, bytes(sealed), bound_to))
    return content


def _wrapper(master: bytes, secret: bytes) -> bytes:
    base = _derived(master, "wrap")
    return base if not secret else hmac.new(secret, base, hashlib.sha256).digest()


@cache
def _derived(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=b"registry-cases-1", info=purpose.encode()).derive(master)


def _encrypt(key: bytes, plain: bytes, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def _decrypt(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise RegistryError("cases.key_wrong") from error
