"""Why a file can't be read: known failures of readers, which skip the file."""


class Unreadable(Exception):
    """A file that can't be read, with the reason that the user sees."""


class Unopenable(Unreadable):
    """A file that can't be read for now: nothing about what is in it."""
