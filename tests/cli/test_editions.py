"""Editions of one document: the latest is quoted, unless another one's year is asked about."""

from __future__ import annotations

import pytest

FEE = "# {}\n\n{}\n"
TIERS = (
    "# 会员手册（{}版）\n\n## 会籍与费用\n\n| 会员档 | 年费 | {} |\n|---|---|---|\n"
    "| 萌芽档 | {} | {} |\n| 生长档 | {} | {} |\n"
)


@pytest.mark.parametrize(
    ("sources", "question", "stands"),
    [
        (
            {
                "a.md": FEE.format("会员手册 第一版", "成长档会员的年费为 3000 元。"),
                "b.md": FEE.format("会员手册 第二版", "成长档会员的年费为 3600 元。"),
            },
            "成长档会员的年费是多少",
            "3600",
        ),
        (
            {
                "handbook-v1.md": FEE.format("Handbook", "The annual fee of full members is 80 euros."),
                "handbook-v2.md": FEE.format("Handbook", "The annual fee of full members is 95 euros."),
            },
            "what is the annual fee of full members",
            "95",
        ),
        (
            {
                "x.md": FEE.format("Rates", "Effective from 1 March 2026.\n\nA desk costs 210 euros a month."),
                "y.md": FEE.format("Rates", "Effective from 1 August 2026.\n\nA desk costs 240 euros a month."),
            },
            "how much does a desk cost a month",
            "240",
        ),
        (
            {
                "价目表2025.md": FEE.format("价目表", "会议室每小时 120 元。"),
                "价目表2026.md": FEE.format("价目表", "会议室每小时 150 元。"),
            },
            "2025年会议室每小时多少钱",
            "120",
        ),
        (
            {
                "手册2025.md": TIERS.format(2025, "会议室", "580 元", "2 小时", "1,980 元", "8 小时"),
                "手册2026.md": TIERS.format(
                    2026, "会议室（每月）与导师时段", "680 元", "2 小时，1 次", "2,480 元", "10 小时，3 次"
                ),
            },
            "年费多少",
            "680",
        ),
    ],
)  # fmt: skip
def test_the_edition_that_stands_is_quoted(kb, folder, sources, question, stands):
    for name, text in sources.items():
        (folder / name).write_text(text, "utf-8")
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--format", "json", "--no-log", question).json
    assert stands in answer["sentences"][0]["text"]
