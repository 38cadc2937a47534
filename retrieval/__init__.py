"""Retrieval: questions become hits, hits become answers whose citations hold."""
