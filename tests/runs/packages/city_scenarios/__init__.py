"""Scenarios that the tests run."""
