"""The city's identity provider: authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636).

The provider says who somebody is, by issuer and subject; accounts and roles stay the register's. Whatever it answers
is distrusted: nothing it sends is followed, kept or shown but the subject of a signed token that was made for us.
"""

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
from infra_registry.parties.login import NotLoggedIn
from infra_registry.parties.users import LONGEST_SUBJECT
from web.site.context import public_address, settings
from web.site.turns import Turns

DOCUMENT = "/.well-known/openid-configuration"
BACK = "/login/openid/back"
TIMEOUT_S = 4
MOST_BYTES = 256 * 1024
SIGNATURES = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
TARGET = "openid_next"
_turns = Turns(most=2, each=2)  # a provider that answers slowly holds two threads of a process at most


class _Session(OAuth2Session):  # type: ignore[misc]
    """Requests to the provider: soon answered, short, without redirects."""

    def request(self, *arguments: Any, **named: Any) -> Response:
        """As ``requests``; raises RequestException for an answer that is too long."""
        answer: Response = super().request(*arguments, **named, stream=True, allow_redirects=False)
        content = b""
        for piece in answer.iter_content(16 * 1024):
            content += piece
            if len(content) > MOST_BYTES:
                raise RequestException("the provider's answer is too long")
        answer._content = content  # noqa: SLF001 - where requests keeps what it has read
        return answer


class _Provider(FlaskOAuth2App):  # type: ignore[misc]
    client_cls = _Session

    def load_server_metadata(self) -> dict[str, Any]:
        """What the provider says of itself. Raises AuthlibBaseError for another issuer than the one set."""
        metadata: dict[str, Any] = super().load_server_metadata()
        if metadata.get("issuer") != _settings().issuer:
            metadata.pop("_loaded_at", None)
            raise AuthlibBaseError("issuer", "the provider names another issuer")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [name for name in SIGNATURES if name in offered]
        return metadata


def register(app: Flask, provider: OpenId | None) -> None:
    """Let the application know the provider that is set."""
    if provider is not None:
        OAuth(app).register(
            "city",
            client_id=provider.client,
            client_secret=provider.secret,
            client_cls=_Provider,
            server_metadata_url=provider.issuer.rstrip("/") + DOCUMENT,
            client_kwargs={
                "scope": "openid",
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT_S,
            },
        )


def begin(target: str) -> AnyResponse:
    """Send the browser to the provider; ``target`` is where it goes once signed in. Raises Unavailable."""
    _settings()
    session[TARGET] = target
    answer: AnyResponse = _asking(lambda: _client().authorize_redirect(public_address() + BACK))
    return answer


def end() -> tuple[str, str, str]:
    """Issuer, subject and target of who came back. Raises NotLoggedIn ``openid.refused`` or Unavailable."""
    provider, target = _settings(), str(session.pop(TARGET, "/"))
    expected = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client},
    }
    token = _asking(lambda: _client().authorize_access_token(claims_options=expected, leeway=60))
    subject = (token.get("userinfo") or {}).get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise NotLoggedIn("openid.refused", name=provider.name)
    return provider.issuer, subject, target


def _asking(ask: Any) -> Any:
    """What the provider makes of a request of ours, in a turn."""
    provider = _settings()
    if not _turns.take(""):
        raise Unavailable("openid.silent", name=provider.name, retry_after_s=TIMEOUT_S)
    try:
        return ask()
    except RequestException as error:
        raise Unavailable("openid.silent", name=provider.name, retry_after_s=30) from error
    except (
        AuthlibBaseError,
        JoseError,
        RuntimeError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
    ) as error:
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
