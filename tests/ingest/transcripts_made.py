"""Transcripts for the tests of their readers, and how what was heard is told."""

from __future__ import annotations


def heard(reading) -> list[tuple[float, float, str | None, str]]:
    return [(p.anchor.start, p.anchor.end, p.anchor.speaker, p.text) for p in reading.passages]


RECORDED = """\
00:02:12\tInes Example:\tgm\r
00:02:15\tInes Example:\tHere is the plan:\nhttps://example.org/plan\r
00:02:30\t苏禾 | 算账:\tReplying to "Here is the plan..."\n\n先算账\r
00:02:31\tJo:\tReacted to "gm" with 👍\r
00:02:32\tJo:\tReacted to "Here is\nthe ..." with ❤️\r
00:02:33\tJo:\tReacted to Here is the plan... with "👍"\r
00:02:34\tJo:\tHeeft gereageerd op "Here is the plan..." met 👍\r
00:02:35\tJo:\tRemoved a 👍 reaction from "gm"\r
00:03:00\t苏禾 | 算账:\tI reacted to the market with "calm"\r
"""


ENGLISH = {
    "Otter": "Ines Example  0:03  \nHello all.\n\nJo  1:02:03\nCount,\nthen sell.\n\nTranscribed by https://otter.ai\n",
    "Descript": "Ines Example (00:03):\nHello all.\n\nJo (1:02:03):\nCount,\nthen sell.\n",
    "Rev": "[00:00:03] Ines Example: Hello all.\n[01:02:03] Jo: Count,\nthen sell.\n",
    "Teams, spoken": "Ines Example 0 minutes 3 seconds\nHello all.\nJo 1 hour 2 minutes 3 seconds\nCount,\nthen sell.\n",
}


def labels(reading) -> list[tuple[str, str]]:
    return [(p.anchor.label, p.text) for p in reading.passages]
