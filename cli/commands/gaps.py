"""`kb gaps`."""

import click


@click.command()
def command() -> int:
    """List what could not be answered, grouped by meaning."""
    return 0
