"""How well personal data are recognised, and how often what only looks like them is taken for them.

    python -m tests.bench.privacy --part unseen --seed 1

600 made data of twelve kinds and 600 look-alikes, Chinese and English in equal parts, each in a
context between two sentences of real documents. A datum is recalled where all of it is masked as
its kind; whatever else is masked counts against the precision of the kind that it is taken for.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kb.privacy.recognisers import KINDS
from kb.privacy.redactor import Masking, Redactor
from tests.bench.privacy_contexts import SEEN, SEEN_ALIKE, UNSEEN, UNSEEN_ALIKE
from tests.bench.privacy_look_alikes import LIKE
from tests.bench.privacy_values import NAMES, VALUES
from tests.data_sets import find

_EACH = 50  # data of a kind, and as many look-alikes
_DOCUMENTS = {"zh": "docs/dify_docs_zh_en/zh", "en": "docs/todogroup_guides"}
_SECRET = re.compile(r"(?:.*://\w+:|.*=)?([^@\s]+?)(?:@.*)?")


@dataclass(frozen=True, slots=True)
class Case:
    """A text with a datum, or with a look-alike, at text[start:end]."""

    kind: str
    lang: str
    is_datum: bool
    text: str
    start: int
    end: int


def redactor() -> Redactor:
    """One that masks every kind, and the made names."""
    return Redactor(Masking(frozenset(KINDS), b"k" * 32, NAMES))


def cases(part: str, seed: int) -> Iterator[Case]:
    """The data and look-alikes of a part, the same for the same seed."""
    draw = Random(f"{part} {seed}")
    data, alike = (SEEN, SEEN_ALIKE) if part == "seen" else (UNSEEN, UNSEEN_ALIKE)
    sentences = {lang: _sentences(lang) for lang in _DOCUMENTS}
    for is_datum, contexts, values in ((True, data, VALUES), (False, alike, LIKE)):
        for kind, made in values.items():
            for number in range(_EACH):
                lang = ("zh", "en")[number % 2]
                value = made(draw, lang)
                before, after = draw.sample(sentences[lang], 2)
                context, _, rest = draw.choice(contexts[lang][kind]).partition("{}")
                head = f"{before}\n{context}"
                core = _SECRET.fullmatch(value) if kind == "secret" and is_datum else None
                first, last = core.span(1) if core else (0, len(value))
                text = f"{head}{value}{rest}\n{after}"
                yield Case(kind, lang, is_datum, text, len(head) + first, len(head) + last)


def _sentences(lang: str) -> list[str]:
    """Lines of real documents that say something, without addresses of their own."""
    folder = find(_DOCUMENTS[lang])
    if folder is None:
        raise SystemExit(f"{_DOCUMENTS[lang]} is not there, see tests/data_sets.py")
    lines = (
        line.strip()
        for path in sorted(Path(folder).rglob("*.md*"))
        for line in path.read_text("utf-8").split("\n")
    )
    return sorted({line for line in lines if 20 < len(line) < 200 and "@" not in line})


@dataclass
class Figures:
    """What was counted of a kind."""

    recalled: int = 0
    data: int = 0
    right: int = 0
    wrong: int = 0


def measured(made: list[Case], misses: bool = False) -> dict[str, Figures]:
    """The figures by kind."""
    figures = {kind: Figures() for kind in VALUES}
    masks = redactor()
    for case in made:
        spans = masks.spans(case.text)
        inside = [
            span
            for span in spans
            if case.is_datum and span.start < case.end and case.start < span.end
        ]
        covered = {n for span in inside for n in range(span.start, span.end)}
        bare = [
            n for n in range(case.start, case.end) if case.text[n].isalnum() and n not in covered
        ]
        recalled = not bare and any(span.kind == case.kind for span in inside)
        if case.is_datum:
            figures[case.kind].data += 1
            figures[case.kind].recalled += recalled
        for span in spans:
            right = span in inside and span.kind == case.kind
            figures[span.kind].right += right
            figures[span.kind].wrong += not right
            if misses and not right:
                print(
                    f"wrong   {span.kind:9}{case.text[max(0, span.start - 25) : span.start]!r} >>{case.text[span.start : span.end]}<< {case.text[span.end : span.end + 15]!r}"
                )
        if misses and case.is_datum and not recalled:
            print(
                f"missed  {case.kind:9}{case.text[max(0, case.start - 25) : case.start]!r} >>{case.text[case.start : case.end]}<< {case.text[case.end : case.end + 15]!r}"
            )
    return figures


def main() -> None:
    """Print the table of a part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=["seen", "unseen"], default="seen")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--misses", action="store_true", help="show what is missed and what is masked wrongly"
    )
    options = parser.parse_args()
    made = list(cases(options.part, options.seed))
    figures = measured(made, options.misses)
    kinds = Counter(case.is_datum for case in made)
    print(
        f"{kinds[True]} data, {kinds[False]} look-alikes, part {options.part}, seed {options.seed}"
    )
    print("| kind | recall | precision |\n|---|---|---|")
    for kind, of in figures.items():
        precision = of.right / (of.right + of.wrong) if of.right + of.wrong else 0.0
        print(f"| {kind} | {of.recalled / of.data:.2f} | {precision:.2f} |")


if __name__ == "__main__":
    main()
