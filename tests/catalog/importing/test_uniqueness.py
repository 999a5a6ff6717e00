import pytest


@pytest.mark.parametrize(
    ("header", "cells", "told"),
    [
        ("id,v", ["1,x", "2,x", "2,x", "1,x"], 2),
        ("编号,v", ["a,1", "b,1", "a,1"], 1),
        ("v,站点编码", ["1,a", "2,b"], 0),
        ("valid,v", ["1,2", "1,2"], 0),
    ],
)
def test_an_identifier_that_repeats_is_told(write, stage, header, cells, told):
    warnings = stage(write(header + "\n" + "\n".join(cells) + "\n")).staged.lineage.warnings
    found = [warning for warning in warnings if "identifier" in warning]
    assert len(found) == bool(told)
    assert all(f"repeats in {told} rows" in warning for warning in found)
