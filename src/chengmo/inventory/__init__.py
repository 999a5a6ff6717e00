"""What the city has: the record of every dataset, sensitive columns, quality, duties."""
