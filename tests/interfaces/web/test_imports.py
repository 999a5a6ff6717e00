import os
import time

import pytest

from chengmo.identity import LOCAL_ADMINISTRATOR
from chengmo.interfaces.web.imports import uploads_of


def test_a_dropped_file_is_understood_before_anything_is_kept(bring, platform):
    answer = bring()
    assert answer.status_code == 201
    upload = answer.json()
    assert upload["name"] == "places.csv"
    assert upload["suggested_id"] == "places"
    preview = upload["preview"]
    assert preview["format"] == "csv"
    assert [column["type"] for column in preview["columns"]][:2] == ["text", "text"]
    assert preview["geometry"] == {"kind": "lon-lat", "columns": ["经度", "纬度"]}
    assert [row["row_number"] for row in preview["quarantine"]] == [3]
    assert platform.catalog.datasets() == []


def test_chinese_of_an_old_program_is_read(bring):
    preview = bring("名称,经度,纬度\n江汉路,114.29,30.58\n".encode("gb18030")).json()["preview"]
    assert preview["encoding"] == "gb18030"
    assert preview["rows"][0][0] == "江汉路"


def test_what_a_person_knows_better_is_looked_at_and_remembered(client, bring):
    upload = bring().json()
    again = client.patch(f"/imports/{upload['id']}", json={"options": {"crs": "GCJ-02"}})
    assert again.status_code == 200
    assert again.json()["preview"]["crs"]["crs"] == "GCJ-02"
    assert client.get(f"/imports/{upload['id']}").json()["preview"] == again.json()["preview"]


def test_a_committed_file_is_a_dataset_with_its_name_and_what_was_refused(client, bring):
    upload = bring(name="养老 设施.csv").json()
    metadata = {"id": "care", "title": {"zh": "养老", "en": "Care"}, "steward": "民政局"}
    answer = client.post(f"/imports/{upload['id']}/commit", json={"metadata": metadata})
    assert answer.status_code == 201
    dataset = answer.json()
    assert (dataset["id"], dataset["version"], dataset["row_count"]) == ("care", 1, 2)
    assert dataset["lineage"]["source_name"] == "养老 设施.csv"
    assert dataset["lineage"]["rows_quarantined"] == 1


def test_pressing_commit_twice_makes_one_version(client, bring):
    upload = bring().json()
    body = {"metadata": {"id": "twice", "title": {"zh": "两次", "en": "Twice"}}}
    first = client.post(f"/imports/{upload['id']}/commit", json=body)
    second = client.post(f"/imports/{upload['id']}/commit", json=body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(client.get("/datasets/twice/versions").json()["versions"]) == 1
    assert client.get(f"/imports/{upload['id']}").status_code == 404


def test_a_new_file_of_a_known_dataset_keeps_what_was_stated_before(client, commit, bring):
    commit("kept", steward="民政局", licence="CC0-1.0")
    upload = bring("a,lon,lat\n1,114.3,30.6\n").json()
    answer = client.post(
        f"/imports/{upload['id']}/commit",
        json={"metadata": {"id": "kept", "title": {"zh": "新", "en": "New"}}},
    )
    dataset = answer.json()
    assert (dataset["version"], dataset["steward"], dataset["title"]["en"]) == (2, "民政局", "New")


def test_metadata_that_do_not_fit_name_the_field_and_keep_the_file(client, bring):
    upload = bring().json()
    body = {"metadata": {"id": "Bad Id", "title": {"zh": "坏", "en": "Bad"}}}
    answer = client.post(f"/imports/{upload['id']}/commit", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "metadata.id" in answer.json()["detail"]
    assert client.get(f"/imports/{upload['id']}").status_code == 200


def test_a_hostile_file_name_is_no_path(bring, platform):
    upload = bring(name="../../etc/cron.d/passwd.csv").json()
    folder = uploads_of(platform, LOCAL_ADMINISTRATOR).shelf / upload["id"]
    assert upload["name"] == "passwd.csv"
    assert {path.name for path in folder.iterdir()} == {"about.json", "file.csv"}


def test_a_file_nobody_can_read_is_a_problem_with_a_way_out_and_leaves_nothing(bring, platform):
    before = set(uploads_of(platform, LOCAL_ADMINISTRATOR).shelf.glob("*"))
    answer = bring(os.urandom(4000), name="picture.png")
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["hint"]
    assert set(uploads_of(platform, LOCAL_ADMINISTRATOR).shelf.glob("*")) == before


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"hello"),
        ("multipart/form-data", b"hello"),
        ("multipart/form-data; boundary=b", b"hello"),
        ("multipart/form-data; boundary=b", b""),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nlon\r\n',
        ),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"X" * 40_000),
        ("multipart/form-data; boundary=" + "b" * 400, b"--" + b"b" * 400),
    ],
)
def test_what_is_no_whole_form_is_refused_and_leaves_nothing(client, platform, content_type, body):
    shelf = uploads_of(platform, LOCAL_ADMINISTRATOR).shelf
    before = set(shelf.iterdir()) if shelf.is_dir() else set()
    answer = client.post("/imports", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert answer.json()["hint"]
    assert (set(shelf.iterdir()) if shelf.is_dir() else set()) == before


def test_two_files_in_one_form_are_refused(client):
    files = [("file", ("a.csv", b"lon,lat\n1,2\n")), ("file", ("b.csv", b"lon,lat\n1,2\n"))]
    answer = client.post("/imports", files=files)
    assert answer.status_code == 400
    assert "one" in answer.json()["detail"]


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(bring, platform):
    before = set(uploads_of(platform, LOCAL_ADMINISTRATOR).shelf.glob("*"))
    answer = bring(b"lon,lat\n" + b"114.3,30.6\n" * 30_000)
    assert answer.status_code == 413
    assert set(uploads_of(platform, LOCAL_ADMINISTRATOR).shelf.glob("*")) == before


def test_a_page_elsewhere_cannot_upload(client):
    headers = {"Origin": "https://elsewhere.example"}
    answer = client.post("/imports", files={"file": ("a.csv", b"a\n1\n")}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("upload_id", ["0" * 32, "..", "%2e%2e", "A" * 32, "0" * 31, "x"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_upload_is_not_found(client, upload_id, method):
    body = {"options": {}} if method == "PATCH" else None
    answer = client.request(method, f"/imports/{upload_id}", json=body)
    assert answer.status_code in {404, 405}


def test_options_that_make_no_sense_are_refused(client, bring):
    upload = bring().json()
    bodies = (b"no json", b"[]", b'{"options": 1}', b'{"options": {"lon": "a"}}')
    for body in (*bodies, b'{"options": {"nothing": 1}}', b'{"other": {}}', b"[" * 100_000):
        answer = client.patch(f"/imports/{upload['id']}", content=body)
        assert answer.status_code == 400, body
        assert answer.json()["hint"]


def test_a_file_thrown_away_is_gone(client, bring, platform):
    upload = bring().json()
    assert client.delete(f"/imports/{upload['id']}").status_code == 204
    assert not (uploads_of(platform, LOCAL_ADMINISTRATOR).shelf / upload["id"]).exists()


def test_what_nobody_came_back_for_goes_after_a_day(platform):
    uploads = uploads_of(platform, LOCAL_ADMINISTRATOR)
    old, young = uploads.begin("old.csv"), uploads.begin("young.csv")
    yesterday = time.time() - 25 * 3600
    for path in [*old.folder.iterdir(), old.folder]:
        os.utime(path, (yesterday, yesterday))
    uploads.begin("new.csv")
    assert uploads.find(old.id) is None
    assert uploads.find(young.id) is not None
