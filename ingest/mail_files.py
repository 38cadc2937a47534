"""Mails in files of their own: those among the files of an ingest, and those ingested before."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from ingest.archives import archive_of
from ingest.parsed import open_file
from ingest.parsing.mail_threads import MAIL, MailThreads
from ingest.sources import Source
from kb.catalog import Catalog
from kb.types import Skip

if TYPE_CHECKING:
    from ingest.parsing.mail import Mail


def mail_threads(
    items: Iterable[Source | Skip], catalog: Catalog, leaving: Collection[str]
) -> MailThreads:
    """The threads of the mails among the files of an ingest, each by the path where its bytes are,
    with mails that were ingested before; files that are `leaving` are in none.
    """
    files = (item for item in items if isinstance(item, Source) and item.data is None)
    heads = {file.location: _head(file.location) for file in files if is_mail(file)}

    def ingested(message_id: str) -> tuple[str, Mail] | None:
        paths = catalog.paths_with("message-id", message_id)
        here = (path for path in paths if path not in leaving and archive_of(path) is None)
        return next(((path, head) for path in here if (head := _head(path))), None)

    return MailThreads({path: head for path, head in heads.items() if head}, ingested)


def is_mail(source: Source) -> bool:
    """Whether a source is a mail in a file of its own."""
    return source.path.lower().endswith(MAIL)


def _head(path: str) -> Mail | None:
    """The headers of the mail in a file; None where that can't be opened."""
    from ingest.parsing.mail import LONGEST_HEAD, head_of

    try:
        with open_file(path) as stream:
            return head_of(stream.read(LONGEST_HEAD))
    except OSError:
        return None
