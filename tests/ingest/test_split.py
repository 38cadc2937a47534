"""Passages: how large they get, what they never cross, and that nothing between them is lost."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest

from ingest.parsed import File
from ingest.readers import faq_markdown, faq_table, markdown, plain, subtitles
from ingest.split import split

LIMIT = 200
ENGLISH = (
    "Count the months of cash that are left. Then ask who pays, why they pay, and what they would lose without you! "
    "Is the price a tenth of that loss? Most founders guess, e.g. from a rival's page, and wait 3.5 years to find out. "
)
CHINESE = (
    "先算清楚账上还剩几个月的钱。再问是谁付钱，为什么付，没有你会损失多少！"
    "价格是不是损失的十分之一？多数创始人靠猜，一猜就是两年。"
)
UNPUNCTUATED = {
    "zh": "我们先把账上的钱算清楚再去问客户愿意付多少" * 120,
    "en": "we counted what was left and then we asked who would pay for it " * 60,
    "mixed": "我们用 spreadsheet 算账 then we ask 客户 " * 90,
}


def size(text: str) -> float:
    """Reading size: a Chinese character, or mark of the same width, counts as 2.5 letters."""
    return sum(2.5 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def in_plain_text(text: str):
    return plain.read(File("memo.txt", text.encode()))


def texts(parsed, limit: int = LIMIT) -> list[str]:
    return [parsed.text[piece.start : piece.end] for piece in split(parsed, limit)]


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


# --- sources of every kind ------------------------------------------------------------------------


def of_markdown():
    sections = "".join(f"## Step {n}\n\n{ENGLISH}\n\n- {CHINESE}\n- short\n\n" for n in range(3))
    return markdown.read(File("guide.md", f"# Guide\n\nShort start.\n\n{sections}".encode()))


def of_plain_text():
    return in_plain_text(f"{ENGLISH * 3}\n\n{CHINESE * 3}\n\nshort\n\nshorter\n")


def of_subtitles():
    cues = [
        ("Ines", ENGLISH),
        ("Ines", CHINESE),
        ("苏禾", "嗯。"),
        ("Ines", "So?"),
        ("苏禾", CHINESE * 2),
        ("苏禾", ENGLISH),
    ]
    blocks = [
        f"00:{n:02}:00.000 --> 00:{n:02}:59.000\n<v {who}>{said.strip()}\n\n"
        for n, (who, said) in enumerate(cues)
    ]
    return subtitles.read(File("talk.vtt", f"WEBVTT\n\n{''.join(blocks)}".encode()))


def of_table():
    rows = [
        ("What now?", ENGLISH * 8),
        ("怎么办？", CHINESE),
        ("Why?", "Because."),
        ("How?", "So."),
    ]
    return faq_table.read(
        File("faq.csv", ("question,answer\n" + "".join(f'{q},"{a}"\n' for q, a in rows)).encode())
    )


def of_faq():
    text = f"# What now?\n\n{ENGLISH * 8}\n\n# 怎么办？\n\n{CHINESE}\n\n# Why?\n\nBecause.\n"
    return faq_markdown.read(File("faq.md", text.encode()))


sources = pytest.mark.parametrize(
    "source", [of_markdown, of_plain_text, of_subtitles, of_table, of_faq]
)


@sources
def test_pieces_come_in_order_and_do_not_overlap(source):
    pieces = list(split(source(), LIMIT))
    assert all(piece.start < piece.end for piece in pieces)
    assert all(before.end <= after.start for before, after in pairwise(pieces))


@sources
def test_pieces_neither_begin_nor_end_with_space(source):
    assert all(text == text.strip() for text in texts(source()))


@sources
def test_every_word_of_every_block_is_in_a_piece(source):
    parsed = source()
    whole = "".join(parsed.text[block.start : block.end] for block in parsed.blocks)
    assert letters("".join(texts(parsed))) == letters(whole)


@sources
def test_no_piece_crosses_sections_turns_or_entries(source):
    parsed = source()
    for piece in split(parsed, LIMIT):
        touched = [
            block for block in parsed.blocks if block.start < piece.end and block.end > piece.start
        ]
        if piece.voices:  # a turn that goes on after an interjection
            touched = [block for block in touched if block.speaker == piece.anchor.speaker]
            assert {voice.speaker for voice in piece.voices} > {piece.anchor.speaker}
        assert len({block.group for block in touched}) == (len(touched) if piece.voices else 1)
        assert {(piece.headings, piece.anchor.speaker, piece.anchor.entry)} == {
            (
                block.headings,
                block.anchor and block.anchor.speaker,
                block.anchor and block.anchor.entry,
            )
            for block in touched
        }


@sources
def test_pieces_keep_to_the_size(source):
    parsed = source()
    whole_entries = (
        parsed.kind == "faq"
    )  # a question and its answer stay together up to six times as long
    assert max(map(size, texts(parsed))) <= LIMIT * (6 if whole_entries else 1)


def test_a_long_turn_goes_on_after_an_interjection_and_each_voice_is_known():
    whole, other = split(of_subtitles(), 5000)
    text = of_subtitles().text[whole.start : whole.end]
    assert (whole.anchor.speaker, other.anchor.speaker) == ("Ines", "苏禾")
    assert [(v.speaker, text[v.offset :].split("\n")[0]) for v in whole.voices[1:]] == [
        ("苏禾", "嗯。"),
        ("Ines", "So?"),
    ]
    assert other.voices == ()


def test_a_long_turn_comes_in_pieces_with_their_own_times():
    starts = [
        piece.anchor.start
        for piece in split(of_subtitles(), LIMIT)
        if piece.anchor.speaker == "Ines"
    ]
    assert starts == sorted(starts)
    assert {0, 60} <= set(starts)


def test_a_faq_entry_stays_whole_while_a_paragraph_of_its_size_would_not():
    answer = ENGLISH * 4
    assert (
        len(texts(faq_table.read(File("faq.csv", f'question,answer\nWhy?,"{answer}"\n'.encode()))))
        == 1
    )
    assert len(texts(in_plain_text(answer))) > 3


def test_an_endless_faq_entry_is_cut_and_each_piece_knows_its_question():
    pieces = list(split(of_table(), LIMIT))
    assert [piece.headings for piece in pieces].count(("What now?",)) == 2
    assert {piece.anchor.entry for piece in pieces if piece.headings == ("What now?",)} == {"1"}


def test_chinese_counts_two_and_a_half_letters():
    assert len(texts(in_plain_text("账" * 80))) == 1
    assert len(texts(in_plain_text("账" * 81))) == 2
    assert len(texts(in_plain_text("a" * 200))) == 1
    assert len(texts(in_plain_text("a" * 201))) == 2


def test_small_paragraphs_share_a_piece():
    assert texts(in_plain_text("One.\n\nTwo.\n\n三。")) == ["One.\n\nTwo.\n\n三。"]


def test_small_paragraphs_fill_a_piece_before_the_next_is_begun():
    found = texts(
        in_plain_text(
            "\n\n".join(f"Paragraph {n:02} has forty letters in all here." for n in range(40))
        )
    )
    assert all(size(text) > LIMIT * 0.7 for text in found[:-1])


@pytest.mark.parametrize("text", [ENGLISH * 19, CHINESE * 26], ids=["en", "zh"])
def test_a_long_paragraph_is_cut_between_sentences(text):
    assert all(each[-1] in ".!?。！？" for each in texts(in_plain_text(text), 900))


@pytest.mark.parametrize("text", [ENGLISH * 19, CHINESE * 26], ids=["en", "zh"])
def test_a_long_paragraph_is_cut_into_like_sizes(text):
    found = texts(in_plain_text(text), 900)
    assert len(found) > 4
    assert min(map(size, found)) > max(map(size, found)) / 2


def test_abbreviations_and_decimals_end_no_piece():
    for limit in range(60, 200, 7):
        assert not any(
            each.endswith(("e.g.", "3.")) for each in texts(in_plain_text(ENGLISH * 3), limit)
        )


@pytest.mark.parametrize("text", UNPUNCTUATED.values(), ids=UNPUNCTUATED)
def test_speech_without_punctuation_is_cut_to_size_and_nothing_lost(text):
    found = texts(in_plain_text(text))
    assert max(map(size, found)) <= LIMIT
    assert len(found) <= 2 * size(text) / LIMIT
    assert letters("".join(found)) == letters(text)


def test_english_without_punctuation_is_cut_between_words():
    text = UNPUNCTUATED["en"]
    assert " ".join(texts(in_plain_text(text))).split() == text.split()


def test_a_word_without_end_is_cut_to_size():
    found = texts(in_plain_text("x" * 5000))
    assert "".join(found) == "x" * 5000
    assert max(map(len, found)) <= LIMIT


@pytest.mark.parametrize(
    "cluster",
    [
        "e\u0301",
        "か\u3099",
        "✔\ufe0f",
        pytest.param(
            "👩\u200d💻",
        ),
    ],
    ids=["accent", "voicing", "variation", "joined"],
)
def test_a_character_keeps_its_marks(cluster):
    for limit in range(50, 60):
        found = texts(in_plain_text(cluster * 900), limit)
        assert "".join(found) == cluster * 900
        assert all(each == cluster * each.count(cluster) for each in found)


@pytest.mark.parametrize(
    "text",
    [f"{ENGLISH}\n\n{CHINESE}\n\n", ENGLISH, CHINESE, "x" * 700],
    ids=["paragraphs", "en", "zh", "word"],
)
def test_ten_times_the_text_gives_ten_times_the_pieces(text):
    few, many = len(texts(in_plain_text(text * 10))), len(texts(in_plain_text(text * 100)))
    assert few >= 10
    assert 9 * few <= many <= 11 * few
