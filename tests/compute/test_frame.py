"""Messages on a stream, however it is cut."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengmo.compute.frame import (
    LARGEST_BYTES,
    PROGRESS,
    RESULT,
    FrameParser,
    receive_frame,
    send_frame,
)
from chengmo.errors import ResourceExhausted


def stream_of(messages) -> bytes:
    return b"".join(kind + len(body).to_bytes(8, "big") + body for kind, body in messages)


@given(
    st.lists(st.tuples(st.sampled_from([PROGRESS, RESULT]), st.binary(max_size=50))),
    st.integers(1, 30),
)
def test_messages_are_the_same_however_the_stream_is_cut(messages, size):
    stream, parser, found = stream_of(messages), FrameParser(), []
    for start in range(0, len(stream), size):
        found += parser.feed(stream[start : start + size])
    assert found == messages


def test_a_message_sent_is_a_message_received():
    here, there = socket.socketpair()
    with here, there:
        send_frame(here, RESULT, b"content")
        send_frame(here, PROGRESS, b"")
        assert receive_frame(there) == (RESULT, b"content")
        assert receive_frame(there) == (PROGRESS, b"")


def test_a_stream_that_ends_inside_a_message_is_an_error():
    here, there = socket.socketpair()
    with there:
        here.sendall(RESULT + (10).to_bytes(8, "big") + b"half")
        here.close()
        with pytest.raises(EOFError):
            receive_frame(there)


def test_a_message_beyond_all_measure_is_refused_before_it_arrives():
    head = RESULT + (LARGEST_BYTES + 1).to_bytes(8, "big")
    with pytest.raises(ResourceExhausted):
        list(FrameParser().feed(head))
