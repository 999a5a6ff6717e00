"""Who asks: people, organisations, keys, sessions."""
