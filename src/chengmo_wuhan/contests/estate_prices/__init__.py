"""Predict what homes cost at estates that nobody has seen; see `contest.json`."""
