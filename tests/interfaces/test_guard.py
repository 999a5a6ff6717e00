"""The guard: who may knock, how much they may bring, and what every answer carries."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import LOOPBACK_NAMES, Guard, allowed_hosts

BASE = "http://127.0.0.1:8000"


async def measure(request: Request) -> JSONResponse:
    return JSONResponse({"bytes": len(await request.body())})


async def stream(request: Request) -> StreamingResponse:
    async def pieces():
        yield b"1"

    return StreamingResponse(pieces())


def fault(request: Request) -> JSONResponse:
    raise ZeroDivisionError


def client(base: str = BASE, **options) -> TestClient:
    everything = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    routes = [
        Route("/x", measure, methods=everything),
        Route("/imports", measure, methods=everything),
        Route("/stream", stream),
        Route("/fault", fault),
    ]
    app = Starlette(routes=routes, exception_handlers=exception_handlers())
    return TestClient(Guard(app, **options), base_url=base, raise_server_exceptions=False)


def send(method: str = "POST", **headers: str):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client().request(method, "/x", headers=names, content=b"{}")


@pytest.mark.parametrize(
    "base", ["http://localhost", "http://127.0.0.1:9", "http://[::1]:8000", "http://LOCALHOST:1"]
)
def test_the_loopback_names_are_answered(base):
    assert client(base).get("/x").status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "localhost.", "[::2]:80"],
)
def test_another_name_is_refused_so_that_dns_cannot_be_rebound(host):
    response = client().get("/x", headers={"Host": host})
    assert response.status_code == 421
    assert response.headers["content-type"] == "application/problem+json"
    assert "localhost" in response.json()["hint"]


def test_a_configured_name_is_answered():
    hosts = allowed_hosts(["City.example", "2001:db8::1"])
    assert hosts == LOOPBACK_NAMES | {"city.example", "[2001:db8::1]"}
    assert client("http://city.example:80", hosts=hosts).get("/x").status_code == 200


def test_two_host_headers_are_refused():
    headers = [(b"host", b"localhost"), (b"host", b"evil.example")]
    assert client().get("/x", headers=headers).status_code == 421


def test_a_program_writes_with_json_alone():
    assert send(Content_Type="application/json").status_code == 200
    assert send(Content_Type="application/geo+json; charset=utf-8").status_code == 200


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_what_a_form_of_any_page_could_send_is_refused(media_type):
    headers = {"Content-Type": media_type} if media_type else {}
    response = client().post("/x", headers=headers, content=b"a=1")
    assert response.status_code == 403
    assert "X-Chengmo-Request" in response.json()["hint"]
    accepted = client().post("/x", headers={**headers, "X-Chengmo-Request": "1"}, content=b"a=1")
    assert accepted.status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001", ""]
)
def test_a_page_of_another_origin_may_not_write(method, origin):
    response = send(method, Origin=origin, Content_Type="application/json", X_Chengmo_Request="1")
    assert response.status_code == 403


def test_a_page_of_this_origin_may_write():
    assert send(Origin=BASE, Content_Type="application/json").status_code == 200
    default_port = client("http://[::1]").post("/x", headers={"Origin": "http://[::1]:80"}, json={})
    assert default_port.status_code == 200


def test_a_browser_that_says_the_request_crosses_sites_is_believed():
    site = {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}
    assert client().post("/x", headers=site, content=b"{}").status_code == 403
    assert client().get("/x", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_program_may_delete_without_a_body():
    assert client().delete("/x").status_code == 200


def test_a_body_declared_too_long_is_refused():
    small = client(body_limit_bytes=10)
    response = small.post("/x", json={"long": "x" * 20})
    assert response.status_code == 413
    assert response.json()["type"] == "/errors#too-large"


def test_a_body_that_grows_too_long_is_refused_as_it_arrives():
    def pieces():
        yield from [b"x" * 6] * 4

    headers = {"Content-Type": "application/json"}
    small = client(body_limit_bytes=10)
    response = small.post("/x", content=pieces(), headers=headers)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_an_import_may_be_larger():
    roomy = client(body_limit_bytes=10, larger_bodies={"/imports": 100})
    headers = {"X-Chengmo-Request": "1"}
    assert roomy.post("/imports", content=b"x" * 100, headers=headers).status_code == 200
    assert roomy.post("/imports", content=b"x" * 101, headers=headers).status_code == 413


def test_a_length_that_is_no_number_is_refused():
    response = client().post(
        "/x", content=b"{}", headers={"Content-Length": "-1", "Content-Type": "application/json"}
    )
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["/x", "/stream", "/nothing", "/fault"])
def test_every_answer_carries_the_strict_policy(path):
    response = client().get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_a_refusal_carries_the_strict_policy_too():
    response = client().get("/x", headers={"Host": "evil.example"})
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_no_answer_ever_lets_another_origin_read():
    for method in ("GET", "OPTIONS"):
        headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        response = client().request(method, "/x", headers=headers)
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_web_socket_is_closed_before_it_opens():
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/x"):
        pass


def test_below_the_prefix_of_a_service_web_sockets_open_for_our_own_names_alone():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})

    guarded = TestClient(Guard(app, sockets=("/tracks",)))
    with guarded.websocket_connect("/tracks/watch", headers={"Host": "localhost"}):
        pass
    for path, host in (("/tracks/x", "evil.example"), ("/tracks0/x", "localhost")):
        with (
            pytest.raises(WebSocketDisconnect),
            guarded.websocket_connect(path, headers={"Host": host}),
        ):
            pass


def test_start_and_stop_pass_through():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    with TestClient(Guard(app)):
        pass
    assert seen == ["lifespan"]


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("https://city.example", True),
        ("http://city.example", False),
        ("https://127.0.0.1:8000", False),
    ],
)
def test_over_tls_and_only_then_a_name_is_never_to_be_asked_without_it(base, said):
    for path in ("/x", "/nowhere"):
        answer = client(base, hosts=allowed_hosts(["city.example"])).get(path)
        assert answer.headers.get("strict-transport-security", "") == (
            "max-age=63072000" if said else ""
        )


def test_trace_is_not_answered():
    assert client().request("TRACE", "/x").status_code == 405
