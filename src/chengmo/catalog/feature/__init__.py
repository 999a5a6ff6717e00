"""Rows as GeoJSON features, written by a compiled loop straight from the columns."""

from chengmo.catalog.feature.writing import encode_features, warm_up

__all__ = ["encode_features", "warm_up"]
