"""The low-altitude airspace (低空): what may fly where, how high, when, and beside whom."""
