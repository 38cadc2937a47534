"""What holds for every format alike: its sample is read by its reader, whole; its damaged sample
hurts nothing.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import SAMPLES, said

from ingest.parsed import File, Parsed, Unreadable
from ingest.readers import FORMATS, choose_format, load_reader
from ingest.split import split

COUNT = 24
KEPT = {name: sample.make(6) for name, sample in SAMPLES.items()}


def reading(name: str, data: bytes) -> Parsed:
    file = File(SAMPLES[name].name, data)
    return load_reader(choose_format(file, None)).read(file)


def letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def test_every_reader_has_a_sample():
    assert {sample.reader for sample in SAMPLES.values()} == {each.reader for each in FORMATS} - {
        "audio",
        "picture",
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_read_by_its_reader_and_nothing_is_lost(name):
    sample = SAMPLES[name]
    file = File(sample.name, sample.make(COUNT))
    chosen = choose_format(file, None)
    assert chosen.reader == sample.reader
    parsed = load_reader(chosen).read(file)
    pieces = list(split(parsed, 900))
    passages = letters("".join(parsed.text[piece.start : piece.end] for piece in pieces))
    wanted = (
        [text for text in said(COUNT * 3 // 2 + 2) if text.isascii()][:COUNT]
        if name == "pdf"
        else said(COUNT)
    )
    lost = [text for text in wanted if letters(text) not in passages]
    assert lost == []
    assert parsed.kind in chosen.kinds


@pytest.mark.parametrize("name", SAMPLES)
def test_blocks_are_in_order_and_within_the_text(name):
    parsed = reading(name, SAMPLES[name].make(COUNT))
    end = 0
    for block in parsed.blocks:
        assert end <= block.start < block.end <= len(parsed.text)
        end = block.end
        assert list(block.places) == sorted(block.places, key=lambda place: place[0])
        assert all(
            0 <= offset < block.end - block.start and first <= last
            for offset, first, last in block.places
        )
    groups = [block.group for block in parsed.blocks]
    assert all(a == b or b not in groups[: i + 1] for i, (a, b) in enumerate(pairwise(groups)))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_damaged_file_is_read_or_refused_in_words(name):
    """Bytes changed, cut out, doubled or put in, as by bad disks, broken transfers and people who
    mean harm.
    """
    sample = KEPT[name]

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def damaged(data):
        mutated = bytearray(sample)
        for _ in range(data.draw(st.integers(1, 6))):
            place = data.draw(st.integers(0, max(0, len(mutated) - 1)))
            length = data.draw(st.sampled_from([1, 1, 1, 2, 4, 30, 300, len(sample)]))
            match data.draw(st.sampled_from(["change", "cut", "double", "put", "end"])):
                case "change":
                    mutated[place : place + 1] = bytes([data.draw(st.integers(0, 255))])
                case "cut":
                    del mutated[place : place + length]
                case "double":
                    mutated[place:place] = mutated[place : place + length]
                case "put":
                    odd = [
                        b"\0",
                        b"\xff\xfe",
                        b"\x1b[31m",
                        b"<!--",
                        b"\"'{[(<",
                        b"\n\n",
                        b"-->",
                        "\u202e".encode(),
                        b"\xed\xa0\x80",
                        b"9" * 400,
                    ]
                    mutated[place:place] = data.draw(st.sampled_from(odd))
                case "end":
                    del mutated[place:]
        try:
            parsed = reading(name, bytes(mutated))
        except Unreadable:
            return
        for piece in split(parsed, 200):
            assert 0 <= piece.start <= piece.end <= len(parsed.text)
            assert piece.anchor.start <= piece.anchor.end

    damaged()
