"""Privacy: what in a text is somebody's own (numbers, addresses, accounts, keys, names) is known by
its kind, and takes a pseudonym in its place before it is stored.
"""
