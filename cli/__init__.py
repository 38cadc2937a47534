"""The command line: thin commands, rendering, the one error handler."""
