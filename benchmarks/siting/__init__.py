"""Siting: published optima, all Wuhan, and spopt side by side."""
