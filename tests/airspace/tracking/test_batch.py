"""Messages that cannot be are left out, each with its reason; heights become ellipsoidal."""

import numpy as np
import pytest
from tests.airspace.tracking.scene import Sky, say

from chengmo_airspace.tracking.batch import NO_HEIGHT


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (say(aircraft=None), "no name"),
        (say(aircraft=""), "no name"),
        (say(aircraft="a" * 65), "no name"),
        (say(aircraft="a\nb"), "no name"),
        (say(time=None), "no time"),
        (say(6), "ahead"),
        (say(-601), "too old"),
        (say(lon=None), "place"),
        (say(lon=180.1), "place"),
        (say(lat=-85.1), "place"),
        (say(reference=None), "reference"),
        (say(reference="MSL"), "reference"),
        (say(height=100_001), "reference"),
        (say(speed=-1), "cannot be"),
        (say(speed=1001), "cannot be"),
        (say(course=361), "cannot be"),
        (say(climb=-1001), "cannot be"),
        (say(intent="one"), "UUID"),
    ],
)
def test_a_message_that_cannot_be_is_left_out_with_its_reason(message, reason):
    batch = Sky().batch(say(0), message, say(1))
    assert len(batch) == 2
    assert [refusal.row for refusal in batch.refused] == [1]
    assert reason in batch.refused[0].reason


def test_heights_above_the_sea_become_ellipsoidal_and_those_above_an_unknown_ground_stay_unknown():
    batch = Sky().batch(
        say(0, reference="AMSL"), say(1, reference="AGL"), say(2, height=None), say(3)
    )
    sea, ground, none, ellipsoid = batch.above.tolist()
    assert 60_000 < sea < 70_000  # the geoid lies about 15 m below the ellipsoid here
    assert (ground, none, ellipsoid) == (NO_HEIGHT, NO_HEIGHT, 80_000)
    assert batch.heights.tolist() == [80_000, 80_000, NO_HEIGHT, 80_000]


def test_places_are_rounded_once_to_the_lattice():
    batch = Sky().batch(say(lon=114.1234567891, lat=-30.5))
    assert batch.places.tolist() == [[114_123_456_789, -30_500_000_000]]
    assert np.isnan(batch.motion).all()


def test_names_of_intents_are_in_small_letters():
    assert Sky().batch(say(intent="2F8343BE-6482-4D1B-A474-16847E01AF1E")).intents[0].islower()
