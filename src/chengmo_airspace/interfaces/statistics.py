"""The city's statistics as a dataset: `POST /airspace/statistics/publish`.

The platform finds out who asks and lets nobody ask who may not import; what is read for it (areas,
residents) is read as that person may see it. What may be asked, `Wish` says.
"""

from collections.abc import Mapping
from typing import Any

from chengmo import Publication, Published
from chengmo_airspace.tracking import DataCentre
from chengmo_airspace.tracking.centre import now_us
from chengmo_airspace.tracking.publishing import Read, make_statistics, read_wish
from chengmo_airspace.tracking.replay import Replay

PATH = "/airspace/statistics/publish"


def publication(centre: DataCentre) -> Publication:
    """Return what makes statistics of the centre's log for the city's datasets."""
    replay = Replay(centre.log)

    def make(asked: Mapping[str, Any], read: Read) -> Published:
        return make_statistics(replay, read_wish(asked), read, now_us=now_us())

    return Publication(PATH, make)
