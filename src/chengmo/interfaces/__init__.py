"""The ways in: command line, OGC API and web page, each a thin face of the same platform."""
