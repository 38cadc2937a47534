"""The core of the knowledge base: types, errors, settings, text, catalog, projections, journal,
embedders, writers.
"""

from kb import telemetry

__version__ = "0.2.0"

telemetry.switch_off()
