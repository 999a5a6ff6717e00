"""Every way into a service under paths of its own: by token and scope, by the platform, or public.

`test_every_way_in.py` holds the platform's own paths. A service identifies its callers itself below
its prefixes; a new way there fails here until it is in the table with who may use it.
"""

import re
import time

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chengmo import open_database
from chengmo.audit import AuditLog
from chengmo.identity import ANONYMOUS
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.mount import service_routes
from chengmo.interfaces.web.publications import actions_of
from chengmo_airspace.interfaces import open_service

PLAN, CONFORM = "utm.strategic_coordination", "utm.conformance_monitoring_sa"
MANAGE, PROCESS = "utm.constraint_management", "utm.constraint_processing"
ARBITRATE = "utm.availability_arbitration"
ANY = {PLAN, CONFORM, MANAGE, PROCESS, ARBITRATE}
SHOW, PROVIDE, LOOK = (
    "rid.display_provider", "rid.service_provider", "dss.read.identification_service_areas",
)  # fmt: skip
DIRECT = "interuss.flight_planning.direct_automated_test"
USER = "interuss.flight_planning.plan"
MAP = "interuss.geospatial_map.direct_automated_test"
REPORT, WATCH = "chengmo.tracking.report", "chengmo.tracking.watch"
# By prefix and path: the methods, and the scopes of which a token needs one.
BY_TOKEN = {
    "/dss/v1": {
        "/operational_intent_references/query": {"POST": {PLAN, CONFORM}},
        "/operational_intent_references/{}": {"GET PUT": {PLAN, CONFORM}},
        "/operational_intent_references/{}/{}": {"PUT DELETE": {PLAN, CONFORM}},
        "/constraint_references/query": {"POST": {MANAGE, PROCESS}},
        "/constraint_references/{}": {"GET": {MANAGE, PROCESS}, "PUT": {MANAGE}},
        "/constraint_references/{}/{}": {"PUT DELETE": {MANAGE}},
        "/subscriptions/query": {"POST": {PLAN, PROCESS}},
        "/subscriptions/{}": {"GET PUT": {PLAN, PROCESS}},
        "/subscriptions/{}/{}": {"PUT DELETE": {PLAN, PROCESS}},
        "/uss_availability/{}": {"GET": {ARBITRATE, PLAN, CONFORM}, "PUT": {ARBITRATE}},
        "/reports": {"POST": ANY},
    },
    "/uss/v1": {
        "/operational_intents": {"POST": {PLAN}},
        "/operational_intents/{}": {"GET": {PLAN}},
        "/operational_intents/{}/telemetry": {"GET": {CONFORM}},
        "/constraints": {"POST": {MANAGE}},
        "/constraints/{}": {"GET": {PROCESS}},
        "/reports": {"POST": ANY},
    },
    "/rid/v2/dss": {
        "/identification_service_areas": {"GET": {SHOW}},
        "/identification_service_areas/{}": {"GET": {SHOW}, "PUT": {PROVIDE}},
        "/identification_service_areas/{}/{}": {"PUT DELETE": {PROVIDE}},
        "/subscriptions": {"GET": {SHOW}},
        "/subscriptions/{}": {"GET": {SHOW, PROVIDE}, "PUT": {SHOW}},
        "/subscriptions/{}/{}": {"PUT DELETE": {SHOW}},
    },
    "/rid/v2/uss": {
        "/flights": {"GET": {SHOW}},
        "/flights/{}/details": {"GET": {SHOW}},
        "/identification_service_areas/{}": {"GET": {SHOW}, "POST": {PROVIDE}},
    },
    "/rid/observation/v1": {
        "/display_data": {"GET": {SHOW, LOOK}},
        "/display_data/{}": {"GET": {SHOW, LOOK}},
    },
    "/rid/injection/v1": {
        "/tests/{}": {"PUT": {"rid.inject_test_data"}},
        "/tests/{}/{}": {"DELETE": {"rid.inject_test_data"}},
        "/user_notifications": {"GET": {"rid.inject_test_data"}},
    },
    "/flight_planning/v1": {
        "/status": {"GET": {DIRECT}},
        "/clear_area_requests": {"POST": {DIRECT}},
        "/flight_plans/{}": {"PUT": {USER}, "DELETE": {USER, DIRECT}},
        "/user_notifications": {"GET": {USER}},
    },
    "/versioning": {"/versions/{}": {"GET": {"interuss.versioning.read_system_versions"}}},
    "/geospatial_map/v1": {
        "/status": {"GET": {MAP}},
        "/geospatial_data_sources": {"GET": {MAP}},
        "/geospatial_data_sources/{}": {"GET PUT DELETE": {MAP}},
        "/map/queries": {"POST": {"interuss.geospatial_map.query"}},
    },
    "/geo-awareness/v1": {
        "/status": {"GET": {"geo-awareness.test"}},
        "/geozone_sources/{}": {"GET PUT DELETE": {"geo-awareness.test"}},
        "/geozones/check": {"POST": {"geo-awareness.test"}},
    },
    "/tracking/v1": {
        "/messages": {"GET": {WATCH}, "POST": {REPORT}},
        "/moments": {"GET": {WATCH}},
        "/picture": {"GET": {WATCH}},
        "/alerts": {"GET": {REPORT, WATCH}},
        "/alerts/past": {"GET": {WATCH}},
        "/alerts/stream": {"GET": {REPORT, WATCH}},
        "/statistics": {"GET": {WATCH}},
        "/status": {"GET": {WATCH}},
        "/report": {"socket": {REPORT}},
        "/watch": {"socket": {WATCH}},
    },
}
# Whom the platform identifies and admits: operators, auditors, administrators.
ADMITTED = {"/airspace/live/data": {"/picture", "/at", "/alerts"}}
# Of who may import; the platform's endpoint asks (`tests/airspace/interfaces/test_statistics.py`).
OF_IMPORTERS = {"/airspace/statistics/publish"}
# Open, for the reason given.
PUBLIC = {"/airspace/live": "a page as files, which holds no data"}


@pytest.fixture(scope="module")
def key():
    return RSAKey.generate_key(2048, {"kid": "k"})


@pytest.fixture(scope="module")
def opened(tmp_path_factory, key):
    """The service with every role and every door open, and the database it is of."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "private.pem").write_bytes(key.as_pem(private=True))
    (folder / "public.pem").write_bytes(key.as_pem(private=False))
    settings = {
        "KEYS": folder / "public.pem",
        "AUDIENCE": "sky.example.com",
        "ROLES": "dss,uss,tracking",
        "TRACKS": folder / "tracks",
        "USS": "uss1",
        # Nobody listens there.
        "BASE_URL": "http://127.0.0.1:9",
        "DSS": "http://127.0.0.1:9",
        "SIGNING_KEY": folder / "private.pem",
        "TESTING": "1",
    }
    environment = {f"CHENGMO_AIRSPACE_{name}": str(value) for name, value in settings.items()}
    database = open_database(folder / "home")
    service = open_service(database, environment)
    assert service is not None
    audit = AuditLog(database, folder / "home")
    yield service, audit
    service.close()
    audit.close()
    database.close()


@pytest.fixture(scope="module")
def client(opened):
    """Asks as nobody, below the service's paths as the platform serves them."""
    service, audit = opened
    application = Starlette(
        routes=service_routes([service], audit), exception_handlers=exception_handlers()
    )

    async def nobody(scope, receive, send):
        scope.setdefault("state", {})["actor"] = ANONYMOUS
        await application(scope, receive, send)

    return TestClient(nobody)


def ways_of(service):
    """Each way that a token opens: prefix, path without names, method, scopes."""
    for mount in service.routes:
        for way in mount.app.ways:
            yield mount.path, re.sub(r"{\w+\??}", "{}", way.path), way.method, set(way.scopes)
        for path, scopes in getattr(mount.app, "sockets", {}).items():
            yield mount.path, path, "socket", set(scopes)


def table():
    for prefix, paths in BY_TOKEN.items():
        for path, methods in paths.items():
            for names, scopes in methods.items():
                yield from ((prefix, path, method, scopes) for method in names.split())


TABLE = list(table())


def test_every_way_of_a_service_is_in_the_table_with_who_may_use_it(opened):
    service, _ = opened

    def told(ways):
        return sorted(
            (prefix, path, method, sorted(scopes)) for prefix, path, method, scopes in ways
        )

    assert told(ways_of(service)) == told(TABLE)
    assert set(service.prefixes) == set(BY_TOKEN) == {mount.path for mount in service.routes}
    people = {path: {route.path for route in app.routes} for path, app in service.personal.items()}
    assert people == ADMITTED
    assert {each.path for each in service.publications} == OF_IMPORTERS
    assert set(service.pages) == set(PUBLIC)
    # Whatever is neither identifies nobody: the platform must know of all.
    assert set(service.paths) == {*BY_TOKEN, *ADMITTED, *OF_IMPORTERS, *PUBLIC}


@pytest.mark.parametrize(("prefix", "path", "method", "scopes"), TABLE)
def test_a_token_with_the_scope_opens_it_and_no_other_does(
    client, key, prefix, path, method, scopes
):
    address = prefix + path.replace("{}", "2f8343be-6482-4d1b-a474-16847e01af1e")
    others = " ".join({*ANY, SHOW, PROVIDE, LOOK, DIRECT, MAP, REPORT, WATCH, "read"} - scopes)
    if method == "socket":
        for header, code in ((None, 4401), (token(key, others), 4403)):
            with client.websocket_connect(address, headers=header or {}) as socket:
                socket.send_text("{}" if header is None else "")
                with pytest.raises(WebSocketDisconnect) as closed:
                    socket.receive_text()
            assert closed.value.code == code
        return
    assert client.request(method, address).status_code == 401
    assert client.request(method, address, headers=token(key, others)).status_code == 403
    if not address.endswith("/stream"):
        # Streams have no end: they are opened in `tests/airspace/interfaces/test_tracking.py`.
        for scope in scopes:
            answer = client.request(method, address, headers=token(key, scope))
            assert answer.status_code != 401
            assert "one of these scopes is needed" not in answer.text


def token(key, scope):
    claims = {
        "sub": "uss1",
        "aud": "sky.example.com",
        "scope": scope,
        "exp": int(time.time()) + 600,
    }
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'RS256', 'kid': 'k'}, claims, key)}"}


def test_who_is_not_known_is_admitted_to_the_page_alone(client):
    for prefix, paths in ADMITTED.items():
        for path in paths:
            assert client.get(prefix + path).status_code == 401
    for path in PUBLIC:
        page = client.get(f"{path}/")
        assert page.status_code == 200
        assert client.post(f"{path}/").status_code == 405


def test_publishing_takes_the_right_to_import(opened):
    service, _ = opened
    for route in actions_of(service.publications):
        assert (route.method, route.scope) == ("POST", "import")
