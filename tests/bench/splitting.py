"""How passages are best cut, and what context is worth: BM25 alone, over real recordings and texts
joined to long ones.

    python -m tests.bench.splitting

Summaries of calls (`tldr.json` beside a recording, each line with its time) are questions whose
passage is the one said at that time, among all transcripts: they were written by others than those
who speak, so a question that is indexed as context can't find itself. SQuAD and CMRC paragraphs are
joined to documents of several, and the passage wanted is the one that holds the answer. `fits` is
the share found within so many characters of the best passages: larger ones must not win by being
larger.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

from ingest import talk
from ingest.parsed import File, Parsed, Unreadable
from ingest.readers import choose_format, load_reader, plain
from ingest.split import Piece, split
from kb.catalog.rows import Entry
from kb.index_words import index_words
from kb.projections import lexical
from kb.text import terms
from tests.bench.data import CMRC, SQUAD, need, squad_like

SIZES = (400, 600, 900, 1200, 1500)
WEIGHTS = (0.0, 0.25, 0.5, 0.75)
DEEPEST = 40

Sources = list[tuple[str, str, Parsed]]  # name, title, what was read
Wanted = Callable[[str, Piece], bool]


def main() -> None:
    need(CMRC, SQUAD, "transcripts/forkcast_zoom")
    sources, asked = list(recordings()), list(summaries())
    print(f"summaries of calls: {len(asked)} questions")
    for letters in (0, 40, 80):
        with patch.object(talk, "_INTERJECTION", letters):
            measure(f"interjections up to {letters}", sources, asked, 900, 4500)
    for size in SIZES:
        measure(f"{size} letters", sources, asked, size, 4500)
    for weight in WEIGHTS:
        with patch.dict(lexical.BOOSTS, {"context": weight}):
            measure(f"context weighs {weight}", sources, asked, 900, 4500)
    for name, path, room in (("SQuAD", SQUAD, 4500), ("CMRC", CMRC, 2000)):
        joined, about = long_texts(path)
        print(f"{name}: {len(about)} questions")
        for size in SIZES:
            measure(f"{size} letters", joined, about, size, room)


def measure(
    name: str, sources: Sources, asked: Sequence[tuple[str, Wanted]], size: int, room: int
) -> None:
    """Print one row: recall, and the share found within `room` characters."""
    pieces = [
        (source, title, parsed, piece)
        for source, title, parsed in sources
        for piece in split(parsed, size)
    ]
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        index = lexical.Lexical(Path(folder) / "lexical")
        index.apply(
            [_entry(n, title, parsed, piece) for n, (_, title, parsed, piece) in enumerate(pieces)],
            [],
        )
        ranks, fits = [], 0
        for text, wanted in asked:
            found = [pieces[int(pid)] for pid, _ in index.search(terms(text), DEEPEST)]
            rank = next(
                (n for n, (source, _, _, piece) in enumerate(found, 1) if wanted(source, piece)), 0
            )
            ranks.append(rank)
            fits += rank > 0 and sum(piece.end - piece.start for *_, piece in found[:rank]) <= room
        index.close()
    shares = "  ".join(
        f"@{k} {sum(0 < rank <= k for rank in ranks) / len(ranks):.3f}" for k in (1, 5, 10)
    )
    print(
        f"  {name:26} {len(pieces):6} passages  {shares}  fits {fits / len(ranks):.3f}", flush=True
    )


def _entry(number: int, title: str, parsed: Parsed, piece: Piece) -> Entry:
    import numpy as np

    cut = index_words(title, piece.headings, parsed.text[piece.start : piece.end], piece.context)
    return Entry(str(number), cut, np.zeros(1, np.float32))


def recordings() -> Iterator[tuple[str, str, Parsed]]:
    """All transcripts; of a call in two versions the corrected one."""
    (folder,) = need("transcripts")
    for path in sorted(folder.rglob("*")):
        corrected = path.with_name("transcript_corrected.vtt")
        if path.suffix not in (".md", ".vtt", ".txt", ".json") or (
            path.name == "transcript.vtt" and corrected.exists()
        ):
            continue
        file = File(path.name, path=str(path))
        try:
            parsed = load_reader(choose_format(file, None)).read(file)
        except Unreadable:
            continue
        yield (
            path.parent.as_posix() if path.suffix == ".vtt" else path.as_posix(),
            parsed.title or path.stem,
            parsed,
        )


def summaries() -> Iterator[tuple[str, Wanted]]:
    """(what is said, whether a passage is where it is said) for each line of the summaries."""
    (folder,) = need("transcripts/forkcast_zoom")
    for path in sorted(folder.rglob("tldr.json")):
        told = json.loads(path.read_text("utf-8"))
        lines = [line for lines in told["highlights"].values() for line in lines]
        lines += [
            line for key in ("action_items", "decisions", "targets") for line in told.get(key, [])
        ]
        for line in lines:
            text = next(
                (
                    line[key]
                    for key in ("highlight", "action", "decision", "target")
                    if line.get(key)
                ),
                None,
            )
            if text and line.get("timestamp"):
                hours, minutes, seconds = map(int, line["timestamp"].split(":"))
                yield text, _said_at(path.parent.as_posix(), hours * 3600 + minutes * 60 + seconds)


def _said_at(source: str, second: float) -> Wanted:
    return lambda name, piece: (
        name == source and piece.anchor.start <= second + 30 and piece.anchor.end >= second - 5
    )


def long_texts(name: str) -> tuple[Sources, list[tuple[str, Wanted]]]:
    """A data set with ten articles of one paragraph, or one of several, as a document; and 1,000 of
    its questions.
    """
    (path,) = need(name)
    data = squad_like(path)
    several = 1 if any(len(paragraphs) > 1 for _, paragraphs in data.articles) else 10
    texts: list[str] = []
    begins: dict[tuple[int, int], int] = {}
    for article, (_, paragraphs) in enumerate(data.articles):
        if article % several == 0:
            texts.append("")
        for number, paragraph in enumerate(paragraphs):
            begins[article, number] = len(texts[-1])
            texts[-1] += paragraph + "\n\n"
    sources = [
        (str(n), "", plain.read(File("a.txt", text.encode()))) for n, text in enumerate(texts)
    ]
    asked = []
    for each in data.sample(1000, 0):
        start = texts[each.article // several].find(
            each.golds[0], begins[each.article, each.paragraph]
        )
        asked.append(
            (each.text, _holding(str(each.article // several), start, start + len(each.golds[0])))
        )
    return sources, asked


def _holding(source: str, start: int, end: int) -> Wanted:
    return lambda name, piece: name == source and piece.start <= start and end <= piece.end


if __name__ == "__main__":
    main()
