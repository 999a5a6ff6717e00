"""Answers in fewer bytes: which, in what, and what is never compressed."""

import gzip

import brotli
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from chengmo.errors import InvalidRequest
from chengmo.interfaces.compression import Compression, accepted_coding, is_compressing

TEXT = "武汉 wuhan " * 500
JSON = "application/geo+json"
DECODED = {"br": brotli.decompress, "gzip": gzip.decompress}


def tagged(request):
    if request.headers.get("if-none-match") == '"v1"':
        return Response(status_code=304, headers={"ETag": '"v1"'})
    return Response(TEXT, media_type=JSON, headers={"ETag": '"v1"', "Vary": "Accept"})


def pieces(request):
    return StreamingResponse((TEXT.encode() for _ in range(3)), media_type=JSON)


def events(request):
    return StreamingResponse(iter([b"data: 1\n\n" * 500]), media_type="text/event-stream")


def secret(request):
    return Response(TEXT, media_type="application/json", headers={"Cache-Control": "no-store"})


@pytest.fixture
def client(tmp_path):
    (tmp_path / "app.js").write_text("let wuhan = 1;\n" * 20_000)
    application = Starlette(
        routes=[
            Route("/tagged", tagged),
            Route("/weak", lambda _: PlainTextResponse(TEXT, headers={"ETag": 'W/"v1"'})),
            Route("/pieces", pieces),
            Route("/events", events),
            Route("/secret", secret),
            Route("/small", lambda _: PlainTextResponse("small")),
            Route("/picture", lambda _: Response(TEXT, media_type="image/png")),
            Mount("/app", StaticFiles(directory=tmp_path)),
        ]
    )
    with TestClient(Compression(application, kept_under=("/app/",))) as opened:
        yield opened


def get(client, path, coding="gzip, br", **headers):
    """Return the answer and its body as it was sent."""
    with client.stream("GET", path, headers={"Accept-Encoding": coding, **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0.2, gzip;q=0.8", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", None),
        ("identity", None),
        ("", None),
        ("br;q=much", None),
    ],
)
def test_the_caller_chooses_the_coding(header, coding):
    assert accepted_coding(header) == coding


@pytest.mark.parametrize("coding", ["br", "gzip"])
@pytest.mark.parametrize("path", ["/tagged", "/weak", "/pieces"])
def test_a_text_is_sent_in_the_coding_that_was_asked_for(client, coding, path):
    plain, whole = get(client, path, "identity")
    answer, sent = get(client, path, coding)
    assert answer.headers["content-encoding"] == coding
    assert "content-encoding" not in plain.headers
    assert DECODED[coding](sent) == whole
    assert len(sent) < len(whole) / 5
    for each in (answer, plain):
        assert "Accept-Encoding" in each.headers["vary"]
    if path != "/pieces":
        assert int(answer.headers["content-length"]) == len(sent)


@pytest.mark.parametrize("path", ["/secret", "/events", "/small", "/picture"])
def test_what_is_secret_small_packed_or_a_stream_of_events_is_sent_as_it_is(client, path):
    answer, _ = get(client, path)
    assert "content-encoding" not in answer.headers


def test_each_coding_has_a_strong_tag_of_its_own(client):
    tags = {get(client, "/tagged", each)[0].headers["etag"] for each in ("br", "gzip", "identity")}
    assert tags == {'"v1"', '"v1-br"', '"v1-gzip"'}
    assert get(client, "/weak")[0].headers["etag"] == 'W/"v1"'


@pytest.mark.parametrize("tag", ['"v1"', '"v1-br"', '"v1-gzip"'])
def test_what_is_kept_in_any_coding_is_still_current(client, tag):
    answer, sent = get(client, "/tagged", **{"If-None-Match": tag})
    assert (answer.status_code, answer.headers["etag"], sent) == (304, tag, b"")
    other, _ = get(client, "/tagged", **{"If-None-Match": '"v0-br"'})
    assert other.status_code == 200


def test_a_file_of_the_page_is_compressed_once_and_whole(client):
    plain, whole = get(client, "/app/app.js", "identity")
    # A question for the head alone must not leave an empty file behind.
    assert client.head("/app/app.js", headers={"Accept-Encoding": "br"}).status_code == 200
    sent = [get(client, "/app/app.js") for _ in range(2)]
    for answer, body in sent:
        assert brotli.decompress(body) == whole
        assert answer.headers["etag"] == f'{plain.headers["etag"][:-1]}-br"'
    assert sent[0][1] == sent[1][1]


def test_a_part_of_a_file_is_sent_as_it_is(client):
    answer, sent = get(client, "/app/app.js", Range="bytes=0-9")
    assert (answer.status_code, sent) == (206, b"let wuhan ")
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("stated", "local", "is_on"),
    [("", False, True), ("", True, False), ("on", True, True), ("off", False, False)],
)
def test_it_is_on_where_others_may_ask_unless_stated(stated, local, is_on):
    assert is_compressing({"CHENGMO_COMPRESSION": stated}, local=local) is is_on


def test_a_setting_that_means_nothing_is_refused():
    with pytest.raises(InvalidRequest):
        is_compressing({"CHENGMO_COMPRESSION": "maybe"}, local=False)
