"""The only calls to the outside: to the discovery service, USSs and sources that are configured.

An address that another USS gives is called only if its host is one of the configured peers, by
https, or by http on this machine's loopback where that is configured for tests. No redirect is
followed, no proxy of the environment used, and an answer that is too long or too slow is dropped.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from chengmo_airspace.flights.peer import PeerFailed

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_MOST_BYTES = 16 * 2**20
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LIFE_S = 1800
_EARLY_S = 120
_GOOD = 2

TokenSource = Callable[[str, str], str]


def split_address(address: str) -> tuple[str, str]:
    """Return host and authority of an address that may be called.

    Raises:
        ValueError: If it may not: no host, a password, or neither https nor loopback.
    """
    parts = urlsplit(address)
    host = parts.hostname
    if host is None or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("no plain address")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise ValueError("neither https nor loopback")
    default = 443 if parts.scheme == "https" else 80
    return host, f"{host}:{parts.port or default}"


class Tokens:
    """Gives out tokens, kept until shortly before they end: one for each audience and scope."""

    def __init__(self, make: TokenSource) -> None:
        """Take tokens from `make`, which is given an audience and a scope."""
        self._make = make
        self._kept: dict[tuple[str, str], tuple[float, str]] = {}
        self._lock = threading.Lock()

    def token(self, audience: str, scope: str) -> str:
        """Return a token for a host and a role.

        Raises:
            PeerFailed: If none is to be had.
        """
        with self._lock:
            until, token = self._kept.get((audience, scope), (0.0, ""))
            if until > time.monotonic():
                return token
        token = self._make(audience, scope)
        with self._lock:
            self._kept[audience, scope] = (time.monotonic() + _LIFE_S - _EARLY_S, token)
        return token


def signed_tokens(key: RSAKey | ECKey, *, issuer: str, sub: str) -> TokenSource:
    """Return a source that signs tokens itself: for a city that is its own authority."""
    algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"

    def make(audience: str, scope: str) -> str:
        now = int(time.time())
        claims = {
            "iss": issuer,
            "sub": sub,
            "aud": audience,
            "scope": scope,
            "iat": now,
            "exp": now + _LIFE_S,
            "jti": str(uuid.uuid4()),
        }
        header = {"alg": algorithm} | ({"kid": key.kid} if key.kid else {})
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    return make


def asked_tokens(client: httpx.Client, endpoint: str, *, name: str, secret: str) -> TokenSource:
    """Return a source that asks an authority: client credentials of RFC 6749, section 4.4."""

    def make(audience: str, scope: str) -> str:
        try:
            answer = client.post(
                endpoint,
                auth=(name, secret),
                data={"grant_type": "client_credentials", "scope": scope, "audience": audience},
            )
            token = answer.json()["access_token"] if answer.is_success else None
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PeerFailed("the authority for tokens does not answer") from error
        if not isinstance(token, str):
            raise PeerFailed("the authority gives no token", status=answer.status_code)
        return token

    return make


class HttpPeers:
    """Asks others over HTTP."""

    def __init__(
        self, client: httpx.Client, tokens: Tokens, *, discovery: str, peers: frozenset[str]
    ) -> None:
        """Ask the discovery service at `discovery`, and USSs whose `host:port` is in `peers`."""
        self._client = client
        self._tokens = tokens
        self._discovery = discovery
        self._peers = peers

    def ask_discovery(self, method: str, path: str, body: Any, *, scope: str) -> Any:
        """Return the JSON that the discovery service answers."""
        host, _ = split_address(self._discovery)
        content = None if body is None else json.dumps(body)
        return self._call(method, f"{self._discovery}/dss/v1{path}", content, (host, scope))

    def ask_uss(self, base_url: str, path: str, *, scope: str) -> Any:
        """Return the JSON that another USS answers to a GET."""
        host = self._peer(base_url)
        return self._call("GET", f"{base_url}/uss/v1{path}", None, (host, scope))

    def tell_uss(self, base_url: str, path: str, body: str, *, scope: str) -> None:
        """POST to another USS."""
        host = self._peer(base_url)
        self._call("POST", f"{base_url}/uss/v1{path}", body, (host, scope))

    def ask_register(self, method: str, path: str, body: Any, *, scope: str) -> Any:
        """Return the JSON that the discovery service of remote identification answers."""
        host, _ = split_address(self._discovery)
        content = None if body is None else json.dumps(body)
        return self._call(method, f"{self._discovery}/rid/v2/dss{path}", content, (host, scope))

    def ask_provider(self, base_url: str, path: str, *, scope: str) -> Any:
        """Return the JSON that another provider of remote identification answers to a GET."""
        host = self._peer(base_url)
        return self._call("GET", f"{base_url}{path}", None, (host, scope))

    def tell_display(self, base_url: str, path: str, body: str, *, scope: str) -> None:
        """POST to another display provider."""
        host = self._peer(base_url)
        self._call("POST", f"{base_url}{path}", body, (host, scope))

    def _peer(self, base_url: str) -> str:
        try:
            host, authority = split_address(base_url)
        except ValueError as error:
            raise PeerFailed("the address of a USS may not be called") from error
        if authority not in self._peers:
            raise PeerFailed(f"{authority} is no peer that is configured here")
        return host

    def _call(self, method: str, address: str, body: str | None, role: tuple[str, str]) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens.token(*role)}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._client.stream(method, address, content=body, headers=headers) as answer:
                status, raw = answer.status_code, _read(answer)
        except httpx.HTTPError as error:
            raise PeerFailed(f"{urlsplit(address).netloc} does not answer") from error
        try:
            document = json.loads(raw) if raw else None
        except (ValueError, RecursionError):
            document = None
        if status // 100 != _GOOD:
            raise PeerFailed(
                f"{urlsplit(address).netloc} answers {status} to {method}",
                status=status,
                document=document,
            )
        return document if isinstance(document, dict) else {}


def fetch_from(client: httpx.Client, hosts: frozenset[str]) -> Callable[[str], bytes]:
    """Return what fetches documents, only from these `host:port`.

    It raises PeerFailed if an address may not be called, or nothing good comes from it.
    """

    def fetch(address: str) -> bytes:
        try:
            # What is after the path is the source's own affair.
            parts = urlsplit(address)
            _, authority = split_address(f"{parts.scheme}://{parts.netloc}")
        except ValueError as error:
            raise PeerFailed("the address of a source may not be called") from error
        if authority not in hosts:
            raise PeerFailed(f"{authority} is no source that is configured here")
        try:
            with client.stream("GET", address) as answer:
                raw = _read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PeerFailed(f"{authority} does not answer") from error
        if not answer.is_success:
            raise PeerFailed(f"{authority} answers {answer.status_code}", status=answer.status_code)
        return raw

    return fetch


def open_client() -> httpx.Client:
    """Return what calls are made with."""
    return httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)


def _read(answer: httpx.Response) -> bytes:
    parts: list[bytes] = []
    length = 0
    for part in answer.iter_bytes():
        length += len(part)
        if length > _MOST_BYTES:
            raise PeerFailed("an answer is longer than any should be", status=answer.status_code)
        parts.append(part)
    return b"".join(parts)
