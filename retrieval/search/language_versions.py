"""Language versions: documents that are one page in several languages, recognised by their names,
and the places where they correspond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import PurePosixPath

from kb.text import language, simplified
from kb.types import Document, Passage

_CODE = (
    r"(?:(?:ar|cs|de|en|es|fa|fr|he|hi|id|it|ja|ko|nl|pl|pt|ru|sv|th|tr|uk|vi|zh)(?:[-_](?:hans|hant|[a-z]{2}))?"
    r"|cn|tw|hk|chs|cht|english|chinese|中文|英文|简体|繁體|繁体)"
)
_FOLDER = re.compile(_CODE, re.I)
_SUFFIX = re.compile(rf"(.+?)[._-]({_CODE})", re.I)
_SURE = 0.75  # cosine from which two passages of one page say the same wherever they stand
_SAMPLE = 400

Similarity = Callable[[str, str], float]


@lru_cache(maxsize=4096)  # each hit is held against each other one
def page_of(source: str) -> tuple[str, str]:
    """A document's page without its language, and the language: ('guide', 'zh') of guide.zh.md."""
    path = PurePosixPath(source)
    tags = [part.lower() for part in path.parts[:-1] if _FOLDER.fullmatch(part)]
    folders = [part for part in path.parts[:-1] if not _FOLDER.fullmatch(part)]
    stem = path.stem
    if suffix := _SUFFIX.fullmatch(stem):
        stem, tags = suffix[1], [*tags, suffix[2].lower()]
    return "/".join([*folders, stem]).lower(), "/".join(tags)


def are_versions(one: Document, other: Document) -> bool:
    """Whether two documents are, by their names, one page in two languages."""
    (name, tag), (other_name, other_tag) = page_of(one.source), page_of(other.source)
    return name == other_name and tag != other_tag


def script_of(text: str) -> str:
    """The language of a text, with `zh-hant` for Traditional Chinese."""
    lang = language(text)
    sample = text[:_SAMPLE]
    return "zh-hant" if lang == "zh" and _is_traditional(sample) else lang


def _is_traditional(text: str) -> bool:
    changed = sum(one != other for one, other in zip(text, simplified(text), strict=False))
    return changed * 20 >= len(text)


def are_at_same_place(
    one: Passage,
    its: Sequence[Passage],
    other: Passage,
    others: Sequence[Passage],
    similarity: Similarity | None,
) -> bool:
    """Whether two passages are at the same place of a page in two languages, given all passages of
    both versions.

    Where both have the same outline, sections in the same order correspond; else only the
    similarity of the passages decides.
    """
    if similarity is not None and similarity(one.id, other.id) >= _SURE:
        return True
    mine, theirs = _sections(its), _sections(others)
    if len(mine) != len(theirs) or [len(path) for path, _ in mine] != [
        len(path) for path, _ in theirs
    ]:
        return False
    (section, begins, ends), (same, begin, end) = _place(one, mine), _place(other, theirs)
    return section == same and begins < end and begin < ends


def _sections(passages: Sequence[Passage]) -> list[tuple[tuple[str, ...], list[Passage]]]:
    return [
        (path, list(group))
        for path, group in groupby(passages, key=lambda passage: passage.headings)
    ]


def _place(
    passage: Passage, sections: Sequence[tuple[tuple[str, ...], list[Passage]]]
) -> tuple[int, float, float]:
    """The section of a passage, and the shares of its length where it begins and ends."""
    for number, (_, group) in enumerate(sections):
        if group[0].ordinal <= passage.ordinal <= group[-1].ordinal:
            lengths = [len(each.text) for each in group]
            whole = sum(lengths)
            before = sum(lengths[: passage.ordinal - group[0].ordinal])
            return number, before / whole, (before + len(passage.text)) / whole
    return -1, 0.0, 0.0
