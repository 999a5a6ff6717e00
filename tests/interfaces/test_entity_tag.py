"""`If-None-Match` as RFC 9110 means it."""

import pytest
from starlette.requests import HTTPConnection

from chengmo.interfaces.entity_tag import is_held


def asked(*sent: str) -> HTTPConnection:
    headers = [(b"if-none-match", one.encode()) for one in sent]
    return HTTPConnection({"type": "http", "headers": headers})


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"'])
@pytest.mark.parametrize("sent", [['"1"'], ['W/"1"'], ["*"], ['"0", W/"1"'], ['"0"', '"1"']])
def test_a_tag_is_held_weak_or_strong_alone_or_among_others(tag: str, sent: list[str]):
    assert is_held(asked(*sent), tag)


@pytest.mark.parametrize("sent", [[], [""], ['"10"'], ["1"], ['"0", "*"'], ['W/"x1"']])
def test_another_tag_is_not_held(sent: list[str]):
    assert not is_held(asked(*sent), '"1"')
