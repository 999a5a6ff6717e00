"""Who may come in: each path with each scope, and tokens that are not good."""

import base64
import json
import time
import uuid

import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from chengmo import InvalidRequest, open_database
from chengmo_airspace.interfaces import open_service
from chengmo_airspace.interfaces.token import TokenCheck, TokenRefused, read_keys

SCOPES = ("coordination", "management", "processing", "conformance", "arbitration")
ID = "2f8343be-6482-4d1b-a474-16847e01af1e"
INTENTS = ("coordination", "conformance")
SUBSCRIBERS = ("coordination", "processing")
READERS = ("management", "processing")
PATHS = [
    ("POST", "operational_intent_references/query", INTENTS),
    ("GET", f"operational_intent_references/{ID}", INTENTS),
    ("PUT", f"operational_intent_references/{ID}", INTENTS),
    ("PUT", f"operational_intent_references/{ID}/{'x' * 16}", INTENTS),
    ("DELETE", f"operational_intent_references/{ID}/{'x' * 16}", INTENTS),
    ("POST", "constraint_references/query", READERS),
    ("GET", f"constraint_references/{ID}", READERS),
    ("PUT", f"constraint_references/{ID}", ("management",)),
    ("PUT", f"constraint_references/{ID}/{'x' * 16}", ("management",)),
    ("DELETE", f"constraint_references/{ID}/{'x' * 16}", ("management",)),
    ("POST", "subscriptions/query", SUBSCRIBERS),
    ("GET", f"subscriptions/{ID}", SUBSCRIBERS),
    ("PUT", f"subscriptions/{ID}", SUBSCRIBERS),
    ("PUT", f"subscriptions/{ID}/1", SUBSCRIBERS),
    ("DELETE", f"subscriptions/{ID}/1", SUBSCRIBERS),
    ("POST", "reports", SCOPES),
    ("GET", "uss_availability/uss1", ("arbitration", "coordination", "conformance")),
    ("PUT", "uss_availability/uss1", ("arbitration",)),
]


@pytest.mark.parametrize(("method", "path", "allowed"), PATHS)
def test_each_path_is_open_to_its_scopes_and_to_no_other(http, issuer, method, path, allowed):
    for scope in (*SCOPES, "", "utm.strategic_coordinatio", "utm"):
        token = issuer.token(scope)
        answer = http.request(
            method, f"/dss/v1/{path}", headers={"Authorization": f"Bearer {token}"}, json={}
        )
        assert (answer.status_code == 403) == (scope not in allowed), (scope, answer.text)
        assert answer.status_code != 401
        if answer.status_code >= 400:
            assert isinstance(answer.json()["message"], str)


@pytest.mark.parametrize(("method", "path", "allowed"), PATHS)
def test_without_a_good_token_every_path_is_shut(http, issuer, method, path, allowed):
    good = issuer.token(*allowed)
    for header in (None, "", "Bearer", "Bearer ", f"Basic {good}", good, f"Bearer {good[:-6]}"):
        headers = {} if header is None else {"Authorization": header}
        answer = http.request(method, f"/dss/v1/{path}", headers=headers, json={})
        assert answer.status_code == 401, header
        assert set(answer.json()) == {"message"}
        assert answer.headers["www-authenticate"].startswith("Bearer")


def stranger() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "r"})


def unsigned(issuer) -> str:
    _, payload, _ = issuer.token("coordination").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"r"}').rstrip(b"=").decode()
    return f"{header}.{payload}."


def with_public_key_as_secret(issuer) -> str:
    from cryptography.hazmat.primitives import hashes, hmac

    _, payload, _ = issuer.token("coordination").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"r"}').rstrip(b"=").decode()
    made = hmac.HMAC(issuer.rsa.as_pem(private=False), hashes.SHA256())
    made.update(f"{header}.{payload}".encode())
    signature = base64.urlsafe_b64encode(made.finalize()).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"


def with_other_claims(issuer) -> str:
    header, payload, signature = issuer.token("coordination").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = "uss9"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{forged}.{signature}"


now = time.time
BAD = {
    "ended": lambda i: i.token("coordination", exp=int(now()) - 3600),
    "without an end": lambda i: i.token("coordination", exp=None),
    "with a text for its end": lambda i: i.token("coordination", exp="tomorrow"),
    "living for a day": lambda i: i.token("coordination", exp=int(now()) + 86_400),
    "not good yet": lambda i: i.token("coordination", nbf=int(now()) + 600),
    "for another audience": lambda i: i.token("coordination", aud="uss.example.com"),
    "for no audience": lambda i: i.token("coordination", aud=None),
    "for a part of the audience": lambda i: i.token("coordination", aud="example.com"),
    "of nobody": lambda i: i.token("coordination", sub=None),
    "of an empty name": lambda i: i.token("coordination", sub=""),
    "with a list of scopes": lambda i: i.token(scope=["utm.strategic_coordination"]),
    "of a stranger's key": lambda i: i.token("coordination", key=stranger()),
    "without a key's name": lambda i: i.token("coordination", header={"kid": None}),
    "with an unknown key's name": lambda i: i.token("coordination", header={"kid": "z"}),
    "with the other key's name": lambda i: i.token("coordination", header={"kid": "e"}),
    "unsigned": unsigned,
    "signed with the public key as a secret": with_public_key_as_secret,
    "with claims exchanged": with_other_claims,
    "of one part": lambda _: "abc",
    "of three wrong parts": lambda _: "a.b.c",
    "longer than any": lambda i: i.token("coordination", more="x" * 9000),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_token_that_is_not_good_opens_nothing(http, issuer, kind):
    answer = http.get(
        "/dss/v1/uss_availability/uss1", headers={"Authorization": f"Bearer {BAD[kind](issuer)}"}
    )
    assert answer.status_code == 401, answer.text
    assert set(answer.json()) == {"message"}


@pytest.mark.parametrize("key", ["rsa", "ec"])
def test_both_algorithms_are_accepted(http, issuer, key):
    token = issuer.token("coordination", key=getattr(issuer, key), aud=["x", "dss.example.com"])
    answer = http.get("/dss/v1/uss_availability/uss1", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_token_that_was_good_ends(issuer, keys_file):
    clock = [now()]
    check = TokenCheck(read_keys(keys_file), frozenset({"dss.example.com"}), clock=lambda: clock[0])
    header = f"Bearer {issuer.token('coordination', exp=int(clock[0]) + 60)}"
    assert check.check(header).sub == "uss1"
    clock[0] += 100
    with pytest.raises(TokenRefused, match="ended"):
        check.check(header)


def test_an_issuer_that_is_configured_must_be_named(issuer, keys_file):
    keys, audiences = read_keys(keys_file), frozenset({"dss.example.com"})
    header = f"Bearer {issuer.token('coordination')}"
    assert TokenCheck(keys, audiences, "https://issuer.example.com").check(header)
    with pytest.raises(TokenRefused, match="issuer"):
        TokenCheck(keys, audiences, "https://other.example.com").check(header)


def test_keys_in_pem_need_no_name(issuer, tmp_path):
    file = tmp_path / "keys.pem"
    file.write_bytes(issuer.rsa.as_pem(private=False) + issuer.ec.as_pem(private=False))
    check = TokenCheck(read_keys(file), frozenset({"dss.example.com"}))
    for key in (issuer.rsa, issuer.ec):
        header = {"kid": None}
        assert check.check(f"Bearer {issuer.token('coordination', key=key, header=header)}")


@pytest.mark.parametrize(
    "text", ["", "{}", "nonsense", '{"keys": []}', '{"keys": [{"kty": "oct"}]}']
)
def test_a_file_without_keys_stops_the_start(tmp_path, text):
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(InvalidRequest):
        read_keys(file)


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_weak_key_is_no_key(tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(65537, 1024).public_key()
    file = tmp_path / "weak.pem"
    file.write_bytes(
        weak.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    with pytest.raises(InvalidRequest):
        read_keys(file)


def test_without_configuration_there_is_no_door(quick_folder, settings):
    database = open_database(quick_folder / "closed")
    assert open_service(database, {}) is None
    assert open_service(database, {"CHENGMO_AIRSPACE_AUDIENCE": "x"}) is None
    half = {"CHENGMO_AIRSPACE_KEYS": settings["CHENGMO_AIRSPACE_KEYS"]}
    with pytest.raises(InvalidRequest, match="AUDIENCE"):
        open_service(database, half)
    with pytest.raises(InvalidRequest, match="role"):
        open_service(database, settings | {"CHENGMO_AIRSPACE_ROLES": "king"})
    database.close()


def test_a_body_beyond_the_limit_is_refused(http, issuer):
    token = issuer.token("coordination")
    answer = http.put(
        f"/dss/v1/operational_intent_references/{uuid.uuid4()}",
        headers={"Authorization": f"Bearer {token}"},
        content=b" " * (8 * 2**20 + 1),
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a":NaN}'])
def test_a_body_that_is_no_message_is_the_callers_fault(http, issuer, body):
    answer = http.post(
        "/dss/v1/subscriptions/query",
        headers={"Authorization": f"Bearer {issuer.token('coordination')}"},
        content=body,
    )
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


@pytest.mark.slow
def test_services_of_other_packages_are_served_and_identify_their_callers(
    tmp_path, monkeypatch, settings, issuer, copy_of_home
):
    from chengmo.app import asgi_app, open_platform

    installed = tmp_path / "airspace_doors-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: airspace-doors\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(
        "[chengmo.services]\nairspace = chengmo_airspace.interfaces:open_service\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    path = "/dss/v1/uss_availability/uss1"
    with open_platform(home=copy_of_home(tmp_path / "home"), work=False) as platform:
        shut = TestClient(asgi_app(platform), base_url="http://localhost")
        assert shut.get(path).status_code == 404
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        client = TestClient(asgi_app(platform), base_url="http://localhost")
        # The administrator of an open machine is nobody there.
        assert client.get(path).status_code == 401
        answer = client.get(
            path, headers={"Authorization": f"Bearer {issuer.token('arbitration')}"}
        )
        assert answer.status_code == 200
        assert client.get("/conformance").status_code == 200
