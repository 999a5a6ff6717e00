"""The log: what was written is there; what was written by half is cut off."""

import shutil

import pytest

from chengmo import PlatformError
from chengmo_airspace.tracking.frame import ALERTS, MESSAGES, NAMES, write_frame
from chengmo_airspace.tracking.segments import SegmentLog

FRAMES = [
    write_frame(kind, payload * 9, count=n, at_us=10 + n, span_us=(n, n + 5))
    for n, (kind, payload) in enumerate([(NAMES, b"[]"), (MESSAGES, b"ab"), (ALERTS, b"xyz")])
]


def filled(folder, **more):
    log = SegmentLog(folder, **more)
    log.begin(FRAMES[:1])
    for frame in FRAMES[1:]:
        log.append([frame])
    return log


def test_what_was_written_is_read_after_opening_again(tmp_path):
    filled(tmp_path).close()
    log = SegmentLog(tmp_path)
    entries = log.entries(1)
    assert entries["kind"].tolist() == [NAMES, MESSAGES, ALERTS]
    assert entries["first"].tolist() == [0, 1, 2]
    assert [log.read(1, int(offset)) for offset in entries["offset"]] == [
        b"[]" * 9, b"ab" * 9, b"xyz" * 9,
    ]  # fmt: skip
    log.close()


def test_a_tail_cut_anywhere_leaves_the_whole_frames_and_is_written_on(tmp_path):
    log = filled(tmp_path / "whole")
    ends = [*log.entries(1)["offset"].tolist()[1:], log._size]
    log.close()
    whole = (tmp_path / "whole" / f"{1:012d}.track").read_bytes()
    assert len(whole) == ends[-1]
    for length in range(ends[0], len(whole)):
        folder = tmp_path / "cut"
        folder.mkdir()
        (folder / f"{1:012d}.track").write_bytes(whole[:length])
        log = SegmentLog(folder)
        assert len(log.entries(1)) == sum(end <= length for end in ends)
        log.append([FRAMES[1]])
        assert log.read(1, int(log.entries(1)["offset"][-1])) == b"ab" * 9
        log.close()
        shutil.rmtree(folder)


def test_what_is_damaged_is_said_to_be(tmp_path):
    log = filled(tmp_path)
    path, offset = tmp_path / f"{1:012d}.track", int(log.entries(1)["offset"][1])
    whole = bytearray(path.read_bytes())
    for at in (offset, offset + 5, offset + 30, offset + 50):
        whole[at] ^= 1
        path.write_bytes(whole)
        if at != offset + 5:  # bytes without meaning are not looked at
            with pytest.raises(PlatformError, match="damaged"):
                log.read(1, offset)
        whole[at] ^= 1
    log.close()


def test_a_second_writer_is_refused(tmp_path):
    log = filled(tmp_path)
    with pytest.raises(PlatformError, match="another process"):
        SegmentLog(tmp_path)
    log.close()
    SegmentLog(tmp_path).close()


def test_segments_follow_one_another_and_the_oldest_can_go(tmp_path):
    log = filled(tmp_path, segment_bytes=10)
    assert log.is_full
    log.begin(FRAMES[:1])
    log.append([FRAMES[1]])
    log.close()
    for path in tmp_path.glob("*.index"):
        path.rename(path.with_suffix(".kept"))
    log = SegmentLog(tmp_path)
    assert log.numbers == [1, 2]
    assert log.entries(1)["kind"].tolist() == [NAMES, MESSAGES, ALERTS]
    log.drop_before(12)
    assert log.numbers == [1, 2]
    log.drop_before(13)
    assert log.numbers == [2]
    assert not list(tmp_path.glob("*1.track"))
    log.close()


def test_a_segment_that_was_begun_and_has_no_name_yet_is_none(tmp_path):
    (tmp_path / f"{1:012d}.new").write_bytes(b"half")
    log = SegmentLog(tmp_path)
    assert log.numbers == []
    assert not list(tmp_path.glob("*.new"))
    log.close()


def test_a_file_that_is_no_segment_is_refused(tmp_path):
    (tmp_path / f"{1:012d}.track").write_bytes(b"something else altogether")
    with pytest.raises(PlatformError, match="no segment"):
        SegmentLog(tmp_path)
