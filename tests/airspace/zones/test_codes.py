"""The cells of a zone hold the zone, and cells a little off it do not belong to it."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from chengmo import InvalidRequest, sampled_surface
from chengmo.grid import encode_solid_codes
from chengmo_airspace.altitude import Altitudes, Height, Heights, Reference, egm96
from chengmo_airspace.volume import Circle
from chengmo_airspace.zones import Rule, Zone, ZoneLayer, zone_codes

TERRAIN = sampled_surface(
    "slope",
    [[20, 60], [30, 80]],
    box=(114.2, 30.4, 114.4, 30.6),
    crs="EPSG:4326",
    datum="sea level",
)
ALTITUDES = Altitudes(egm96(), TERRAIN)
CIRCLE = Circle(114.3, 30.5, 60)


@pytest.mark.slow
@pytest.mark.parametrize("reference", list(Reference))
def test_every_place_in_a_zone_lies_in_one_of_its_cells(reference):
    layer = ZoneLayer(CIRCLE, Height(40, reference), Height(70, reference))
    codes = zone_codes(Zone("A", Rule.PROHIBITED, (layer,)), level=7, altitudes=ALTITUDES)
    random = np.random.default_rng(2)
    turn, reach = random.uniform(0, 2 * np.pi, 200), 60 * np.sqrt(random.random(200)) * 0.999
    lon = 114.3 + reach * np.cos(turn) / (111_320 * np.cos(np.radians(30.5)))
    lat = 30.5 + reach * np.sin(turn) / 110_900
    inside = layer.covers(lon, lat)
    assert inside.sum() > 180
    heights = Heights(random.uniform(40, 70, 200), reference)
    ellipsoidal = ALTITUDES.convert(heights, lon, lat, to=Reference.ELLIPSOID).metres
    found = encode_solid_codes(lon[inside], lat[inside], ellipsoidal[inside], level=7)
    assert set(np.asarray(found, np.str_).tolist()) <= set(codes.tolist())
    below = encode_solid_codes(lon, lat, ellipsoidal - 45, level=7)
    assert not set(np.asarray(below, np.str_).tolist()) & set(codes.tolist())


@pytest.mark.slow
def test_what_a_zone_lacks_for_codes_is_named():
    box = shapely.box(114.3, 30.5, 114.3005, 30.5005)
    open_top = Zone("A", Rule.PROHIBITED, (ZoneLayer(box),))
    with pytest.raises(InvalidRequest, match="no upper limit"):
        zone_codes(open_top, level=7, altitudes=ALTITUDES)
    ceiling = Height(50, Reference.GROUND)
    assert len(zone_codes(open_top, level=7, altitudes=ALTITUDES, ceiling=ceiling))
    mixed = ZoneLayer(box, Height(5, Reference.GROUND), Height(50, Reference.SEA))
    with pytest.raises(InvalidRequest, match="no band"):
        zone_codes(replace(open_top, layers=(mixed,)), level=7, altitudes=ALTITUDES)
    sea = ZoneLayer(box, Height(5, Reference.SEA), Height(50, Reference.SEA))
    with pytest.raises(InvalidRequest, match="geoid"):
        zone_codes(replace(open_top, layers=(sea,)), level=7, altitudes=Altitudes())
