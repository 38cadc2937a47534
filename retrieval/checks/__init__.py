"""Checks: whether the hits that a sentence cites support it."""
