"""Whatever happens to a home while it is written: nothing acknowledged is lost. See `__main__`."""
