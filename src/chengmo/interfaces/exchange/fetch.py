"""The only calls to the outside: of `chengmo harvest`, to the address that was given, and no other.

A redirect, or a link to a next page, that leads to another host or port is refused; so is an answer
that is too long or too slow. Private addresses are allowed, for the networks of a city are private,
and whoever gives the address sits at the machine.
"""

import json
import time
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from chengmo.errors import HarvestFailed

REQUEST_S = 20.0
WHOLE_S = 300.0
MOST_BYTES = 32 * 2**20
MOST_REQUESTS = 2_000
_CHUNK_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_ACCEPT = "application/geo+json, application/ld+json, application/json;q=0.9"


@dataclass
class Fetcher:
    """Reads JSON of one host.

    Attributes:
        address: Where to begin; `http` or `https`.
        request_s: Seconds that one answer may keep silent.
        whole_s: Seconds that all of it may take.
        most_bytes: Of one answer.
    """

    address: str
    request_s: float = REQUEST_S
    whole_s: float = WHOLE_S
    most_bytes: int = MOST_BYTES
    _began_s: float = field(default_factory=time.monotonic)
    _asked: int = 0

    def __post_init__(self) -> None:
        """Refuse an address that is none of the web.

        Raises:
            HarvestFailed: If it is no `http` or `https` address, or holds a password.
        """
        parts = urlsplit(self.address)
        if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
            raise HarvestFailed(
                f"'{self.address[:200]}' is no address of a catalogue",
                hint="give it as http://host:port/ or https://host/, without a password",
            )

    def get(self, reference: str = "") -> Any:
        """Return the JSON at `reference`, which may be relative to the address.

        Raises:
            HarvestFailed: If it leads to another host, or the answer is no JSON, too long or late.
        """
        address = urljoin(self.address, reference)
        self._check(address)
        self._asked += 1
        if self._asked > MOST_REQUESTS:
            raise HarvestFailed(
                f"the catalogue has more than {MOST_REQUESTS} pages", hint="harvest a part of it"
            )
        request = urllib.request.Request(address, headers={"Accept": _ACCEPT})  # noqa: S310 - the scheme is checked
        # No proxy: what the environment names is another host.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _SameHost(self))
        try:
            with opener.open(request, timeout=self.request_s) as answer:
                raw = self._read(answer)
        except (OSError, HTTPException) as error:
            raise HarvestFailed(
                f"{address[:200]} does not answer: {error}",
                hint="look whether the address is right and the network lets you through",
            ) from error
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise HarvestFailed(
                f"{address[:200]} answers no JSON", hint="name the kind of catalogue with --kind"
            ) from error

    def _read(self, answer: IO[bytes]) -> bytes:
        parts: list[bytes] = []
        length = 0
        while part := answer.read(_CHUNK_BYTES):
            length += len(part)
            if length > self.most_bytes:
                raise HarvestFailed(
                    f"an answer is longer than {self.most_bytes} bytes", hint="harvest a part of it"
                )
            if time.monotonic() - self._began_s > self.whole_s:
                raise HarvestFailed(
                    f"the catalogue took longer than {self.whole_s:.0f} s", hint="try again later"
                )
            parts.append(part)
        return b"".join(parts)

    def _check(self, address: str) -> None:
        if _host_of(address) != _host_of(self.address):
            raise HarvestFailed(
                f"{self.address[:200]} leads to another host: {address[:200]}",
                hint="harvest that one by its own address, if you trust it",
            )


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects that stay on the host, and only those."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        self._fetcher._check(newurl)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - its own part
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # pyright: ignore[reportArgumentType] - as above


def _host_of(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname, port or _PORTS.get(parts.scheme)
