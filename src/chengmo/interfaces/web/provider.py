"""Ask an OpenID provider who somebody is: OpenID Connect Core 1.0, authorization code and PKCE.

This is the only place from which the platform calls the outside, and only where an operator has
configured a provider (extra `oidc`).
"""

import hmac
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, NamedTuple

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chengmo.errors import PlatformError, SignInRefused
from chengmo.identity.journey import Journey
from chengmo.identity.provider_settings import ProviderSettings, check_provider_address

# Signatures that only the provider can make. Never `none`, nor one that our own secret could make.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519")
SCOPE = "openid profile email"
_TIMEOUT_S = 10.0
_LEEWAY_S = 60
_KEPT_S = 3600.0
_ANEW_AFTER_S = 5.0  # so that bad tokens do not make us ask without end
_SUBJECT_LETTERS = 255
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class _Known(NamedTuple):
    read_s: float
    metadata: Mapping[str, Any]
    keys: KeySet


class Provider:
    """One OpenID provider; safe to use from many threads.

    What it says about itself is read when first needed and again after an hour, or when it signs
    with a key that is not known yet.
    """

    def __init__(
        self, settings: ProviderSettings, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Name the provider; nothing is asked yet.

        Args:
            settings: Of the provider.
            clock: Seconds since 1970.
        """
        self.settings = settings
        self._clock = clock
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def address_for(self, journey: Journey, *, back: str) -> str:
        """Return where to send the browser; the provider sends it on to `back`.

        Raises:
            PlatformError: If the provider does not answer.
        """
        endpoint = self._read().metadata["authorization_endpoint"]
        with closing(self._client(back)) as client:
            address, _ = client.create_authorization_url(
                endpoint,
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
        return str(address)

    def claims_for(self, code: str, journey: Journey, *, back: str) -> Mapping[str, Any]:
        """Return the checked claims of the person for whom the provider gave out `code`.

        Raises:
            PlatformError: If the provider does not answer.
            SignInRefused: If it does not accept the code, or its token is not for us, not now or
                not from it.
        """
        known = self._read()
        try:
            with closing(self._client(back)) as client:
                token = client.fetch_token(
                    known.metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=journey.verifier,
                )
        except OAuthError as error:
            raise _refused(f"it answered {error.error}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise _silent(error) from error
        text = token.get("id_token")
        if not isinstance(text, str):
            raise _refused("it gave no ID token")
        return self._checked(text, journey.nonce)

    def _checked(self, text: str, nonce: str) -> Mapping[str, Any]:
        try:
            claims = self._decoded(text)
            self._check_claims(claims, nonce)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused(f"its token is not valid: {type(error).__name__}") from error
        return claims

    def _decoded(self, text: str) -> Mapping[str, Any]:
        try:
            return jwt.decode(text, self._read().keys, list(ALGORITHMS)).claims
        except (JoseError, ValueError):
            # It may sign with a new key since; if not, this fails once more.
            return jwt.decode(text, self._read(anew=True).keys, list(ALGORITHMS)).claims

    def _check_claims(self, claims: Mapping[str, Any], nonce: str) -> None:
        """Check what OpenID Connect Core 1.0, section 3.1.3.7, asks for.

        Raises:
            JoseError: If issuer, audience or time do not fit.
            ValueError: If the rest does not.
        """
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        registry.validate(dict(claims))
        party = claims.get("azp")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or party is not None) and party != self.settings.client_id:
            raise ValueError("authorized party")
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
            raise ValueError("nonce")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 1 <= len(subject) <= _SUBJECT_LETTERS:
            raise ValueError("subject")

    def _client(self, back: str) -> Any:
        # Any: the published type stubs do not know that it is an httpx.Client, which closes.
        return OAuth2Client(
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            scope=SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
        )

    def _read(self, *, anew: bool = False) -> _Known:
        with self._lock:
            known, now = self._known, time.monotonic()
            age_s = float("inf") if known is None else now - known.read_s
            if known is None or age_s > (_ANEW_AFTER_S if anew else _KEPT_S):
                known = self._known = self._ask(now)
            return known

    def _ask(self, now: float) -> _Known:
        address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            with httpx.Client(timeout=_TIMEOUT_S) as client:
                metadata = client.get(address).raise_for_status().json()
                if metadata.get("issuer") != self.settings.issuer:
                    raise PlatformError(
                        "the sign-in provider has another name than CHENGMO_OIDC_ISSUER",
                        hint="write it exactly as `issuer` stands in its configuration document",
                    )
                for name in _ENDPOINTS:
                    check_provider_address(str(metadata.get(name)))
                keys = client.get(metadata["jwks_uri"]).raise_for_status().json()
            return _Known(now, metadata, KeySet.import_key_set(keys))
        except (httpx.HTTPError, JoseError, ValueError, AttributeError, KeyError) as error:
            raise _silent(error) from error


def _silent(error: Exception) -> PlatformError:
    # Of what went wrong only the kind: an answer in a log could hold a code or a token.
    return PlatformError(
        f"the sign-in provider does not answer as it should: {type(error).__name__}",
        hint="look whether it runs and CHENGMO_OIDC_ISSUER is right",
    )


def _refused(why: str) -> SignInRefused:
    return SignInRefused(f"the sign-in provider does not vouch: {why}", hint="sign in again")
