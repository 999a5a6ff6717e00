"""A scenario package as a city would bring it, with everything that the page can show."""
