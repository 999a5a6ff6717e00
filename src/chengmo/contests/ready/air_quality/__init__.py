"""Forecast the fine particles of a city three days ahead; see `recipe.json`."""
