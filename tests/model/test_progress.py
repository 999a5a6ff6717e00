"""A model says where it stands, and does not know who listens."""

import pytest

from chengmo.model import report_progress
from chengmo.model.progress import listening


def test_outside_a_run_nobody_listens():
    report_progress("solving", 0.5)


def test_a_listener_hears_what_is_reported_inside_its_block():
    heard = []
    with listening(lambda stage, share: heard.append((stage, share))):
        report_progress("reading", 0.0)
        report_progress("solving", 0.5)
    report_progress("late", 1.0)
    assert heard == [("reading", 0.0), ("solving", 0.5)]


@pytest.mark.parametrize(("said", "heard"), [(-1.0, 0.0), (2.0, 1.0), (float("nan"), 0.0)])
def test_a_share_stays_between_nothing_and_all(said, heard):
    shares = []
    with listening(lambda _, share: shares.append(share)):
        report_progress("solving", said)
    assert shares == [heard]


def test_an_error_ends_the_listening():
    def fail():
        with listening(lambda *_: None):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    report_progress("after", 0.5)
