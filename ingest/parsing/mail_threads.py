"""Threads of mails in files of their own: which other mails each one answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.parsing.mail import Mail

MAIL = ".eml"
MAIL_START = 1_000_000  # bytes in which the texts of a mail stand, before its attachments
_MOST_EARLIER = 5  # mails that a reply is read with
_LONGEST_THREAD = 200


def _nowhere(message_id: str) -> tuple[str, Mail] | None:
    return None


class MailThreads:
    """Tells which mails one in a file of its own answers.

    `heads` are the headers of mails by the names of their files; `elsewhere` gives those of a mail
    with another id, where it is known.
    """

    def __init__(
        self,
        heads: Mapping[str, Mail],
        elsewhere: Callable[[str], tuple[str, Mail] | None] = _nowhere,
    ) -> None:
        self._ids: dict[str, str] = {}
        self._answered: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, str | None] = {}
        self._elsewhere = elsewhere
        for name, head in heads.items():
            self._add(name, head)

    def earlier(self, name: str) -> dict[str, str]:
        """The mails that a mail answers, directly or by way of others, the first of them first: the
        names of their files, each with its id. Of a long thread, the first and the last ones.
        """
        chain: list[str] = []
        nearest = self._nearest(name)
        while nearest and nearest != name and nearest not in chain:
            chain.append(nearest)
            nearest = self._nearest(nearest) if len(chain) < _LONGEST_THREAD else None
        chain.reverse()
        kept = (*chain[:1], *chain[1:][1 - _MOST_EARLIER :])
        return {each: self._ids[each] for each in kept}

    def _nearest(self, name: str) -> str | None:
        """The file of the mail that another one answers, or else of one before that."""
        named = (self._named(message_id) for message_id in self._answered.get(name, ()))
        return next(filter(None, named), None)

    def _named(self, message_id: str) -> str | None:
        if message_id not in self._names:
            self._names[message_id] = None
            if head := self._elsewhere(message_id):
                self._add(*head)
        return self._names[message_id]

    def _add(self, name: str, head: Mail) -> None:
        self._ids[name], self._answered[name] = head.id, head.answered
        if head.id and not self._names.get(head.id):
            self._names[head.id] = name
