"""Identity providers of the tests: a real one on this machine, and one that lies."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry

from infra_registry.config import OpenId

HERE = Path(__file__).parent
CLIENT, SECRET = "registry", "a secret of the tests"


@contextmanager
def real(back: str) -> Iterator[OpenId]:
    """The provider of ``provider.mjs``, which sends browsers back to ``back``."""
    command = ["node", "provider.mjs", back]
    with subprocess.Popen(
        command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        try:
            yield OpenId(issuer, CLIENT, SECRET, "City ID")
        finally:
            process.terminate()


class Liar:
    """A provider whose answers a test decides: ``claims`` over the right ones, ``key``, ``algorithm``, raw bodies."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = RSAKey.generate_key(2048, {"kid": "1"}, private=True)
        self.signing: Any = self.key
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.raw: dict[str, bytes] = {}
        self.nonce = ""
        self.wait_s = 0.0
        self.drop_s = 0.0
        self.authorization = ""
        self.asked: list[str] = []

    def authorize(self, url: str) -> str:
        """What a browser brings back after a sign-in at this address: the query."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.nonce = query["nonce"]
        return urlencode({"code": "a-code", "state": query["state"]})

    def answer(self, path: str) -> bytes:
        """The body of an answer."""
        self.asked.append(path)
        time.sleep(self.wait_s)
        if path in self.raw:
            return self.raw[path]
        if path == "/.well-known/openid-configuration":
            return json.dumps(self._metadata()).encode()
        if path == "/jwks":
            return json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()
        return json.dumps(
            {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": self.id_token()}
        ).encode()

    def id_token(self) -> str:
        """A token with the claims the test wants; a claim of None is left out."""
        now = int(time.time())
        right = {"iss": self.issuer, "aud": CLIENT, "sub": "anna-1", "iat": now, "exp": now + 300}
        claims = {
            name: value
            for name, value in (right | {"nonce": self.nonce} | self.claims).items()
            if value is not None
        }
        registry = JWSRegistry(algorithms=[self.algorithm])
        return jwt.encode({"alg": self.algorithm, "kid": "1"}, claims, self.signing, registry=registry)

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.metadata,
        }


def secret_key() -> OctKey:
    """The client's secret as a key, which a provider never signs with for us."""
    return OctKey.import_key(SECRET)


@contextmanager
def lying() -> Iterator[tuple[OpenId, Liar]]:
    """A provider that lies as its test wants."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = liar.answer(urlsplit(self.path).path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for drop in [body] if not liar.drop_s else (body[at : at + 1] for at in range(20)):
                self.wfile.write(drop)
                time.sleep(liar.drop_s)

        def do_POST(self) -> None:
            liar.authorization = self.headers.get("Authorization", "")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        liar = Liar(issuer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield OpenId(issuer, CLIENT, SECRET, "City ID"), liar
        finally:
            server.shutdown()
