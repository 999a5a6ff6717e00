"""Access tokens of F3548-21: JSON Web Tokens, RS256 or ES256, of an issuer whose keys are on file.

A key goes with one algorithm alone, whatever a token's header says, so neither `none` nor a public
key taken for a secret has a chance. Nothing is fetched: keys change by changing the file and
starting again.
"""

import base64
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from chengmo import InvalidRequest
from chengmo_airspace.interfaces.settings import PREFIX

LONGEST_TOKEN = 8192
# A token lives an hour at most; clocks of two machines may differ by a little.
LONGEST_LIFE_S = 3600
SKEW_S = 30
_KEPT = 1024
_LEAST_RSA_BITS = 2048
_SUB_LETTERS = 200
_CURVE = "P-256"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a token that was checked says.

    Attributes:
        sub: Who asks.
        scopes: Their roles.
        ends_s: When it ends, seconds since 1970.
    """

    sub: str
    scopes: frozenset[str]
    ends_s: float


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key and the one algorithm it is for."""

    kid: str | None
    algorithm: str
    key: RSAKey | ECKey


class TokenRefused(Exception):
    """A token is missing or not good. It never leaves the doors, where it is a 401."""


class TokenCheck:
    """Checks tokens against the issuer's keys."""

    def __init__(
        self,
        keys: Sequence[IssuerKey],
        audiences: frozenset[str],
        issuer: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = tuple(keys)
        self._audiences = audiences
        self._issuer = issuer
        self._clock = clock
        self._checked: dict[str, AccessToken] = {}

    def check(self, header: str | None) -> AccessToken:
        """Return what the token in an `Authorization` header says.

        Raises:
            TokenRefused: If there is none, or it is not good here and now.
        """
        if header is None:
            raise TokenRefused("an access token is needed: Authorization: Bearer TOKEN")
        scheme, _, text = header.partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text or len(text) > LONGEST_TOKEN:
            raise TokenRefused("the Authorization header holds no bearer token")
        now = self._clock()
        known = self._checked.get(text)
        if known is None:
            known = self._read(text, now)
            if len(self._checked) >= _KEPT:
                self._checked.clear()
            self._checked[text] = known
        if known.ends_s <= now - SKEW_S:
            self._checked.pop(text, None)
            raise TokenRefused("the access token has ended")
        return known

    def _read(self, text: str, now: float) -> AccessToken:
        claims = self._claims(text)
        ends = claims.get("exp")
        if not _is_time(ends):
            raise TokenRefused("the access token does not say when it ends")
        if ends > now + LONGEST_LIFE_S + SKEW_S:
            raise TokenRefused("the access token lives longer than an hour")
        begins = claims.get("nbf", now)
        if not _is_time(begins) or begins > now + SKEW_S:
            raise TokenRefused("the access token is not good yet")
        audience = claims.get("aud")
        named = cast("list[Any]", audience) if isinstance(audience, list) else [audience]
        if not any(isinstance(name, str) and name in self._audiences for name in named):
            raise TokenRefused("the access token is for another audience")
        if self._issuer is not None and claims.get("iss") != self._issuer:
            raise TokenRefused("the access token is of another issuer")
        subject, scope = claims.get("sub"), claims.get("scope", "")
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUB_LETTERS:
            raise TokenRefused("the access token does not say whose it is")
        if not isinstance(scope, str):
            raise TokenRefused("the scope of the access token is no text")
        return AccessToken(subject, frozenset(scope.split()), float(ends))

    def _claims(self, text: str) -> dict[str, Any]:
        for key in self._candidates(text):
            try:
                return jwt.decode(text, key.key, algorithms=[key.algorithm]).claims
            except (JoseError, ValueError):
                continue
        raise TokenRefused("the access token is not signed by a key that is known here")

    def _candidates(self, text: str) -> Sequence[IssuerKey]:
        kid = _kid_of(text)
        named = [key for key in self._keys if key.kid is not None]
        if kid is None:
            # Without a name there must be no choice among named keys.
            return self._keys if len(self._keys) == 1 or not named else ()
        return [key for key in self._keys if key.kid is None or key.kid == kid]


def read_keys(file: Path) -> list[IssuerKey]:
    """Return the public keys in a JWKS or PEM file.

    Raises:
        InvalidRequest: If it cannot be read, or holds no key or one that is too weak.
    """
    try:
        text = file.read_text("utf-8")
        keys = _keys_of_jwks(text) if text.lstrip().startswith("{") else _keys_of_pem(text)
    except (OSError, ValueError, JoseError) as error:
        raise InvalidRequest(
            f"{PREFIX}KEYS: {file} cannot be read as keys", hint="a JWKS or PEM file"
        ) from error
    if not keys:
        raise InvalidRequest(
            f"{PREFIX}KEYS: {file} holds no key for RS256 or ES256",
            hint="RSA of 2048 bits or more, or EC on P-256",
        )
    return keys


def _keys_of_jwks(text: str) -> list[IssuerKey]:
    document = json.loads(text)
    listed = document.get("keys", [document])
    found = [_key(jwk, jwk.get("kid")) for jwk in listed if jwk.get("use", "sig") == "sig"]
    return [key for key in found if key is not None]


def _keys_of_pem(text: str) -> list[IssuerKey]:
    end = "-----END PUBLIC KEY-----"
    parts = [part + end for part in text.split(end)[:-1]]
    keys: list[IssuerKey] = []
    for part in parts:
        try:
            key: RSAKey | ECKey = RSAKey.import_key(part.strip())
        except (ValueError, JoseError):
            key = ECKey.import_key(part.strip())
        made = _key(key.as_dict(private=False), None)
        if made is not None:
            keys.append(made)
    return keys


def _key(jwk: dict[str, Any], kid: str | None) -> IssuerKey | None:
    if jwk.get("kty") == "RSA" and jwk.get("alg", "RS256") == "RS256":
        rsa = RSAKey.import_key(cast("Any", {name: jwk[name] for name in ("kty", "n", "e")}))
        if rsa.public_key.key_size < _LEAST_RSA_BITS:
            return None
        return IssuerKey(kid, "RS256", rsa)
    if jwk.get("kty") == "EC" and jwk.get("crv") == _CURVE:
        public = {name: jwk[name] for name in ("kty", "crv", "x", "y")}
        return IssuerKey(kid, "ES256", ECKey.import_key(cast("Any", public)))
    return None


def _kid_of(text: str) -> str | None:
    try:
        kid = jwt_header(text).get("kid")
    except ValueError as error:
        raise TokenRefused("the access token is no JSON Web Token") from error
    return kid if isinstance(kid, str) else None


def jwt_header(text: str) -> dict[str, Any]:
    """Return the header of a token, unchecked.

    Raises:
        ValueError: If it has none.
    """
    raw = base64.urlsafe_b64decode(text.partition(".")[0] + "==")
    header = json.loads(raw)
    if not isinstance(header, dict):
        raise ValueError("the header is no object")  # noqa: TRY004 - a text that cannot be read
    return cast("dict[str, Any]", header)


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
