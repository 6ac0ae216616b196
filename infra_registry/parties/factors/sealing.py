"""The secret of an app under the server's key: AES-256-GCM, bound to the account it was made for."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra_registry.errors import RegistryError

NONCE_BYTES = 12


def seal(server_key: str, user_id: int, secret: str) -> bytes:
    """Encrypt the secret of an account: nonce, then text and tag."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(server_key).encrypt(nonce, secret.encode(), _bound(user_id))


def unseal(server_key: str, user_id: int, sealed: bytes) -> str:
    """The secret; raises RegistryError ``factor.key_changed`` when it was sealed under another key."""
    try:
        plain = _cipher(server_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(user_id))
    except InvalidTag as error:
        raise RegistryError("factor.key_changed") from error
    return plain.decode()


def _cipher(server_key: str) -> AESGCM:
    derivation = HKDF(SHA256(), 32, salt=b"registry-factors-1", info=b"second factor")
    return AESGCM(derivation.derive(server_key.encode()))


def _bound(user_id: int) -> bytes:
    return f"user:{user_id}".encode()
