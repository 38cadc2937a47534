"""Benchmarks, run from the repository's root as `python -m tests.bench.NAME`: cold, ingest, retrieval."""
