import pytest

from chengmo.identity import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.interfaces.web.uploads import Uploads, shown_name

STEWARD = Actor("wang", frozenset({"steward"}), "census", "department")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("places.csv", "places.csv"),
        ("养老 设施.GeoJSON", "养老 设施.GeoJSON"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x00\n\u202eb.csv", "ab.csv"),
        ("...", "file"),
        ("", "file"),
        ("x" * 5000 + ".csv.gz", "x" * 193 + ".csv.gz"),
    ],
)
def test_a_name_is_shown_without_its_folder_and_without_tricks(given, shown):
    assert shown_name(given) == shown


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.csv", "file.csv"),
        ("A.CSV.GZ", "file.csv.gz"),
        ("passwd", "file"),
        ("a.b c", "file"),
        ("a." + "x" * 50, "file"),
        ("数据.数据", "file"),
    ],
)
def test_the_bytes_lie_under_a_name_of_our_own(tmp_path, name, file):
    upload = Uploads(tmp_path, STEWARD).begin(name)
    assert upload.path == tmp_path / upload.id / file


@pytest.mark.parametrize("upload_id", ["", ".", "..", "/", "0" * 31, "0" * 33, "G" * 32, "A" * 32])
def test_what_is_no_id_is_never_looked_for(tmp_path, upload_id):
    (tmp_path / "about.json").write_text('{"name": "x"}')
    assert Uploads(tmp_path, STEWARD).find(upload_id) is None


def test_an_upload_is_found_again_with_what_was_said_of_it(tmp_path):
    uploads = Uploads(tmp_path, STEWARD)
    upload = uploads.begin("a.csv")
    upload.path.write_bytes(b"1")
    upload.remember({"crs": "GCJ-02"})
    found = uploads.find(upload.id)
    assert found == upload
    assert (found.options, found.became) == ({"crs": "GCJ-02"}, None)
    found.finish("care", 3)
    assert not upload.path.exists()
    assert uploads.find(upload.id).became == ("care", 3)


def test_a_discarded_upload_is_gone(tmp_path):
    uploads = Uploads(tmp_path, STEWARD)
    upload = uploads.begin("a.csv")
    uploads.discard(upload)
    assert uploads.find(upload.id) is None
    assert list(tmp_path.iterdir()) == []


def test_an_upload_is_its_uploaders_and_an_administrators(tmp_path):
    upload = Uploads(tmp_path, STEWARD).begin("a.csv")
    other = Actor("li", frozenset({"steward"}), "census", "department")
    for actor, found in (
        (STEWARD, upload), (LOCAL_ADMINISTRATOR, upload), (other, None), (ANONYMOUS, None),
    ):  # fmt: skip
        assert Uploads(tmp_path, actor).find(upload.id) == found


def test_an_upload_of_before_there_were_owners_is_the_administrators(tmp_path):
    upload = Uploads(tmp_path, STEWARD).begin("a.csv")
    (upload.folder / "about.json").write_text('{"name": "a.csv", "options": {}, "became": null}')
    assert Uploads(tmp_path, STEWARD).find(upload.id) is None
    assert Uploads(tmp_path, LOCAL_ADMINISTRATOR).find(upload.id).name == "a.csv"
