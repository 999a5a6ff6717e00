"""Questions in SQL: read and checked here, answered in a jailed process over granted files only."""
