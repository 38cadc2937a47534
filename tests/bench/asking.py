"""How well asking is told from saying without question marks, on 300 turns labelled by hand.

    python -m tests.bench.asking

The turns are of VCSum's and QMSum's test sets, of Founders Talk and of Zoom's chats; of each the end
is looked at. `asking_labels.txt` holds the hash of each with its label, and no word of theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

from kb.asking import asks
from kb.text import language
from tests.bench.data import need
from tests.bench.replies import zoom

LABELS = Path(__file__).with_name("asking_labels.txt")
_MARKS = re.compile("[?？]")
_TAIL = 75
_LAST_STOP = re.compile(r"[。.!！…;；]+\Z")
_ALL_STOPS = re.compile(r"[。.!！…;；]+(?=\s|\Z|[一-鿿])")


def main() -> None:
    need("meetings/vcsum", "meetings/qmsum", "transcripts/changelog", "transcripts/forkcast_zoom")
    labels = dict(line.split() for line in LABELS.read_text("utf-8").splitlines())
    found = {key: tail for tail in map(without_marks, turns()) if (key := hashed(tail)) in labels}
    print(f"{len(found)} of {len(labels)} labelled turns are there")
    ways: dict[str, Callable[[str], str]] = {
        "no question marks": lambda tail: tail,
        "nor a full stop at the end": lambda tail: _LAST_STOP.sub("", tail).strip(),
        "nor any full stop": lambda tail: _ALL_STOPS.sub("  ", tail).strip(),
    }
    for name, change in ways.items():
        for lang in ("zh", "en"):
            its = [key for key, tail in found.items() if (language(tail) == "zh") == (lang == "zh")]
            said = {key for key in its if asks(change(found[key]))}
            wanted = {key for key in its if labels[key] == "asks"}
            right = len(said & wanted)
            print(
                f"{name:28} {lang}  precision {right / len(said):.3f}  recall {right / len(wanted):.3f}"
                f"  F1 {2 * right / (len(said) + len(wanted)):.3f}  ({len(wanted)} of {len(its)} ask)"
            )


def without_marks(turn: str) -> str:
    """The end of a turn on one line, without question marks."""
    return _MARKS.sub(" ", turn).replace("\n", " ")[-_TAIL:].strip()


def hashed(tail: str) -> str:
    """The name of a turn in the file of labels."""
    return blake2b(tail.encode(), digest_size=6).hexdigest()


def turns() -> Iterator[str]:
    """All turns of those data sets."""
    chinese, english, talks = need("meetings/vcsum", "meetings/qmsum", "transcripts/changelog")
    for line in (chinese / "short_test.txt").read_text("utf-8").splitlines():
        yield from ("".join(turn) for turn in json.loads(line)["context"])
    for line in (english / "test.jsonl").read_text("utf-8").splitlines():
        for turn in json.loads(line)["meeting_transcripts"]:
            yield re.sub(r"\{[^}]*\}", "", turn["content"]).strip()
    for path in sorted(talks.rglob("*.md")):
        for match in re.finditer(r"\*\*[^*]+:\*\*(.*)", path.read_text("utf-8")):
            yield match[1].strip()
    for chat in zoom():
        yield from (message.text for message in chat.messages)


if __name__ == "__main__":
    main()
