"""Every access, written where a change shows."""
