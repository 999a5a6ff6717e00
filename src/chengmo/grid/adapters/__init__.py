"""The grid's columns for other table libraries: Arrow, Polars, pandas. Import the one you use."""
