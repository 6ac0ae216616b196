"""The city's identity provider: authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636).

The provider says who somebody is, by issuer and subject; accounts and roles stay the register's. Whatever it answers
is distrusted: of its document count three addresses and the algorithms, of a signed token made for us the subject and
whether it vouches for a second factor.
"""

import time
from typing import Any

from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from flask import Flask, current_app, session
from joserfc.errors import JoseError
from requests import RequestException, Response
from werkzeug.wrappers import Response as AnyResponse

from infra_registry.config import OpenId
from infra_registry.db.faults import Unavailable
from infra_registry.errors import NotFound
from infra_registry.parties.login import NotLoggedIn, Proven
from infra_registry.parties.users import LONGEST_SUBJECT
from web.site.context import public_address, settings
from web.site.turns import Turns

DOCUMENT = "/.well-known/openid-configuration"
BACK = "/login/openid/back"
TIMEOUT_S = 4
MOST_BYTES = 256 * 1024
SIGNATURES = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
)
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OURS = {"scope": "openid", "code_challenge_method": "S256", "default_timeout": TIMEOUT_S}
# What authlib raises on odd answers.
ODD = (AuthlibBaseError, JoseError, RuntimeError, ValueError, TypeError, KeyError, AttributeError)
TARGET = "openid_next"
STATE = "_state_city_"  # what authlib's notices of begun log-ins begin with
_turns = Turns(most=2, each=2)  # a provider that answers slowly holds two threads of a process at most


class Silent(Unavailable):
    """The provider does not answer, or not soon enough."""


class _Session(OAuth2Session):  # type: ignore[misc]
    """Requests to the provider: soon answered, short, without redirects."""

    def request(self, *arguments: Any, **named: Any) -> Response:
        """As ``requests``; raises RequestException for an answer that is too long or takes too long."""
        until = time.monotonic() + TIMEOUT_S
        answer: Response = super().request(*arguments, **named, stream=True, allow_redirects=False)
        content = bytearray()
        for piece in answer.iter_content(1):  # a longer piece would be waited for, drop by drop
            content += piece
            if len(content) > MOST_BYTES or time.monotonic() > until:
                raise RequestException("the provider's answer is too long or takes too long")
        answer._content = bytes(content)  # noqa: SLF001 - where requests keeps what it has read
        return answer


class _Provider(FlaskOAuth2App):  # type: ignore[misc]
    client_cls = _Session
    server_metadata: dict[str, Any]

    def load_server_metadata(self) -> dict[str, Any]:
        """What is believed of what the provider says of itself; asked for once. Raises as ``believed``."""
        if "issuer" not in self.server_metadata:
            with self._get_session() as asking:
                answer = asking.request("GET", self._server_metadata_url, withhold_token=True)
            answer.raise_for_status()
            self.server_metadata = believed(answer.json(), _settings().issuer)
        return self.server_metadata


def believed(document: dict[str, Any], issuer: str) -> dict[str, Any]:
    """Addresses and algorithms of a provider's document: authlib would take whatever else it says as settings of ours.

    Raises AuthlibBaseError for another issuer, or for an address that is not https where the issuer's is.
    """
    if document.get("issuer") != issuer:
        raise AuthlibBaseError("issuer", "the provider names another issuer")
    kept: dict[str, Any] = {name: document.get(name) for name in ADDRESSES}
    schemes = ("https://", "http://") if issuer.startswith("http://") else ("https://",)
    if not all(str(address).startswith(schemes) for address in kept.values()):
        raise AuthlibBaseError("address", "the provider names an address that is not safe")
    offered = document.get("id_token_signing_alg_values_supported") or ["RS256"]
    kept["id_token_signing_alg_values_supported"] = [name for name in SIGNATURES if name in offered]
    return kept | {"issuer": issuer}


def register(app: Flask, provider: OpenId | None) -> None:
    """Let the application know the provider that is set."""
    if provider is not None:
        OAuth(app).register(
            "city",
            client_id=provider.client,
            client_secret=provider.secret,
            client_cls=_Provider,
            server_metadata_url=provider.issuer.rstrip("/") + DOCUMENT,
            client_kwargs=OURS,
        )


def begin(target: str) -> AnyResponse:
    """Send the browser to the provider; ``target`` is where it goes once signed in. Raises as ``end``."""
    _settings()
    for name in [name for name in session if name.startswith(STATE)]:
        session.pop(name)  # of log-ins broken off: together they would outgrow a cookie
    session[TARGET] = target
    answer: AnyResponse = _asking(lambda: _client().authorize_redirect(public_address() + BACK))
    return answer


def end() -> tuple[Proven, str]:
    """Who came back, and the target. Raises NotLoggedIn ``openid.refused`` or Silent."""
    provider, target = _settings(), str(session.pop(TARGET, "/"))
    expected = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client},
    }
    token = _asking(lambda: _client().authorize_access_token(claims_options=expected, leeway=60))
    claims = token.get("userinfo") or {}
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise NotLoggedIn("openid.refused", name=provider.name)
    means = [claims.get("acr"), *(claims.get("amr") or [])]
    vouched = any(accepted in means for accepted in provider.factors)
    return Proven(provider.issuer, subject, vouched), target


def _asking(ask: Any) -> Any:
    """What the provider makes of a request of ours, in a turn."""
    provider = _settings()
    if not _turns.take(""):
        raise Silent("openid.silent", name=provider.name, retry_after_s=TIMEOUT_S)
    try:
        return ask()
    except RequestException as error:
        raise Silent("openid.silent", name=provider.name, retry_after_s=30) from error
    except ODD as error:
        raise NotLoggedIn("openid.refused", name=provider.name) from error
    finally:
        _turns.give_back("")


def _client() -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].create_client("city")


def _settings() -> OpenId:
    """The provider that is set; NotFound where none is."""
    provider = settings().openid
    if provider is None:
        raise NotFound("page.missing")
    return provider
