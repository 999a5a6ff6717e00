"""Paths, legs, ways round, load and fairness: numbers in, numbers out."""
