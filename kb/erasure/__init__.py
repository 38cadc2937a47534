"""Forgetting: taking sources, people and times out of a home for good, and keeping them out."""
