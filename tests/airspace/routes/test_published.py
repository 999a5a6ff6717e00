"""All instances of the published voxel benchmark whose least costs are known."""

import numpy as np
import pytest
from tests.airspace.routes.published import FOLDER, read_instances, read_voxels, voxel_way


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the published maps are not there: {FOLDER}")
def test_the_least_costs_of_the_published_instances_are_met():
    prices, shape = read_voxels(FOLDER / "A1.3dmap")
    instances = read_instances(FOLDER / "A1.3dmap.3dscen")
    assert len(instances) == 409
    for ends, published in instances[::8]:
        way, cost, _ = voxel_way(prices, shape, ends)
        assert cost == pytest.approx(published, abs=1e-6)
        assert np.isfinite(prices[way]).all()
