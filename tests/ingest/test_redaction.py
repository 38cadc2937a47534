"""What is masked while a source is read, and that every place in it stays as true as before."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ingest.parsed import Block, Parsed
from ingest.redaction import redacted
from ingest.split import split
from kb.privacy.redactor import Masking, Redactor
from kb.tables import Header, Record
from kb.types import Anchor

PHONE, MAIL = "13800138000", "lin@example.org"
REDACTOR = Redactor(Masking(frozenset({"phone", "email", "name"}), b"k" * 32, (("Lin Example",),)))


def mask(text):
    return REDACTOR.text(text)


def test_lines_stay_where_they_are():
    text = (
        f"First line.\n\nCall {PHONE} or {MAIL} today.\n\nThe fourth paragraph has Lin Example.\n"
    )
    starts = (0, text.index("Call"), text.index("The fourth"))
    ends = [
        text.index("\n\n", start) if "\n\n" in text[start:] else len(text) - 1 for start in starts
    ]
    blocks = [Block(a, b, n) for n, (a, b) in enumerate(zip(starts, ends, strict=True))]
    masked = redacted(Parsed(text, tuple(blocks), "doc"), REDACTOR)
    pieces = list(split(masked, 900))
    assert [piece.anchor.label for piece in pieces] == ["L1", "L3", "L5"]
    texts = [masked.text[piece.start : piece.end] for piece in pieces]
    assert texts[1] == f"Call {mask(PHONE)} or {mask(MAIL)} today."
    assert texts[2] == f"The fourth paragraph has {mask('Lin Example')}."


def test_each_second_is_still_that_of_its_words():
    cues = [f"Hello there {PHONE}", "and now the second cue", f"write {MAIL}", "and the last one"]
    text = " ".join(cues)
    offsets = [text.index(cue) for cue in cues]
    places = tuple((offset, float(n), n + 1.0) for n, offset in enumerate(offsets))
    block = Block(0, len(text), 1, anchor=Anchor("time", 0, 4, "Lin Example"), places=places)
    masked = redacted(Parsed(text, (block,), "transcript"), REDACTOR)
    (block,) = masked.blocks
    assert block.anchor.speaker == mask("Lin Example")
    starts = [offset for offset, _, _ in block.places]
    parts = [masked.text[a:b].strip() for a, b in pairwise([*starts, len(masked.text)])]
    assert parts == [mask(cue) for cue in cues]
    assert [place[1:] for place in block.places] == [place[1:] for place in places]


def test_cells_headings_contexts_and_metadata_are_masked_as_the_text_is():
    header = Header(f"Call {PHONE}", ("Name", "Phone"))
    text = f"Name: Lin Example · Phone: {PHONE}"
    block = Block(
        0, len(text), 1, (f"Desk {MAIL}",), Anchor("lines", 3, 3, unit="row"),
        meta={"author": ["Lin Example"], "message-id": f"<{MAIL}>"}, context=f"asked by {MAIL}",
        record=Record(header, ("Lin Example", PHONE)),
    )  # fmt: skip
    parsed = Parsed(text, (block, replace(block)), "doc", f"Title {PHONE}", "en", {"from": MAIL})
    masked = redacted(parsed, REDACTOR)
    first, second = masked.blocks
    assert masked.text == f"Name: {mask('Lin Example')} · Phone: {mask(PHONE)}"
    assert first.record.cells == (mask("Lin Example"), mask(PHONE))
    assert first.record.header is second.record.header
    assert first.record.header.caption == f"Call {mask(PHONE)}"
    assert first.headings == (f"Desk {mask(MAIL)}",)
    assert first.context == f"asked by {mask(MAIL)}"
    # What names a message looks like an address, and answers are found by it.
    assert first.meta == {"author": [mask("Lin Example")], "message-id": f"<{MAIL}>"}
    assert (masked.title, masked.meta) == (f"Title {mask(PHONE)}", {"from": mask(MAIL)})


def test_a_number_across_two_blocks_is_masked_in_both():
    text = "Call +86 138 0013 8000 now"
    middle = text.index("0013")
    blocks = (Block(0, middle, 1), Block(middle, len(text), 2))
    masked = redacted(Parsed(text, blocks, "doc"), REDACTOR)
    assert not any(digits in masked.text for digits in ("138", "0013", "8000"))
    assert "Call" in masked.text[masked.blocks[0].start : masked.blocks[0].end]
    assert masked.text[masked.blocks[1].start : masked.blocks[1].end].endswith("now")


@pytest.mark.parametrize("text", ["", "Nothing personal in 2026.", "第一轮融资 1,000 万元"])
def test_what_holds_nothing_stays(text):
    parsed = Parsed(text, (Block(0, len(text), 1, ("Heading",)),), "doc", "Title")
    assert redacted(parsed, REDACTOR) == parsed
