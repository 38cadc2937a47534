"""How many greetings and thanks that people really wrote are known, and how many real questions
and sentences are taken for one.

python -m tests.bench.courtesies
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retrieval.question.courtesy import courtesy
from tests.data_sets import FOLDERS, find

_CUE = re.compile(
    r"(?i)\b(?:thank|thanks|thx|hello|hi|hey|bye|gm|good morning)\b|谢|你好|您好|再见|早上好|晚上好"
)
_SHORT = 30  # characters of a message in a chat that may be no more than a courtesy


def questions(folder: Path) -> set[str]:
    """All questions in the JSON files below a folder."""
    texts: set[str] = set()
    for path in folder.rglob("*.json*"):
        content = path.read_text("utf-8", "replace")
        for part in content.splitlines() if path.suffix == ".jsonl" else [content]:
            try:
                texts.update(_questions_in(json.loads(part)))
            except ValueError:
                continue
    return texts


def _questions_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("question", "query") and isinstance(inner, str):
                yield inner
            else:
                yield from _questions_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _questions_in(inner)


def messages(folder: Path) -> set[str]:
    """What was written in the chats of Zoom meetings."""
    lines = (
        line for path in folder.rglob("chat.txt") for line in path.read_text("utf-8").split("\n")
    )
    return {line.rpartition("\t")[2].split(":", 1)[-1].strip() for line in lines}


def sentences(name: str) -> set[str]:
    """Both sides of a set of translated sentences."""
    path = find(name)
    if path is None:
        return set()
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        return {text for line in stream for text in line.rstrip("\n").split("\t")}


def main() -> None:
    """Print the figures, and the messages that they are about."""
    asked = {text for folder in FOLDERS if folder.exists() for text in questions(folder)}
    print(f"{len(asked):,} questions, taken for a courtesy: {sorted(filter(courtesy, asked))}")
    said = sentences("pairs/jiyu_zh_en.tsv.xz")
    print(f"{len(said):,} sentences, taken for a courtesy: {sorted(filter(courtesy, said))}")
    if chats := find("transcripts/forkcast_zoom"):
        written = messages(chats)
        print(f"{len(written):,} messages, known: {sorted(filter(courtesy, written))}")
        short = {text for text in written if len(text) <= _SHORT and _CUE.search(text)}
        print(f"with a cue, and not known: {sorted(text for text in short if not courtesy(text))}")


if __name__ == "__main__":
    main()
