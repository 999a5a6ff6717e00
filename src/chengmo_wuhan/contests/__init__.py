"""Contests of the demo city: each a file, and baselines that run in the jail alone."""
