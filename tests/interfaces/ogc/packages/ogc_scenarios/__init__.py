"""Two small vertical models, as a city's own package would bring them."""
