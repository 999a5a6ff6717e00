"""Link relations that more than one part of the API uses."""

GRIDS = "https://www.opengis.net/def/rel/ogc/1.0/dggrs-list"
DATASET = "https://www.opengis.net/def/rel/ogc/1.0/dataset"
GEODATA = "https://www.opengis.net/def/rel/ogc/1.0/geodata"
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
# RFC 5829.
HISTORY, LATEST = "version-history", "latest-version"
PROVENANCE = "http://www.w3.org/ns/prov#has_provenance"
