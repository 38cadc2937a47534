"""Text in whatever encoding: real files, and short pieces of real text, which are the hard ones."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.parsed import Unreadable
from ingest.parsing.decode import decode

# Folders of encoded files, by what their files are in.
FOLDERS = {
    "Big5": "big5hkscs",
    "CP932": "cp932",
    "SHIFT_JIS": "cp932",
    "GB2312": "gb18030",
    "KOI8-R": "koi8-r",
    "UTF-16": "utf-16",
    "UTF-16BE": "utf-16-be",
    "UTF-16LE": "utf-16-le",
    "UTF-32": "utf-32",
    "UTF-32BE": "utf-32-be",
    "UTF-32LE": "utf-32-le",
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "windows-1252": "cp1252",
}
SHORT = {
    "gb18030": [
        "融资",
        "你好",
        "答案",
        "A轮融资",
        "如何找到第一批用户？",
        "Q: 怎么定价\nA: 先算账",
        "客户留存率低怎么办",
    ],
    "big5": [
        "你好",
        "怎麼定價？先算帳。",
        "客戶留存率低怎麼辦",
        "創辦人股權如何分配",
        "什麼是估值上限？",
    ],
    "cp932": ["こんにちは", "スタートアップの資金調達", "株式会社の設立について"],
    "euc_jp": ["こんにちは", "スタートアップの資金調達", "株式会社の設立について"],
    "cp1252": [
        "Café déjà vu",
        "naïve “quotes” here",
        "Ärger über Öl",
        "10 £ — half",
        "it’s what we’ve said",
        "l’été",
        "one—two",
        "“Why?” he said",
    ],
    "koi8_r": [
        "Мы искали первых пользователей среди знакомых, потом среди их знакомых, и каждый раз спрашивали о цене."
    ],
}


def with_line_feeds(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(("folder", "encoding"), FOLDERS.items())
def test_real_files(shared, folder, encoding):
    wrong = []
    for path in sorted((shared / f"nasty/chardet/tests/{folder}").iterdir()):
        wanted = with_line_feeds(path.read_bytes().decode(encoding, "replace"))
        found = decode(path.read_bytes())
        same = sum(a == b for a, b in zip(found, wanted, strict=False))
        if same < 0.99 * max(len(wanted), len(found)):
            wrong.append(path.name)
    assert wrong == []


@pytest.mark.parametrize(
    ("encoding", "text"), [(each, text) for each, texts in SHORT.items() for text in texts]
)
def test_short_texts(encoding, text):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("folder", "encoding"), [("zh-hans", "gb18030"), ("zh-hant", "big5")])
@pytest.mark.parametrize(("length", "least"), [(6, 0.98), (20, 0.99)])
def test_pieces_of_real_text(shared, folder, encoding, length, least):
    text = "".join(
        path.read_text("utf-8") for path in sorted((shared / "docs").rglob(f"{folder}/*.md"))
    )
    text = text.encode(encoding, "ignore").decode(encoding)
    pick = random.Random(3)
    starts = [pick.randrange(len(text) - length) for _ in range(3000)]
    pieces = [text[start : start + length].strip() for start in starts]
    pieces = [piece for piece in pieces if sum("一" <= char <= "鿿" for char in piece) > 3]
    assert len(pieces) > 500
    right = sum(decode(piece.encode(encoding)) == with_line_feeds(piece) for piece in pieces)
    assert right >= least * len(pieces)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text",
    ["Count the months.\nThen count the weeks.", "先算账，再定价。\n客户能省多少钱？\n先问清楚。"],
)
def test_wide_text_without_a_mark(encoding, text):
    assert decode(text.encode(encoding)) == text


def test_what_a_page_declares_counts_where_it_can_be_true():
    page = '<html><head><meta charset="{}"></head><body>{}</body></html>'
    russian = page.format("koi8-r", "Привет")
    assert decode(russian.encode("koi8-r")) == russian
    chinese = page.format("gb2312", "股權與镕基")  # beyond GB2312 itself
    assert decode(chinese.encode("gb18030")) == chinese
    lie = page.format("no-such-thing", "先算账，再定价。")
    assert decode(lie.encode("gb18030")) == lie
    assert "先算账" in decode(page.format("big5", "先算账，再定价。").encode("utf-8"))


def test_a_few_broken_bytes_do_not_make_a_text_unreadable():
    text = "先算账，再定价。" * 20
    assert decode(b"\xff" + text.encode()) == "\ufffd" + text
    assert decode("Broken \ufffd before.".encode()) == "Broken \ufffd before."
    cut = text.encode("gb18030")[:-1]
    assert decode(cut).startswith(text[:-1])


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 500,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4,
        bytes(range(1, 32)) * 30,
        b"MZ\x90\0\3" + b"\0" * 200,
    ],
)
def test_what_is_no_text_is_refused(data):
    with pytest.raises(Unreadable, match=r"binary|encoding"):
        decode(data)


def test_random_bytes_never_raise_anything_else():
    pick = random.Random(5)
    for _ in range(500):
        data = pick.randbytes(pick.randrange(1, 200))
        with suppress(Unreadable):
            assert isinstance(decode(data), str)


def test_our_own_corpora_in_other_encodings():
    for path in sorted((Path(__file__).parents[2] / "corpora").rglob("*.md")):
        text = with_line_feeds(path.read_text("utf-8"))
        for encoding in ("gb18030", "utf-16", "utf-32-be"):
            assert decode(text.encode(encoding)) == text
