"""What digests find of what people wrote down of meetings, and whether their lines stand where they
say, beside the first lines of a meeting and those of TextRank (Mihalcea and Tarau, 2004).

    python -m tests.bench.digest --part unseen

QMSum has queries with answers and the turns that those rest on, VCSum (short) discussions with
their summary. `decided` are QMSum's queries for a decision, conclusion or agreement, `tasks` those
for a plan, step or task, `answers` the others. A reference is `found` where lines of the digest
that stand in its turns hold a fifth of the topic words of its answer; `words` is the mean share of
those words. A baseline shows as many letters as the digest does. The `seen` part, QMSum's val and
VCSum's dev, was at hand while the cues were written; `unseen`, their test sets, was not read.
A line's time is right where the turn, or the cues of the recording, at its seconds hold its words.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ingest.prepare import Order, prepare
from kb.catalog import Catalog
from kb.catalog.rows import Fingerprint
from kb.settings import Settings
from kb.text import terms
from retrieval.digest.digest import digest
from retrieval.digest.lines import lines_of
from retrieval.digest.parts import Line
from retrieval.digest.weights import line_terms
from tests.bench.data import need

_STEP = 10  # seconds from one turn of a meeting to the next
_ENOUGH = 0.2
_DECIDED = re.compile(r"\b(?:decid|decision|conclu|agree)", re.I)
_TASKS = re.compile(r"\b(?:plan|next step|task|action|assign)", re.I)
_SPEAKER = re.compile(r"^[^:：\n]{1,40}[:：][ ]?", re.M)
_CUE = re.compile(
    r"(?:(\d+):)?(\d+):(\d+)[.,](\d+) --> (?:(\d+):)?(\d+):(\d+)[.,](\d+)[^\n]*\n((?:[^\n]+\n?)*)"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What somebody wrote down of some turns of a meeting: its kind and text, the turns' numbers."""

    kind: str
    text: str
    turns: frozenset[int]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Turns as (speaker, text), and what was written down of them."""

    turns: tuple[tuple[str, str], ...]
    references: tuple[Reference, ...]


def qmsum(path: Path) -> Iterator[Meeting]:
    """The meetings of a part of QMSum."""
    for row in map(json.loads, path.read_text("utf-8").splitlines()):
        turns = tuple((turn["speaker"], turn["content"]) for turn in row["meeting_transcripts"])
        yield Meeting(turns, tuple(map(_reference, row["specific_query_list"])))


def _reference(query: dict[str, object]) -> Reference:
    asked = str(query["query"])
    kind = "decided" if _DECIDED.search(asked) else "tasks" if _TASKS.search(asked) else "answers"
    spans = [(int(first), int(last)) for first, last in query["relevant_text_span"]]  # type: ignore[attr-defined]
    turns = frozenset(number for first, last in spans for number in range(first, last + 1))
    return Reference(kind, str(query["answer"]), turns)


def vcsum(path: Path) -> Iterator[Meeting]:
    """The meetings of a part of VCSum, put together of their discussions."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    by_meeting = lambda row: row["id"].rpartition("_")[0]  # noqa: E731
    for _, discussions in groupby(rows, by_meeting):
        turns: list[tuple[str, str]] = []
        references = []
        for row in discussions:
            said = ["".join(sentence.strip() for sentence in turn) for turn in row["context"]]
            first = len(turns)
            turns += zip((f"甲{number}" for number in row["speaker"]), said, strict=True)
            numbers = frozenset(range(first, len(turns)))
            references.append(Reference("discussions", row["discussion"], numbers))
        yield Meeting(tuple(turns), tuple(references))


def textrank(bags: Sequence[frozenset[str]]) -> list[int]:
    """Line numbers, those first that share most words with lines that do."""
    words = {word: n for n, word in enumerate(sorted(set().union(*bags)))}
    has = np.zeros((len(bags), len(words)), np.float32)
    for number, bag in enumerate(bags):
        has[number, [words[word] for word in bag]] = 1
    logs = np.log1p(has.sum(1))
    likeness = (has @ has.T) / np.maximum(logs[:, None] + logs[None, :], 1e-9)
    np.fill_diagonal(likeness, 0)
    out = likeness / np.maximum(likeness.sum(1, keepdims=True), 1e-9)
    rank = np.full(len(bags), 1 / len(bags))
    for _ in range(50):
        rank = 0.15 / len(bags) + 0.85 * (out.T @ rank)
    return [int(number) for number in np.argsort(-rank, kind="stable")]


def of_length(lines: Sequence[Line], letters: int) -> list[Line]:
    """The first of these lines, in their order, that have so many letters together."""
    taken: list[Line] = []
    for line in lines:
        if letters <= 0:
            break
        taken.append(line)
        letters -= len(line.text)
    return taken


def shares(meeting: Meeting, lines: Sequence[Line]) -> Iterator[tuple[str, float]]:
    """The kind of each reference, and the share of its words in the lines of its turns."""
    for reference in meeting.references:
        own = set(terms(reference.text))
        stands = [line for line in lines if int(line.anchor.start // _STEP) in reference.turns]
        said = {word for line in stands for word in terms(line.text)}
        yield reference.kind, len(own & said) / len(own) if own else 0.0


class Bench:
    """Digests of meetings and recordings, counted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._catalog = Catalog(folder / "catalog.sqlite3")
        self.shares: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.right: dict[str, list[bool]] = defaultdict(list)

    def meeting(self, meeting: Meeting, name: str) -> None:
        """Count one meeting of a set."""
        path = self._folder / "meeting.vtt"
        path.write_text(_as_vtt(meeting), "utf-8")
        document, passages = self._stored(path)
        made = digest(document, passages)
        shown = list({line.number: line for line in made.lines()}.values())
        turns = ["".join(text.split()) for _, text in meeting.turns]
        self.right[name] += [
            "".join(line.text.split()) in turns[int(line.anchor.start // _STEP)] for line in shown
        ]
        lines = lines_of(document, passages)
        letters = sum(len(line.text) for line in shown)
        ranked = [lines[number] for number in textrank(line_terms(lines))]
        ways = {"digest": shown, "lead": of_length(lines, letters)}
        for way, taken in {**ways, "textrank": of_length(ranked, letters)}.items():
            for kind, share in shares(meeting, taken):
                self.shares[kind, way].append(share)

    def recording(self, path: Path, name: str) -> None:
        """Count whether the lines of a recording's digest stand in the cues at their seconds."""
        cues = list(_cues(path.read_text("utf-8-sig")))
        for line in digest(*self._stored(path)).lines():
            start, end = line.anchor.start, line.anchor.end
            said = "".join(text for first, last, text in cues if first < end and last > start)
            self.right[name].append("".join(line.text.split()) in said)

    def _stored(self, path: Path):  # type: ignore[no-untyped-def]
        order = Order(str(path), path.stat().st_size, path.name, "d_1", None, {}, Settings())
        for _, outcome in prepare(order):
            fingerprint = Fingerprint("d_1", order.size, 0, outcome.content, "")  # type: ignore[union-attr]
            self._catalog.replace(outcome.stored, fingerprint, outcome.sketches, "2026")  # type: ignore[union-attr]
        return self._catalog.document("d_1"), self._catalog.passages_of("d_1")


def _as_vtt(meeting: Meeting) -> str:
    """A recording in which turn n is said from second 10 n on."""
    cues = (
        f"{_clock(_STEP * number)} --> {_clock(_STEP * number + _STEP - 1)}\n<v {speaker}>{text}\n"
        for number, (speaker, text) in enumerate(meeting.turns)
        if text.strip()
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000"


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    """(start, end, words without space) of the cues of a VTT or SRT file."""
    for match in _CUE.finditer(text.replace("\r\n", "\n")):
        times = [float(part or 0) for part in match.groups()[:8]]
        start, end = (3600 * h + 60 * m + s + ms / 1000 for h, m, s, ms in (times[:4], times[4:]))
        said = _SPEAKER.sub("", match[9])  # some files name the speaker in every cue
        yield start, end, "".join(said.split())


def report(bench: Bench) -> None:
    """One line a kind and way."""
    for kind in ("decided", "tasks", "answers", "discussions"):
        for way in ("digest", "lead", "textrank"):
            if values := bench.shares[kind, way]:
                found = sum(share >= _ENOUGH for share in values) / len(values)
                print(
                    f"{kind:12} {way:9} n={len(values):4}  found {found:.2f}  words {np.mean(values):.3f}"
                )
    for name, right in bench.right.items():
        print(f"times right  {name:16} n={len(right):5}  {np.mean(right):.4f}")


def main() -> None:
    """Count a part and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["seen", "unseen"], default="seen")
    parser.add_argument("--most", type=int, default=1000, help="meetings of each set")
    arguments = parser.parse_args()
    names = {"seen": ("val", "dev"), "unseen": ("test", "test")}[arguments.part]
    english, chinese, recordings = need(
        f"meetings/qmsum/{names[0]}.jsonl", f"meetings/vcsum/short_{names[1]}.txt", "transcripts"
    )
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for meeting in list(qmsum(english))[: arguments.most]:
            bench.meeting(meeting, "QMSum")
        for meeting in list(vcsum(chinese))[: arguments.most]:
            bench.meeting(meeting, "VCSum")
        files = sorted(path for path in recordings.rglob("*") if path.suffix in (".vtt", ".srt"))
        for path in files[: arguments.most]:
            bench.recording(path, "recordings")
        report(bench)


if __name__ == "__main__":
    main()
