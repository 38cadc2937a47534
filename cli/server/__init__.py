"""The server: the same functions as the commands call, over HTTP and the Model Context Protocol.

`service` is what every door calls, in `workers`' threads; `gate` says who may; `app` puts the
routes together.
"""
