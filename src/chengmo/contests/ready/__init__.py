"""Contests that are ready to be held: made of a file of measurements that a city brings."""
