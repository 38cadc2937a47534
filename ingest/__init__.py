"""Ingesting: sources are walked, read, split into passages, and stored."""
