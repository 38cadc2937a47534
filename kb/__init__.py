"""The core of the knowledge base: types, errors, settings, text, catalog, projections, journal, embedders, writers."""

__version__ = "0.1.0"
