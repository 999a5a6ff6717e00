"""The catalogue as other catalogues read it: records, DCAT, harvests, lineage and packages."""
