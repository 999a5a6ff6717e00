"""The demo city: real data of Wuhan (武汉), each under its own licence; see `city.toml`."""

MANIFEST = "city.toml"
