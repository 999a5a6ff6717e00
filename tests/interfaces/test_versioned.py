"""The API's version in its addresses: whoever asks by it stays with it."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from chengmo.interfaces.versioned import Versioned, address_of, is_below, site_of


async def tell(request: Request) -> JSONResponse:
    base = str(request.base_url).rstrip("/")
    return JSONResponse({"base": base, "site": site_of(request), **request.path_params})


def client_of(root: str = "") -> TestClient:
    paths = ("/", "/data/{id}", "/app/{file}", "/dss/v1/{id}")
    application = Starlette(routes=[Route(path, tell) for path in paths])
    versioned = Versioned(application, apart=("/app", "/dss"))
    return TestClient(versioned, base_url="http://city", root_path=root)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/data/7"])
def test_below_the_version_lies_the_same_with_links_below_it(path):
    told = client_of().get(path, follow_redirects=False).json()
    assert (told["base"], told["site"]) == ("http://city/v1", "http://city")


def test_without_a_version_the_links_have_none():
    answer = client_of().get("/data/7")
    assert answer.json() == {"base": "http://city", "site": "http://city", "id": "7"}
    assert answer.headers["API-Version"] == "1"


@pytest.mark.parametrize("path", ["/v1/app/a.js", "/v1/dss/v1/a", "/v1data/7", "/v2/", "/v1/v1/"])
def test_what_has_no_version_is_not_found_below_one(path):
    assert client_of().get(path).status_code == 404


def test_what_stands_apart_says_nothing_of_a_version():
    assert "API-Version" not in client_of().get("/app/a.js").headers


def test_a_gateways_own_path_comes_before_the_version():
    told = client_of("/city").get("/city/v1/data/7").json()
    assert (told["base"], told["site"]) == ("http://city/city/v1", "http://city/city")


def test_the_page_has_one_address():
    def address(path):
        return address_of(path, base="/v1", site="")

    assert address("/app/sharing.html#catalogue") == "/app/sharing.html#catalogue"
    assert address("/collections") == "/v1/collections"
    assert is_below("/app", "/app")
    assert not is_below("/apple", "/app")
