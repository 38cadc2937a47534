"""Missing sources: documents whose files are gone, and which still answer questions.

A folder may have been renamed or deleted, or its disk may only be away: so they are told of, and
taken out when asked.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import PurePath

from kb.catalog import Catalog
from kb.types import Document

WAY_OUT = "kb sources remove --gone"
_NAMED = 3


def is_gone(path: str) -> bool:
    """Whether there is certainly no file at `path`: neither unreadable, nor behind a link whose
    disk may be away.
    """
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        missing = (
            above
            for above in (path, *map(str, PurePath(path).parents))
            if not os.path.exists(above)
        )
        return not any(map(os.path.islink, missing))
    except OSError:
        return False  # can't be told: never lose what may still be there


def missing_names(catalog: Catalog) -> list[str]:
    """The names of sources whose file is gone. A file within an archive is there as long as its
    archive is.

    FAQ entries and what connectors gave come from no file.
    """
    return sorted(name for name, path in catalog.sources().items() if _is_missing(path))


def missing_sources(catalog: Catalog) -> list[Document]:
    """The documents of `missing_names`, in that order."""
    names = set(missing_names(catalog))
    return (
        [document for document in catalog.documents() if document.source in names] if names else []
    )


def missing_notice(sources: Sequence[str]) -> str:
    """The notice about missing sources of these names, with the command that removes them; empty
    when there are none.
    """
    if not sources:
        return ""
    names = ", ".join(sources[:_NAMED]) + ", …" * (len(sources) > _NAMED)
    if len(sources) == 1:
        return f"the file of 1 source is gone, and it still answers: {names}; to take it out: {WAY_OUT}"
    return f"the files of {len(sources)} sources are gone, and they still answer: {names}; to take them out: {WAY_OUT}"


def _is_missing(path: str) -> bool:
    return (
        os.path.isabs(path)
        and is_gone(path)
        and not any(map(os.path.isfile, PurePath(path).parents))
    )
