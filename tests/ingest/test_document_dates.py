"""When a source was written, and from and until when what it says holds."""

from __future__ import annotations

import json
from datetime import datetime

import pytest


def documents(kb, folder):
    assert kb("ingest", folder).code == 0
    hits = kb("search", "--json", "-k", "20", "会员年费 membership fee").json["hits"]
    return {hit["source"]: hit["meta"] for hit in hits}


def test_a_date_is_taken_from_front_matter_name_title_or_text(kb, folder):
    sources = {
        "a.md": "---\ndate: 2024-05-06\n---\n# Fees\n\nThe membership fee is 90 euros.\n",
        "2025-07-minutes.md": "# Minutes\n\nThe membership fee was discussed.\n",
        "会议纪要_20250718.txt": "会员年费讨论了很久。\n",
        "会员手册2026.md": "会员年费 3600 元。\n",
        "b.txt": "更新于 2026年2月3日\n\n会员年费 3000 元。\n",
        "c.txt": "会员年费 2000 元，第 2025 次会议。\n",
        "v2.1.md": "The membership fee is 20 euros.\n",
    }
    for name, text in sources.items():
        (folder / name).write_text(text, "utf-8")
    dated = {name: meta.get("date") for name, meta in documents(kb, folder).items()}
    assert dated == {
        "a.md": "2024-05-06",
        "2025-07-minutes.md": "2025-07",
        "会议纪要_20250718.txt": "2025-07-18",
        "会员手册2026.md": "2026",
        "b.txt": "2026-02-03",
        "c.txt": None,
        "v2.1.md": None,
    }


def test_the_name_of_an_office_file_tells_more_than_when_it_was_made(kb, folder):
    from docx import Document

    made_of = {
        "纪要 2026-03-04.docx": ("2020-01-01", "三月例会上讨论了会员年费。"),
        "章程.docx": ("2013-12-23", "退会的不退会员年费。"),  # when a template was made
        "名单.docx": ("2025-02-03", "没有交会员年费的有四家。"),
    }
    for name, (made, text) in made_of.items():
        document = Document()
        document.add_paragraph(text)
        document.core_properties.created = datetime.fromisoformat(made)
        document.save(folder / name)
    dated = {name: meta.get("date") for name, meta in documents(kb, folder).items()}
    assert dated == {
        "纪要 2026-03-04.docx": "2026-03-04",
        "章程.docx": None,
        "名单.docx": "2025-02-03",
    }


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("本办法自2026年1月1日起施行。会员年费 3600 元。", "2026-01-01", None),
        ("生效日期：2026-03-01。会员年费 3600 元。", "2026-03-01", None),
        ("截至2026年6月，会员年费 3600 元。", "2026-06", None),
        ("会员年费优惠，有效期：2026年1月1日至2026年12月31日。", "2026-01-01", "2026-12-31"),
        ("會員年費優惠有效期至2026年12月31日。", None, "2026-12-31"),
        ("Effective from 1 March 2026 the membership fee is 90 euros.", "2026-03-01", None),
        ("As of June 2026 the membership fee is 90 euros.", "2026-06", None),
        ("The membership fee of 90 euros is valid until 31 Dec 2026.", None, "2026-12-31"),
        ("The membership fee went up in June 2020.", None, None),
    ],
)
def test_from_and_until_when_something_holds_is_kept(kb, folder, text, begins, ends):
    (folder / "a.txt").write_text(text, "utf-8")
    (meta,) = documents(kb, folder).values()
    assert (meta.get("valid_from"), meta.get("valid_until")) == (begins, ends)


def test_a_passage_has_its_own(kb, folder):
    rules = "会员年费 3600 元。" * 60
    (folder / "a.md").write_text(
        f"# 章程\n\n{rules}\n\n## 优惠\n\n早鸟会员年费 3000 元，有效期至2026年6月30日。\n", "utf-8"
    )
    assert kb("ingest", folder).code == 0
    hits = kb("search", "--json", "会员年费").json["hits"]
    until = {hit["meta"].get("valid_until") for hit in hits}
    assert until == {None, "2026-06-30"}


def test_relative_dates_are_found_by_what_they_mean(kb, folder):
    chat = [
        ("2026-10-06 09:00:00 阿斌", "本周四的导师日在二楼"),
        ("2026-10-13 22:40:05 小满", "下周三晚上在会客厅彩排"),
        ("2026-10-14 08:00:00 Lily", "导师日的照片在相册里"),
    ]
    (folder / "群.txt").write_text("\n\n".join("\n".join(message) for message in chat), "utf-8")
    (folder / "mail.eml").write_text(
        "From: Jo <jo@example.org>\nDate: Mon, 2 Nov 2026 10:00:00 +0000\nSubject: Rehearsal\n\n"
        "The rehearsal in the hall is next Thursday.\n"
    )
    (folder / "undated.md").write_text("The rehearsal in the cellar is next Thursday.\n")
    assert kb("ingest", folder).code == 0

    def first(question):
        return kb("search", "--json", question).json["hits"][0]["text"]

    assert "本周四" in first("2026-10-08 导师日")
    assert "下周三" in first("10月21号彩排")
    assert "hall" in first("rehearsal on 12 November 2026")
    stored = json.dumps(kb("search", "--json", "rehearsal cellar").json["hits"][0]["meta"])
    assert "date" not in stored
