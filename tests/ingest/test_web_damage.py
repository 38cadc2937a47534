"""Damaged pages, books and messages."""

from __future__ import annotations

from contextlib import suppress

import pytest
from web_made import ARTICLE, CHINESE, FAQ, book, message

from ingest.parsed import Unreadable


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", ARTICLE.encode()),
        ("faq.html", FAQ.encode()),
        ("a.epub", book()),
        ("a.eml", bytes(message(CHINESE))),
    ],
)
def test_cut_short_anywhere_a_file_is_read_or_refused(read, name, content):
    for length in range(0, len(content), max(1, len(content) // 40)):
        with suppress(Unreadable):
            read(name, content[:length])
