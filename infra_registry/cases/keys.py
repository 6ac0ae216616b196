"""Keys of the cases: one per case, wrapped in its row by the operator's key and a secret in a folder, both needed.

The folder lies outside the database and its backups, so that destroying a secret also shuts every dump taken before.

AES-256-GCM throughout, bound to the case number and the purpose, so that no text can be moved to another
case or read as something else. Plain texts are padded, so that lengths tell nothing.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The operator's key and what is derived from it, one key per purpose.

    ``folder`` holds a secret for each case; without it, as for cases of before 0.3, the operator's key wraps alone.
    """

    master: bytes
    folder: Path | None = None

    def derive(self, purpose: str) -> bytes:
        """The key of one purpose."""
        return _derived(self.master, purpose)

    def wrap(self, number: str, case_key: bytes) -> bytes:
        """The case's key, to be kept in the database; its secret is on the disk when this returns."""
        secret = secrets_folder.make(self.folder, number) if self.folder else b""
        return _encrypt(self._wrapper(secret), case_key, f"key:{number}")

    def unwrap(self, number: str, wrapped: bytes | None) -> bytes:
        """The case's key; raises RegistryError ``cases.erased`` when it was destroyed, ``cases.key_wrong``
        when the operator's key is another one or the case's secret is gone."""
        if wrapped is None:
            raise RegistryError("cases.erased")
        secret = secrets_folder.read(self.folder, number) if self.folder else None
        if secret is not None:
            with suppress(RegistryError):
                return _decrypt(self._wrapper(secret), bytes(wrapped), f"key:{number}")
        return _decrypt(self._wrapper(b""), bytes(wrapped), f"key:{number}")

    def opens_alone(self, number: str, wrapped: bytes) -> bool:
        """True where the operator's key opens the case's key without a secret, as before 0.3."""
        try:
            _decrypt(self._wrapper(b""), bytes(wrapped), f"key:{number}")
        except RegistryError:
            return False
        return True

    def destroy(self, number: str) -> bool:
        """Destroy the case's secret: nothing that was kept of the case opens after. False where there is none."""
        return self.folder is not None and secrets_folder.destroy(self.folder, number)

    def _wrapper(self, secret: bytes) -> bytes:
        base = self.derive("wrap")
        return base if not secret else hmac.new(secret, base, hashlib.sha256).digest()

    def mark(self, purpose: str, value: str) -> bytes:
        """HMAC-SHA256 of a value under the key of a purpose (RFC 2104)."""
        return hmac.new(self.derive(purpose), value.encode(), hashlib.sha256).digest()


def load(settings: Settings) -> Keys:
    """The operator's key, or in development one made on this machine and kept below ``var`` (mode 0600).

    Raises RegistryError ``config.key_required`` in production without a key.
    """
    if settings.case_key:
        return Keys(settings.case_key.encode(), settings.case_keys_dir)
    if settings.production:
        raise RegistryError(
            "config.key_required", name="REGISTRY_CASE_KEY", expected=f"{MINIMUM_KEY_LENGTH}+"
        )
    return Keys(settings.local_key("case").encode(), settings.case_keys_dir)


def new_key() -> bytes:
    """A fresh key for one case."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, content: Mapping[str, Any], *, bound_to: str) -> bytes:
    """Encrypt a mapping of JSON values; ``bound_to`` names what it belongs to."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return _encrypt(key, plain + b" " * (-len(plain) % PADDING), bound_to)


def unseal(key: bytes, sealed: bytes, *, bound_to: str) -> dict[str, Any]:
    """Decrypt what ``seal`` made; raises RegistryError ``cases.key_wrong`` when it does not open."""
    content: dict[str, Any] = json.loads(_decrypt(key, bytes(sealed), bound_to))
    return content


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
