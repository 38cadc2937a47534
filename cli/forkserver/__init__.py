"""Commands in forks of one process that has imported the program and loaded its models, so that
they start in a tenth of the time.

`kb serve` starts that process, the fork server of its home (`listener.py`). `kb ask` and `kb
search` send it their command line, environment and open streams over a Unix socket (`caller.py`),
and a fork runs the same code as they would (`fork.py`). Only on Linux: elsewhere a process whose
libraries have threads of their own can't be forked safely.
"""

SOCKET = "serve.sock"
"""The fork server's socket, in its home."""
