"""What is kept of what a process prints."""

from hypothesis import given
from hypothesis import strategies as st

from chengmo.compute.capture import Capture


@given(st.lists(st.binary(max_size=40)))
def test_the_beginning_and_the_end_are_kept(pieces):
    capture = Capture(head_bytes=16, tail_bytes=16)
    for piece in pieces:
        capture.feed(piece)
    whole = b"".join(pieces)
    if len(whole) <= 32:
        assert capture.text() == whole[:16].decode(errors="replace") + whole[16:].decode(
            errors="replace"
        )
    else:
        assert capture.text().startswith(whole[:16].decode(errors="replace"))
        assert capture.text().endswith(whole[-16:].decode(errors="replace"))
        assert f"... {len(whole) - 32} bytes not kept ..." in capture.text()


def test_nothing_printed_is_an_empty_text():
    assert Capture().text() == ""
