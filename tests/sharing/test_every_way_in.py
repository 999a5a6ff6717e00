"""The same forbidden questions at every way in. A new way in fails here until it is in a table.

One analyst may see the residents of his district without names, ages by the ten, places by the
cell. Nobody may know of the second dataset. What was taken out is in no answer. Paths of services
(the airspace) are in `test_every_service.py`.
"""

import itertools
import json
import re
import sqlite3
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import quote

import anyio
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mcp import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient

from chengmo.audit import AuditQuery
from chengmo.errors import ChengmoError, UnknownDataset
from chengmo.identity.actor import LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces import ogc, web
from chengmo.interfaces.boundary import exception_handlers
from chengmo.interfaces.guard import Guard
from chengmo.interfaces.mcp import make_server
from chengmo.interfaces.mcp.dataset_resource import list_resources, read_resource
from chengmo.interfaces.mcp.row_tool import read_rows
from chengmo.interfaces.mcp.sql_tool import answer_sql
from chengmo.interfaces.versioned import PREFIX, Versioned
from chengmo.interfaces.web.uploads import FOLDER, Uploads
from chengmo.sharing.policy import Policy

ANALYST = Actor("li", frozenset({"analyst"}), "health", "department", "武昌区")
STEWARD = Actor("wang", frozenset({"steward"}), "census", "department")
TREATMENT = {
    "rows": [{"column": "区", "attribute": "district"}],
    "columns": {"name": {"do": "drop"}, "age": {"do": "generalise", "step": 10}},
    "space": {"do": "coarsen", "level": 14, "minimum": 4},
}
# A resident of the other district, and one of his own: the row, the place, the age.
PLACE = (114.0 + 0.5 * 51 / 99, 30.3 + 0.5 * 51 / 99)
OWN_PLACE = (114.0 + 0.5 * 50 / 99, 30.3 + 0.5 * 50 / 99)


def around(place):
    lon, lat = place
    return ",".join(str(edge) for edge in (lon - 1e-5, lat - 1e-5, lon + 1e-5, lat + 1e-5))


AROUND, AROUND_OWN = around(PLACE), around(OWN_PLACE)
SECRETS = (b"secret-", "江岸区".encode(), b"people.csv", b"0" * 63 + b"2", b"untold-")

# Parameters that name a dataset, and for each path what is asked of it.
FILTERS = (
    "", "?limit=1000", "?name=secret-51", "?age=53", "?age=7", f"?bbox={AROUND}",
    f"?bbox={AROUND_OWN}", f"?区={quote('江岸区')}", "?sortby=name", "?properties=name",
    "?dataset-version=1", "?f=html", "?filter=name%20LIKE%20%27secret%25%27",
    "?datetime=2025-01-01", "?crs=http://www.opengis.net/def/crs/EPSG/0/4490",
)  # fmt: skip
TILES = ("", "/WebMercatorQuad", "/WebMercatorQuad/8/104/209", "/WebMercatorQuad/20/430263/856451")
OGC_PATHS = {
    "/collections/{collectionId}": FILTERS,
    "/collections/{collectionId}/versions": ("", "?f=html", "?dataset-version=1"),
    "/collections/{collectionId}/queryables": FILTERS,
    "/collections/{collectionId}/schema": FILTERS,
    "/collections/{collectionId}/items": FILTERS,
    "/collections/{collectionId}/items/{featureId}": ("/1", "/50", "/51", "/99", "/100"),
    "/collections/{collectionId}/lineage": ("", "?f=html", "?f=json"),
    "/collections/{collectionId}/tiles": TILES,
    "/collections/{collectionId}/tiles/WebMercatorQuad": TILES,
    "/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}": TILES,
    "/collections/{collectionId}/dggs": (
        "", "/BeiDou", "/GeoSOT", "/BeiDou/zones", "/BeiDou/zones?zone-level=7",
        f"/BeiDou/zones?bbox={AROUND}&zone-level=9", "/BeiDou/zones/N50H",
        "/BeiDou/zones/N50H/data", "/BeiDou/zones/N50H/data?properties=name",
    ),
    "/collections/{collectionId}/dggs/{dggrsId}": ("/BeiDou",),
    "/collections/{collectionId}/dggs/{dggrsId}/zones": ("/BeiDou/zones",),
    "/collections/{collectionId}/dggs/{dggrsId}/zones/{zoneId}": ("/BeiDou/zones/N50H",),
    "/collections/{collectionId}/dggs/{dggrsId}/zones/{zoneId}/data": ("/BeiDou/zones/N50H/data",),
}  # fmt: skip
FORMS = ("", "?f=html", "?f=jsonld", "?f=ttl")
RECORD_PATHS = {"/collections/_catalogue/items/{recordId}": FORMS}
WEB_PATHS = {
    "/datasets/{id}": ("", "?lang=zh"),
    "/datasets/{id}/versions": ("",),
    "/datasets/{id}/restore": ("",),
    "/datasets/{id}/compliance": ("", "?lang=zh", "?f=pdf", "?from=2025-01-01&to=2999-01-01"),
    "/datasets/{id}/quarantine": ("", "?version=1", "?limit=1000"),
    "/datasets/{id}/export": tuple(
        f"?format={kind}{version}"
        for kind in ("geoparquet", "geopackage", "geojson", "csv", "csv-metadata", "arrow")
        for version in ("", "&version=1")
    ),
}
# Paths that name no dataset and yet answer from them, and those that answer from none.
CATALOGUE = "/collections/_catalogue"
LISTS = (
    CATALOGUE, f"{CATALOGUE}/items", f"{CATALOGUE}/items?q=People", f"{CATALOGUE}/facets",
    f"{CATALOGUE}/items?q=secret", f"{CATALOGUE}/items?bbox={AROUND}", f"{CATALOGUE}/queryables",
    f"{CATALOGUE}/sortables", "/dcat", "/dcat?f=ttl", "/search?q=residents", "/robots.txt",
    "/sitemap.xml",
    "/", "/collections", "/api", "/datasets", "/models", "/jobs", "/processes", "/dggs",
    "/sharing/datasets", "/sharing/requests", "/sharing/policies", "/sharing/organisations",
    "/sharing/audit", "/sharing/audit/export", "/sql",
)  # fmt: skip
# What is sent, not asked for: method, address with the dataset or a policy about it, body.
RULE = {"title": {"zh": "规则", "en": "A rule"}, "dataset": "{}"}
WISH = {"dataset": "{}", "purpose": "study", "reason": "Why", "until": "2999-01-01T00:00:00Z"}
SENT = {
    "/sharing/requests": ("POST", "/sharing/requests", WISH),
    "/sharing/requests/{id}": ("DELETE", "/sharing/requests/{}", None),
    "/sharing/requests/{id}/approval": ("POST", "/sharing/requests/{}/approval", {}),
    "/sharing/requests/{id}/refusal": ("POST", "/sharing/requests/{}/refusal", {}),
    "/sharing/policies/{id}": ("PUT", "/sharing/policies/mine", RULE),
    "/sharing/policies/{id} again": ("DELETE", "/sharing/policies/about-{}", None),
    "/sharing/treatment/words": ("POST", "/sharing/treatment/words", {"only": ["{}"]}),
    "/sharing/audit/verification": ("POST", "/sharing/audit/verification", {}),
}
# What an assistant sends to /mcp: method, parameters, DATASET for the dataset.
ROWS = {"dataset": "DATASET", "limit": 500, "with_geometry": True}
LIKE = {"column": "name", "op": "like", "value": "secret%"}
TOLD = {
    "rows": ("tools/call", {"name": "read_rows", "arguments": ROWS}),
    "names": ("tools/call", {"name": "read_rows", "arguments": {**ROWS, "columns": ["name"]}}),
    "names like": ("tools/call", {"name": "read_rows", "arguments": {**ROWS, "where": [LIKE]}}),
    "resource": ("resources/read", {"uri": "chengmo://datasets/DATASET"}),
    "resources": ("resources/list", {}),
    "templates": ("resources/templates/list", {}),
    "tools": ("tools/list", {}),
    "prompts": ("prompts/list", {}),
    "prompt": ("prompts/get", {"name": "look-at-data", "arguments": {"dataset": "DATASET"}}),
    "completion": (
        "completion/complete",
        {
            "ref": {"type": "ref/resource", "uri": "chengmo://datasets/{id}"},
            "argument": {"name": "id", "value": ""},
        },
    ),
}
# Without a dataset in it: a run of somebody else, an upload, a model.
OTHERS = re.compile(
    r"^/(jobs|imports|processes|conformance|errors|tileMatrixSets|dggs|accounts?|organisations|keys"
    r"|session|scenarios|sql|contests)(/|$)"
)


@pytest.fixture(scope="module")
def city(city_of_people, tmp_path_factory):
    """The city after its census office stated one policy, with a dataset nobody may know of."""
    with city_of_people(tmp_path_factory.mktemp("ways"), untold="none") as platform:
        yield with_policy(platform)


def with_policy(platform):
    ruled = {"id": "p", "title": {"zh": "规则", "en": "A rule"}, "dataset": "people"}
    policy = Policy.model_validate({**ruled, "treatment": TREATMENT})
    platform.sharing.state(policy, STEWARD, "python")
    # Of the untold dataset there is a rule, too, and nobody is to know of that either.
    about = Policy.model_validate({**ruled, "id": "about-untold", "dataset": "untold"})
    platform.sharing.state(about.model_copy(update={"effect": "deny"}), STEWARD, "python")
    return platform


@pytest.fixture(scope="module")
def client(city):
    """What the analyst meets."""
    yield from client_of(city, ANALYST)


@pytest.fixture(scope="module")
def administrator(city):
    """What the administrator meets."""
    yield from client_of(city, LOCAL_ADMINISTRATOR)


def client_of(city, actor):
    routes = [*ogc.routes(city), *web.routes(city)]
    application = Versioned(Starlette(routes=routes, exception_handlers=exception_handlers()))

    async def asked_by_actor(scope, receive, send):
        scope.setdefault("state", {})["actor"] = actor
        await application(scope, receive, send)

    guarded = Guard(asked_by_actor)
    with TestClient(guarded, base_url="http://127.0.0.1:8000") as opened:
        yield opened


def asked(paths):
    """Yield every address of `paths`, with `{}` for the dataset."""
    for path, questions in paths.items():
        head = re.sub(r"\{(collectionId|recordId|id)\}.*", "{}", path)
        tail = path.removeprefix(re.sub(r"\{(collectionId|recordId|id)\}.*", "", path)).split(
            "}", 1
        )[1]
        for question in questions:
            fixed = tail if "{" not in tail else re.sub(r"/[^/]*\{.*", "", tail)
            whole = question if question.startswith("/") else fixed + question
            if question.startswith("/") and fixed and not question.startswith(fixed):
                whole = fixed + question
            yield f"{head}{whole}"


ADDRESSES = sorted({*asked(OGC_PATHS), *asked(RECORD_PATHS), *asked(WEB_PATHS)})


def plain(content: bytes) -> bytes:
    """Return what a reader of a file finds, unpacked where it is packed."""
    if content[:2] == b"PK":
        packed = zipfile.ZipFile(BytesIO(content))
        return b"".join(packed.read(name) for name in packed.namelist())
    return content


def test_every_path_that_names_a_dataset_is_in_the_table(city):
    routes = [*ogc.routes(city), *web.routes(city)]
    paths = {route.path for route in routes if hasattr(route, "path")}
    naming = {
        path
        for path in paths
        if re.search("{(collection|record)Id}", path) or path.startswith("/datasets/")
    }
    assert naming == {*OGC_PATHS, *RECORD_PATHS, *WEB_PATHS}
    lists = {address.partition("?")[0] for address in LISTS}
    rest = {path for path in paths - naming if path not in {*lists, *SENT, "/app"}}
    assert [path for path in rest if not OTHERS.match(path)] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_was_taken_out_is_in_no_answer(client, address):
    answer = client.get(address.format("people"))
    assert answer.status_code < 500
    content = plain(answer.content)
    for secret in SECRETS:
        assert secret not in content, secret
    # Exact places are nowhere: as text, and as the numbers of binary formats.
    for number in (*PLACE, *OWN_PLACE):
        assert repr(number).encode() not in content
        assert _double(number) not in content


MARK = re.compile(r'"people";version=\d+;edition="[0-9a-f]{64}"')


# Acts, what is told to those who may see it whole, and the record, which tells of it itself.
NOT_ROWS = re.compile("restore|compliance|quarantine|_catalogue")


@pytest.mark.slow
@pytest.mark.parametrize("address", [each for each in ADDRESSES if not NOT_ROWS.search(each)])
def test_every_answer_made_of_treated_rows_says_so(client, administrator, address):
    answer = client.get(address.format("people"))
    if answer.status_code == 200:
        assert MARK.fullmatch(answer.headers["Chengmo-Treated"])
    assert "Chengmo-Treated" not in administrator.get(address.format("people")).headers


def test_a_file_says_itself_how_its_rows_were_treated(client, administrator, tmp_path):
    def taken(kind, who=client):
        answer = who.get(f"/datasets/people/export?format={kind}")
        name = re.search(r'filename="([^"]+)"', answer.headers["Content-Disposition"])[1]
        (tmp_path / name).write_bytes(answer.content)
        return tmp_path / name, answer

    def treated(terms):
        assert terms["edition"]
        return {each["en"] for each in terms["treated"]}

    wanted = {each["en"] for each in client.get("/datasets/people").json()["treated"]}
    assert wanted
    path, _ = taken("geojson")
    assert (
        path.name == f"people-v{client.get('/datasets/people').json()['version']}-treated.geojson"
    )
    assert treated(json.loads(path.read_bytes())["chengmo"]) == wanted
    path, _ = taken("geoparquet")
    assert treated(json.loads(pq.read_metadata(path).metadata[b"chengmo"])) == wanted
    path, _ = taken("arrow")
    assert treated(json.loads(pa.ipc.open_file(path).schema.metadata[b"chengmo"])) == wanted
    path, _ = taken("geopackage")
    with closing(sqlite3.connect(path)) as opened:
        rows = opened.execute(
            "SELECT metadata FROM gpkg_metadata JOIN gpkg_metadata_reference ON id = md_file_id"
            " WHERE table_name = 'people' AND reference_scope = 'table'"
        ).fetchall()
        contents = opened.execute("SELECT description FROM gpkg_contents").fetchall()
    assert [treated(json.loads(each[0])) for each in (*rows, *contents)] == [wanted, wanted]
    path, answer = taken("csv")
    link = re.fullmatch(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"',
                        answer.headers["Link"])  # fmt: skip
    described = client.get(f"/datasets/people/export{link[1]}").json()
    assert treated(described["notes"][0]) == wanted
    assert {each["@value"] for each in described["dc:provenance"]} >= wanted
    header = path.read_text("utf-8-sig").splitlines()[0].replace('"', "").split(",")
    columns = [each["titles"] for each in described["tableSchema"]["columns"]]
    assert [each["und"] if isinstance(each, dict) else each for each in columns] == header
    path, _ = taken("csv", administrator)
    assert "treated" not in path.name


@pytest.mark.slow
def test_an_answer_in_sql_of_treated_rows_says_so_in_its_header(client, administrator):
    question = {"query": 'SELECT count(*) FROM "people"', "purpose": "view"}
    headers = {"X-Chengmo-Request": "1", "Accept": "text/csv"}
    said = client.post("/sql", json=question, headers=headers).headers
    assert MARK.fullmatch(said["Chengmo-Treated"])
    assert (
        "Chengmo-Treated" not in administrator.post("/sql", json=question, headers=headers).headers
    )


@pytest.mark.slow
@pytest.mark.parametrize("address", [*ADDRESSES, *(each for each in LISTS if each != "/")])
def test_below_the_apis_version_the_answers_are_the_same(client, address):
    plainly, versioned = (
        client.get(f"{way}{address}".format("people"), follow_redirects=False)
        for way in ("", PREFIX)
    )
    assert versioned.status_code == plainly.status_code < 500
    content = plain(versioned.content)
    for secret in SECRETS if "q=secret" not in address else ():
        assert secret not in content, secret
    for number in (*PLACE, *OWN_PLACE):
        assert repr(number).encode() not in content
        assert _double(number) not in content
    untold = client.get(f"{PREFIX}{address}".format("untold"))
    absent = client.get(f"{PREFIX}{address}".format("absent"))
    assert untold.content.replace(b"untold", b"absent") == absent.content


@pytest.mark.slow
def test_where_only_counts_with_noise_are_shared_nothing_else_is_in_any_answer(
    city_of_people, tmp_path
):
    noise = {"do": "noisy-count", "level": 11, "area": [114.0, 30.3, 114.6, 30.9]}
    ruled = {"id": "p", "title": {"zh": "规则", "en": "A rule"}, "dataset": "people"}
    treatment = {"space": {**noise, "epsilon": 0.5, "budget": 0.5}}
    with city_of_people(tmp_path) as platform:
        stated = Policy.model_validate({**ruled, "treatment": treatment})
        platform.sharing.state(stated, STEWARD, "python")
        reader = client_of(platform, ANALYST)
        client = next(reader)
        for address in ADDRESSES:
            answer = client.get(address.format("people"))
            assert answer.status_code < 500, address
            content = plain(answer.content)
            for secret in SECRETS:
                assert secret not in content, (address, secret)
            for number in (*PLACE, *OWN_PLACE):
                assert repr(number).encode() not in content, address
                assert _double(number) not in content, address
        # All of it together was one release.
        since = datetime(2000, 1, 1, tzinfo=UTC)
        assert platform.sharing.releases.spent("organisation:health", "people", since) == 0.5
        reader.close()


@pytest.mark.parametrize(
    "address",
    ["/collections/people/items?limit=1000", "/datasets/people", "/datasets/people/versions",
     "/datasets/people/export?format=csv", "/datasets/people/export?format=geojson"],
)  # fmt: skip
def test_the_administrator_finds_the_secrets_there(administrator, address):
    content = administrator.get(address).content
    assert any(secret in content for secret in SECRETS)


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_nobody_may_know_of_is_as_if_it_were_not_there(client, address):
    untold, nothing = (client.get(address.format(name)) for name in ("untold", "absent"))
    assert untold.status_code == nothing.status_code
    assert untold.content.replace(b"untold", b"absent") == nothing.content
    assert {*untold.headers} == {*nothing.headers}


@pytest.mark.parametrize("sent", SENT)
def test_what_is_sent_about_it_is_answered_as_if_it_were_not_there(client, sent):
    method, address, body = SENT[sent]

    def send(name):
        text = None if body is None else json.dumps(body).replace("{}", name)
        headers = {"X-Chengmo-Request": "1", "Content-Type": "application/json"}
        return client.request(method, address.replace("{}", name), content=text, headers=headers)

    untold, nothing = send("untold"), send("absent")
    assert untold.status_code == nothing.status_code
    assert untold.content.replace(b"untold", b"absent") == nothing.content


@pytest.mark.parametrize("address", LISTS)
def test_no_list_tells_of_it(client, address):
    for way in ("", "f=html", "f=json"):
        joint = "&" if "?" in address else "?"
        answer = client.get(f"{address}{joint}{way}" if way else address)
        # What was asked for may be said again.
        content = answer.content.replace(b"q=secret", b"")
        for secret in (*SECRETS, b"untold"):
            assert secret not in content


def test_no_cache_hands_an_answer_to_somebody_else(client):
    headers = client.get("/collections/people/items").headers
    assert headers["Cache-Control"].startswith("private")
    for name in ("Authorization", "Cookie", "Chengmo-Purpose"):
        assert name in headers["Vary"]


def test_counts_are_of_what_is_seen(client):
    def count(query):
        return len(client.get(f"/collections/people/items?limit=1000{query}").json()["features"])

    assert count("") == 50
    assert count("&age=7") == 0
    # The cell of a place is not the place: asking around one place finds nobody, ever.
    assert count(f"&bbox={AROUND}") == count(f"&bbox={AROUND_OWN}") == 0
    ages = [each["properties"]["age"] for each in
            client.get("/collections/people/items?limit=1000").json()["features"]]  # fmt: skip
    assert {age % 10 for age in ages} == {0}


@pytest.mark.parametrize("path", ["items", "tiles/WebMercatorQuad/8/104/209"])
def test_what_a_browser_kept_of_another_reader_is_not_current(client, administrator, path):
    whole = administrator.get(f"/collections/people/{path}")
    kept = {"If-None-Match": whole.headers["etag"]}
    assert administrator.get(f"/collections/people/{path}", headers=kept).status_code == 304
    treated = client.get(f"/collections/people/{path}", headers=kept)
    assert treated.status_code == 200
    assert treated.headers["etag"] != whole.headers["etag"]


def test_cells_hold_no_fewer_than_the_minimum(client):
    features = client.get("/collections/people/items?limit=1000").json()["features"]
    places = sorted(tuple(each["geometry"]["coordinates"]) for each in features)
    assert min(len(list(group)) for _, group in itertools.groupby(places)) >= 4


def test_an_analyst_neither_restores_nor_imports(client):
    assert client.post("/datasets/people/restore", json={"version": 1}).status_code == 403
    file = {"file": ("a.csv", b"lon,lat\n114,30\n", "text/csv")}
    sent = client.post("/imports", files=file, headers={"X-Chengmo-Request": "1"})
    assert sent.status_code == 403
    for way in (client.get, client.delete):
        assert way("/imports/any", headers={"X-Chengmo-Request": "1"}).status_code == 403


# Everything that can be asked about an upload: none of it is anybody's but the uploader's.
UPLOADS = {
    "/imports/{id}": (("GET", None), ("PATCH", {"options": {}}), ("DELETE", None)),
    "/imports/{id}/commit": (("POST", {"metadata": {"id": "stolen"}}),),
}


def test_every_path_of_uploads_is_in_the_table(city):
    paths = {route.path for route in web.routes(city) if hasattr(route, "path")}
    assert {path for path in paths if path.startswith("/imports/")} == {*UPLOADS}


def test_an_upload_of_another_is_as_if_it_were_not_there(city):
    upload = Uploads(city.home / FOLDER, STEWARD).begin("residents.csv")
    upload.path.write_bytes(b"name,lon,lat\nsecret-1,114.3,30.5\n")
    other = Actor("zhou", frozenset({"steward"}), "health", "department")
    headers = {"X-Chengmo-Request": "1"}
    for client in client_of(city, other):
        for path, questions in UPLOADS.items():
            for method, body in questions:
                theirs, nobodys = (
                    client.request(method, path.replace("{id}", name), json=body, headers=headers)
                    for name in (upload.id, "0" * 32)
                )
                assert theirs.status_code == nobodys.status_code == 404
                assert theirs.content.replace(upload.id.encode(), b"0" * 32) == nobodys.content
    for client in client_of(city, STEWARD):
        assert client.delete(f"/imports/{upload.id}", headers=headers).status_code == 204


def test_an_assistant_asks_in_vain(city):
    async def ask(**question):
        return await read_rows(city, ANALYST, question)

    answers = [
        anyio.run(lambda: ask(dataset="people", limit=500, with_geometry=True)),
        anyio.run(lambda: list_resources(city, ANALYST)),
        anyio.run(lambda: read_resource(city, ANALYST, "chengmo://datasets/people")),
    ]
    for answer in answers:
        text = answer.model_dump_json().encode()
        for secret in (*SECRETS, b"untold"):
            assert secret not in text
    for question in (
        {"dataset": "people", "columns": ["name"]},
        {"dataset": "people", "where": [{"column": "name", "op": "like", "value": "secret%"}]},
        {"dataset": "untold"},
    ):
        with pytest.raises(ChengmoError):
            anyio.run(lambda question=question: ask(**question))
    with pytest.raises(UnknownDataset):
        anyio.run(lambda: read_resource(city, ANALYST, "chengmo://datasets/untold"))


@pytest.mark.slow
def test_an_assistant_asks_in_vain_in_sql_too(city):
    def ask(query):
        question = {"query": query, "purpose": "view"}
        # A browser of other tests may hold this thread's event loop.
        with ThreadPoolExecutor(1) as other:
            return other.submit(anyio.run, answer_sql, city, ANALYST, question).result()

    for query in (
        'SELECT * FROM "people"',
        "SELECT min(age), max(_west), any_value(_geometry) FROM people",
        'SELECT age, count(*) FROM "people" GROUP BY ALL',
    ):
        text = ask(query).model_dump_json().encode()
        for secret in (*SECRETS, b"untold"):
            assert secret not in text
        for number in (*PLACE, *OWN_PLACE):
            assert repr(number).encode() not in text
    told: list[str] = []
    for name in ("untold", "absent"):
        with pytest.raises(UnknownDataset) as error:
            ask(f'SELECT * FROM "{name}"')
        told.append(str(error.value).replace("untold", "absent"))
    assert told[0] == told[1]
    with pytest.raises(ChengmoError):
        ask("SELECT name FROM people WHERE name LIKE 'secret%'")


# What an assistant may call besides the models, each with the test above that asks it in vain.
TOOLS = {"read_rows", "ask_in_sql"}


def test_every_tool_that_reads_is_in_the_table(city):
    async def names():
        async with Client(make_server(city, ANALYST)) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    assert anyio.run(names) - city.models.keys() == TOOLS


@pytest.fixture(scope="module")
def assistant(city):
    """The analyst's assistant over streamable HTTP: `assistant(way, dataset)` is its answer."""
    application = make_server(city).streamable_http_app(
        streamable_http_path="/mcp", stateless_http=True
    )

    async def asked_by_actor(scope, receive, send):
        scope.setdefault("state", {})["actor"] = ANALYST
        await application(scope, receive, send)

    def answer(way, dataset, **headers):
        method, params = TOLD[way]
        params = json.loads(json.dumps(params).replace("DATASET", dataset))
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        accepted = {"Accept": "application/json, text/event-stream", **headers}
        return opened.post("/mcp", json=message, headers=accepted)

    with TestClient(Guard(asked_by_actor), base_url="http://127.0.0.1:8000") as opened:
        yield answer


@pytest.mark.parametrize("way", TOLD)
def test_what_was_taken_out_is_in_no_answer_to_an_assistant(assistant, way):
    answer = assistant(way, "people")
    assert answer.status_code == 200
    text = answer.text.encode()
    for secret in (*SECRETS, b"untold", *(repr(edge).encode() for edge in (*PLACE, *OWN_PLACE))):
        assert secret not in text
    untold, nothing = (assistant(way, name).text for name in ("untold", "absent"))
    assert untold.replace("untold", "absent") == nothing


def test_an_assistant_states_its_purpose_as_every_other_does(assistant, city):
    assert '"isError":false' in assistant("rows", "people").text
    stated = assistant("rows", "people", **{"Chengmo-Purpose": "No Word"}).text
    assert "states no purpose" in stated
    assert assistant("rows", "people", **{"Chengmo-Purpose": "flood-planning"}).status_code == 200
    assert city.audit.search(AuditQuery(text="flood-planning"))[0].access.via == "mcp"


def _double(number: float) -> bytes:
    return struct.pack("<d", number)
