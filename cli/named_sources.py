"""The documents that a source's name on the command line means."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from kb.errors import KbError
from kb.types import FAQ_PREFIX, Document

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase


def named_sources(kb: KnowledgeBase, source: str) -> list[Document]:
    """The document of that name, or all of an archive, a folder or a pattern. Raises KbError."""
    from ingest.archives import is_archive

    whole = kb.catalog.documents_within(source) if is_archive(source) else []
    documents = whole or kb.catalog.documents_called(source) or _damaged(kb, source)
    if not documents:
        documents = whole = documents_below(kb, source)
    if len(documents) != 1 and not whole:
        names = ", ".join(document.source for document in documents[:5])
        raise KbError(
            f"{source} could be any of: {names}" if documents else f"no source is called {source}",
            "see: kb sources list",
        )
    entry_file = next(
        (document for document in documents if document.path.startswith(FAQ_PREFIX)), None
    )
    if entry_file:
        entry = entry_file.source.removeprefix("faq/")
        raise KbError(
            f"{entry_file.source} is a FAQ entry",
            f"remove it with: kb faq remove {entry}",
        )
    return documents


def documents_below(kb: KnowledgeBase, name: str) -> list[Document]:
    """The documents of a folder, by its source name or its path, or those that fit a pattern; FAQ
    entries are in no folder.
    """
    from fnmatch import fnmatchcase
    from os.path import abspath, join

    documents = [
        document for document in kb.catalog.documents() if not document.path.startswith(FAQ_PREFIX)
    ]
    if any(sign in name for sign in "*?["):
        return [document for document in documents if fnmatchcase(document.source, name)]
    folder, path = join(name, ""), join(abspath(name), "")
    return [
        document
        for document in documents
        if document.source.startswith(folder) or document.path.startswith(path)
    ]


def _damaged(kb: KnowledgeBase, source: str) -> list[Document]:
    """The document of that name of which the rest can't be read any more, if there is one."""
    from kb.catalog.inspection import Inspection

    with closing(Inspection(kb.home.catalog)) as inspection:
        ids = inspection.damaged_called(source)
    return [Document(name, source, "", "", "doc", "") for name in ids]
