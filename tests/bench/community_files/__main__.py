"""How well the questions of two invented communities are answered from the files that they export.

    python -m tests.bench.community_files [--kind KIND] [--half even|odd] [--list-all] [--never-refuse]
                                           [--json FILE]

A Chinese and an English community, each with handbooks, tables, chats, minutes, mails, talks and
posters of its own and a knowledge base of its own, are asked what founders ask, in other words than
the files'. No model server, default settings. How answers are graded: `grading.py`.

The even half of the questions, by a hash of their ids, is for developing: its failures are listed.
Of the odd half only figures are shown, unless `--list-all` is given, so that nothing is fitted on
it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from kb.settings import Settings
from tests.bench.community_files.grading import questions
from tests.bench.community_files.outcome_table import (
    as_json,
    by_kind,
    confidences,
    failures,
    shares,
)
from tests.bench.community_files.run import graded


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.community_files",
        description="Asks two invented communities' files what founders ask.",
    )
    parser.add_argument("--kind", help="only questions of this kind")
    parser.add_argument("--half", choices=("even", "odd"), help="only this half of the questions")
    parser.add_argument("--list-all", action="store_true", help="list the odd half's failures too")
    parser.add_argument("--never-refuse", action="store_true", help="whatever the confidence")
    parser.add_argument("--json", type=Path, help="write each answer into this file, a line each")
    given = parser.parse_args()
    chosen = [
        asked
        for asked in questions()
        if given.kind in (None, asked.kind) and given.half in (None, asked.half)
    ]
    if not chosen:
        parser.error(f"no question is of the kind {given.kind}")
    began = perf_counter()
    settings = replace(Settings(), min_confidence=0.0) if given.never_refuse else Settings()
    answers = list(graded(chosen, settings))
    listed = [answer for answer in answers if given.list_all or answer.asked.half == "even"]
    print("\n".join(by_kind(answers)))
    for half in ("even", "odd"):
        if of_half := [answer for answer in answers if answer.asked.half == half]:
            print("", f"{half} half", *shares(of_half), confidences(of_half), sep="\n")
    print("", *failures(listed), f"({perf_counter() - began:.0f} s)", sep="\n")
    if given.json:
        rows = [as_json(answer, with_texts=answer in listed) for answer in answers]
        lines = [f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows]
        given.json.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
