"""Facts: what a text says in figures, units, dates, names, denials and tables."""
