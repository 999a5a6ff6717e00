"""What tests of flights share: volumes, messages, an issuer of tokens, a server in this process."""

import itertools
import json
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from openapi_schema_validator import OAS30Validator
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chengmo import open_database
from chengmo_airspace.flights.instant import SECOND_US, now_us, time_document
from chengmo_airspace.interfaces import open_service

AUDIENCE = "dss.example.com"
SCOPES = {
    "coordination": "utm.strategic_coordination",
    "management": "utm.constraint_management",
    "processing": "utm.constraint_processing",
    "conformance": "utm.conformance_monitoring_sa",
    "arbitration": "utm.availability_arbitration",
}


def make_volume(
    *, place=30.5, north=0.0, radius=200.0, low=60.0, high=120.0, start_s=600.0, end_s=1200.0
) -> dict[str, Any]:
    """Return a `Volume4D`: a circle, `north` degrees of a place; times from now."""
    now = now_us()

    def altitude(value: float) -> dict[str, Any]:
        return {"value": value, "reference": "W84", "units": "M"}

    return {
        "volume": {
            "outline_circle": {
                "center": {"lat": place + north, "lng": 114.3},
                "radius": {"value": radius, "units": "M"},
            },
            "altitude_lower": altitude(low),
            "altitude_upper": altitude(high),
        },
        "time_start": time_document(now + int(start_s * SECOND_US)),
        "time_end": time_document(now + int(end_s * SECOND_US)),
    }


class Messages:
    """Writes messages about one place, where no other test flies.

    Attributes:
        place: Its latitude.
    """

    def __init__(self, place: float) -> None:
        self.place = place

    def volume(self, **bounds: float) -> dict[str, Any]:
        return make_volume(place=self.place, **bounds)

    def intent(self, *volumes: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return the parameters of an intent, with a new subscription unless `more` has another."""
        body = {
            "extents": list(volumes) or [self.volume()],
            "state": "Accepted",
            "uss_base_url": "https://uss.example.com",
            **more,
        }
        if "subscription_id" not in more and "new_subscription" not in more:
            body["new_subscription"] = {"uss_base_url": "https://uss.example.com"}
        return body


class Issuer:
    """Who gives out tokens: an RSA and an EC key, each with a name."""

    def __init__(self) -> None:
        self.rsa = RSAKey.import_key(pem_of(rsa.generate_private_key(65537, 2048)), {"kid": "r"})
        self.ec = ECKey.import_key(pem_of(ec.generate_private_key(ec.SECP256R1())), {"kid": "e"})

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in (self.rsa, self.ec)]}

    def token(self, *scopes: str, sub="uss1", key=None, header=None, **claims: Any) -> str:
        """Return a token; claims that are None are left out."""
        chosen = key or self.rsa
        made = {
            "iss": "https://issuer.example.com",
            "sub": sub,
            "aud": AUDIENCE,
            "exp": int(time.time()) + 1800,
            "jti": str(uuid.uuid4()),
            "scope": " ".join(SCOPES.get(scope, scope) for scope in scopes),
            **claims,
        }
        head = {"alg": "RS256" if chosen.key_type == "RSA" else "ES256", "kid": chosen.kid}
        head = {name: value for name, value in (head | (header or {})).items() if value is not None}
        kept = {name: value for name, value in made.items() if value is not None}
        return jwt.encode(head, kept, chosen, algorithms=["RS256", "ES256"])


def pem_of(key: Any) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


_places = itertools.count()


@pytest.fixture
def messages() -> Messages:
    """Messages about a place that no other test has."""
    return Messages(-60 + 2 * (next(_places) % 60))


@pytest.fixture
def volume(messages: Messages) -> Callable[..., dict[str, Any]]:
    return messages.volume


@pytest.fixture
def intent(messages: Messages) -> Callable[..., dict[str, Any]]:
    return messages.intent


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="session")
def keys_file(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The issuer's public keys."""
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    file.write_text(json.dumps(issuer.jwks()))
    return file


@pytest.fixture(scope="session")
def settings(keys_file: Path) -> dict[str, str]:
    """The environment of a discovery service."""
    return {"CHENGMO_AIRSPACE_KEYS": str(keys_file), "CHENGMO_AIRSPACE_AUDIENCE": AUDIENCE}


# Where the published benchmarks lie, as for those of siting.
BENCH = Path(os.environ.get("CHENGMO_BENCH", Path(__file__).parents[3] / "shared" / "bench"))


class Standard:
    """The interface definition of F3548-21, which may not be shipped: checked where it is at hand.

    Attributes:
        checked: How many answers were found to be as it says.
    """

    FILE = BENCH / "16_lowalt" / "interfaces" / "astm_f3548_21_utm.yaml"

    def __init__(self) -> None:
        self.checked = 0
        text = self.FILE.read_text("utf-8") if self.FILE.is_file() else "{}"
        self._document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def check(self, method: str, path: str, status: int, document: Any) -> None:
        """Fail if an answer has a body that the definition does not allow."""
        for template, operations in self._document.get("paths", {}).items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is None:
                continue
            # `…/query` is no id.
            answers = operations.get(method.lower(), {}).get("responses", {})
            content = answers.get(str(status), {}).get("content", {})
            if content:
                schema = content["application/json"]["schema"]
                whole = {**schema, "components": self._document["components"]}
                OAS30Validator(whole).validate(document)
                self.checked += 1


class Client:
    """Asks a discovery service as one USS, with a token for each scope."""

    def __init__(self, http: TestClient, issuer: Issuer, sub: str, standard: Standard) -> None:
        self.http, self.issuer, self.sub, self.standard = http, issuer, sub, standard

    def ask(self, method: str, path: str, *scopes: str, body: Any = None) -> Any:
        token = self.issuer.token(*(scopes or ("coordination",)), sub=self.sub)
        answer = self.http.request(
            method, path, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        self.standard.check(method, path, answer.status_code, answer.json())
        return answer

    def put_intent(self, entity: str, body: Any, *scopes: str, ovn: str | None = None) -> Any:
        path = f"/dss/v1/operational_intent_references/{entity}"
        return self.ask("PUT", path if ovn is None else f"{path}/{ovn}", *scopes, body=body)

    def delete_intent(self, entity: str, ovn: str, *scopes: str) -> Any:
        path = f"/dss/v1/operational_intent_references/{entity}/{ovn}"
        return self.ask("DELETE", path, *scopes)


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: these tests are not about the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def http(settings: dict[str, str], quick_folder: Path) -> Iterator[TestClient]:
    """A discovery service, without the platform round it."""
    database = open_database(quick_folder / "discovery")
    service = open_service(database, settings)
    assert service is not None
    with TestClient(Starlette(routes=list(service.routes))) as client:
        yield client
    service.close()
    database.close()


@pytest.fixture(scope="session")
def standard() -> Standard:
    """What every answer is held against."""
    return Standard()


@pytest.fixture
def uss(http: TestClient, issuer: Issuer, standard: Standard) -> Callable[[str], Client]:
    """Somebody who asks the discovery service."""
    return lambda sub: Client(http, issuer, sub, standard)
