"""FAQ as data, and one question a file."""

from __future__ import annotations

import json

import pytest
from tables_made import entries, labels

# --- FAQ data -------------------------------------------------------------------------------------


JSON = """\
{
  "title": "Help 帮助",
  "lang": "en",
  "version": 2,
  "items": [
    {"id": 7, "question": ["How?", "In what way?"], "answer": ["So.", "And so."], "tags": ["a", "b"],
     "nested": {"x": 1}},
    {"question": "怎么定价？",
     "answer": "先算账。\\n再问客户。"}
  ]
}
"""


YAML = """\
title: Help 帮助
items:
  - 问题: 怎么定价？
    答案: |
      先算账。

      再问客户。
    分类: 定价

  # the last one
  - {id: x, q: How?, a: So.}
# the end
"""


def test_a_list_of_entries_in_json(read):
    reading = read("help.json", JSON)
    assert [(p.text, p.anchor.label, p.meta) for p in reading.passages] == [
        ("How?\nSo.\nAnd so.", "#7 · L6–7", {"tags": ["a", "b"], "also_asked": ["In what way?"]}),
        ("怎么定价？\n先算账。\n再问客户。", "#2 · L8–9", {}),
    ]
    document = reading.document
    assert (document.title, document.lang, document.kind, document.meta) == (
        "Help 帮助",
        "en",
        "faq",
        {"version": "2"},
    )


def test_a_list_of_entries_in_yaml(read):
    reading = read("help.yaml", YAML)
    assert [(p.text, p.anchor.label, p.headings, p.meta) for p in reading.passages] == [
        ("怎么定价？\n先算账。\n\n再问客户。", "#1 · L3–8", ("怎么定价？",), {"分类": "定价"}),
        ("How?\nSo.", "#x · L11", ("How?",), {}),
    ]
    assert reading.document.title == "Help 帮助"


def test_json_lines(read):
    reading = read(
        "help.jsonl",
        '{"prompt": "How?", "response": "So.", "lang": "en"}\n\n{"q": "谁？", "a": "你。", "id": "y"}\n',
    )
    assert [(p.text, p.anchor.label) for p in reading.passages] == [
        ("How?\nSo.", "#1 · L1"),
        ("谁？\n你。", "#y · L3"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("a.json", '{\n"How?": "So.",\n"谁？": ["你。",\n"我。"]\n}', ["L2", "L3–4"]),
        ("a.json", '{"How?": "So.", "谁？":\n"你。\\n我。"}', ["L1", "L1–2"]),
        ("a.yml", "How?: So.\n谁？:\n  - 你。\n  - 我。\n", ["L1", "L2–4"]),
        ("a.json", '[["How?", "So."],\n["谁？", "你。\\n我。"]]', ["L1", "L2"]),
        ("a.yaml", "- [How?, So.]\n- - 谁？\n  - |\n    你。\n    我。\n", ["L1", "L2–5"]),
        ("a.jsonl", '["How?", "So."]\n["谁？", "你。\\n我。"]\n', ["L1", "L2"]),
    ],
)
def test_questions_as_keys_and_pairs(read, name, text, lines):
    reading = read(name, text)
    assert entries(reading) == [("1", "How?\nSo."), ("2", "谁？\n你。\n我。")]
    assert [p.anchor.label.split(" · ")[1] for p in reading.passages] == lines


def test_entries_below_keys_have_those_as_headings(read):
    text = '{"Joining": [{"q": "Who?", "a": "Founders."}],\n "退出": {"faqs": [{"q": "When?", "a": "Any day."}]}}'
    reading = read("help.json", text)
    assert [p.headings for p in reading.passages] == [("Joining", "Who?"), ("退出", "When?")]
    assert labels(reading) == ["#1 · L1", "#2 · L2"]


@pytest.mark.parametrize("name", ["help.yaml", "help.json"])
def test_entries_in_sections_know_what_stands_beside_them(read, name):
    sections = [
        {"category": "Joining", "questions": [{"q": "Who?", "a": "Founders."}]},
        {"category": "退出", "questions": [{"q": "When?", "a": "Any day.", "category": "Leaving"}]},
    ]
    text = json.dumps(sections, ensure_ascii=False, indent=1)
    assert [p.meta for p in read(name, text).passages] == [
        {"category": "Joining"},
        {"category": "Leaving"},
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"name": "kb", "version": "1.0"}'),
        ("a.json", '[{"question": "How?"}, {"question": "Who?", "answer": ""}]'),
        ("a.json", '[["12.5", "47.1"], ["12.6", "47.2"]]'),
        ("a.json", '[{"q": "How?", "a": "So."}, {"x": 1}, {"x": 2}]'),
        (
            "a.json",
            '{"data": [{"paragraphs": [{"qas": [{"question": "How?", "answers": [{"text": "So"}]}]}]}]}',
        ),
        ("a.yaml", "services:\n  web:\n    image: kb\n    ports: [80]\n"),
    ],
)
def test_data_that_is_no_faq_is_read_as_records(read, name, text):
    reading = read(name, text)
    assert reading.document.kind == "doc"
    assert {passage.anchor.type for passage in reading.passages} == {"lines"}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", '{"name": {"x": 1}}', "no question with an answer in it"),
        ("a.json", "3", "no question with an answer in it"),
        ("a.yaml", "# nothing\n", "no text in it"),
        ("a.json", '{"q": "How?", "a": }', "malformed JSON at line 1, column 20"),
        ("a.yaml", "a: b\n- c\n", "malformed YAML at line 2"),
        ("a.yaml", "a: &x [*x]\n", "malformed YAML at line 1"),
        ("a.jsonl", '{"q": 1}\n{]\n', "malformed JSON in line 2"),
        ("a.json", "[" * 100_000, "too deeply nested"),
        ("a.yaml", "- " * 100_000, "too deeply nested"),
        ("a.yaml", "[" * 100_000, "too deeply nested"),
        ("a.yaml", "{a: " * 100_000, "too deeply nested"),
        ("a.yaml", "? " * 100_000, "too deeply nested"),
        ("a.yaml", "- [1, 2]\n" * 300 + "- [1, 2\n", "malformed YAML at line 302"),
    ],
)
def test_the_reason_for_skipping_data(refusal, name, text, reason):
    assert refusal(name, text, kind="faq") == reason


def test_asked_for_a_faq_every_key_is_a_question(read):
    assert read("a.json", '{"Joining": "By form.", "Leaving": "By mail."}', kind="faq").texts == [
        "Joining\nBy form.",
        "Leaving\nBy mail.",
    ]


def test_pairs_beside_entries_are_none(read):
    text = '{"by": [["Ines", "Jo"]], "items": [{"q": "Who?", "a": "You."}], "How?": "So."}'
    assert sorted(read("a.json", text).texts) == ["How?\nSo.", "Who?\nYou."]


def test_an_alias_in_yaml_is_read_where_it_stands(read):
    reading = read("a.yaml", "one: &all\n  - {q: How?, a: So.}\ntwo: *all\n")
    assert [(p.text, p.anchor.label) for p in reading.passages] == [("How?\nSo.", "#1 · L2")]


# --- one question a file --------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["question", "问题"])
def test_a_file_with_its_question_in_front(read, key):
    text = f"---\n{key}: 怎么加入？\nid: join\ntags: [a, b]\nlang: zh\n---\n\n填表。\n\n## 之后呢？\n\n付款。\n"
    reading = read("members.md", text)
    (passage,) = reading.passages
    assert passage.text == "填表。\n\n## 之后呢？\n\n付款。"
    assert (passage.headings, passage.anchor.label) == (("怎么加入？",), "#join · L8–12")
    document = reading.document
    assert (document.title, document.kind, document.lang, document.meta) == (
        "怎么加入？",
        "faq",
        "zh",
        {"tags": ["a", "b"]},
    )


@pytest.mark.parametrize("title", ["How to join?", "怎么加入？"])
def test_a_faq_whose_title_asks(read, title):
    reading = read(
        "joining.md", f"---\ntitle: {title}\nkind: faq\n---\nBy form.\n\n## Later\n\nBy mail.\n"
    )
    assert entries(reading) == [("joining", "By form.\n\n## Later\n\nBy mail.")]
    assert reading.passages[0].headings == (title,)


def test_a_faq_whose_title_asks_and_whose_headings_do_too(read):
    text = "---\ntitle: Any questions?\nkind: faq\n---\n\n## How?\n\nSo.\n\n## Who?\n\nYou.\n"
    assert entries(read("help.md", text)) == [("1", "How?\n\nSo."), ("2", "Who?\n\nYou.")]


def test_a_title_that_asks_makes_no_faq_by_itself(read):
    assert read("essay.md", "---\ntitle: Why sell?\n---\n\nBecause.\n").document.kind == "doc"


def test_a_question_without_an_answer(refusal):
    assert refusal("a.md", "---\nquestion: How?\n---\n") == "a question without an answer"
