"""The coordinate systems features are given in, and the order of their axes.

Data lie in CGCS2000 (EPSG:4490), longitude before latitude. WGS 84 is taken for the same: the two
differ by centimetres, less than the accuracy of any city dataset. So what differs between the
three systems here is only the order: CRS84 has longitude first, the EPSG ones latitude.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG_4326 = "http://www.opengis.net/def/crs/EPSG/0/4326"
EPSG_4490 = "http://www.opengis.net/def/crs/EPSG/0/4490"


@dataclass(frozen=True)
class AxisOrder:
    """How a coordinate system writes a position."""

    latitude_first: bool


SYSTEMS: Mapping[str, AxisOrder] = MappingProxyType(
    {
        CRS84: AxisOrder(latitude_first=False),
        EPSG_4326: AxisOrder(latitude_first=True),
        EPSG_4490: AxisOrder(latitude_first=True),
    }
)
STORAGE_CRS = EPSG_4490


def plain_uri(name: str) -> str:
    """Return the name of a coordinate system as it stands in `SYSTEMS`, if it is another one.

    OGC API - DGGS writes them with https, and takes safe CURIEs: `[OGC:CRS84]`, `[EPSG:4490]`.
    """
    curies = {"[OGC:CRS84]": CRS84, "[EPSG:4326]": EPSG_4326, "[EPSG:4490]": EPSG_4490}
    uri = (
        "http" + name.removeprefix("https") if name.startswith("https://www.opengis.net/") else name
    )
    return curies.get(uri, uri)
