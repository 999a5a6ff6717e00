"""The compliance report of one dataset: who saw what, under which rule."""
