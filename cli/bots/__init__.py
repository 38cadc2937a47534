"""Chat bots: one conversation for all platforms, and a thin adapter for each."""
