"""Under a Chinese locale people are addressed in Chinese; programs get what they always get.

After a change on purpose: KB_WRITE_SNAPSHOTS=1 pytest tests/cli/test_chinese.py, then look at what
it wrote.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import click
import pytest
from holding import FERRY, hold
from rich.cells import cell_len

from cli.help_page import translate_help, wrapped
from cli.language import is_chinese, read_catalogue, translated
from cli.main import COMMANDS
from cli.main import kb as program
from tests.messages import messages
from tests.untranslated import untranslated

SNAPSHOTS = Path(__file__).parent / "snapshots"
CHINA = {"KB_LANG": "", "LANG": "zh_CN.UTF-8", "LANGUAGE": "", "LC_ALL": "", "LC_MESSAGES": ""}
MEANT = (
    "if that is meant: KB_WRITE_SNAPSHOTS=1 pytest -n 0 tests/cli/test_chinese.py -k snapshots,"
    " and look at what it wrote"
)
PLACE = re.compile(r"\{\w+\}")
# What is shown in English on purpose: marks, and what is there to be run or saved.
AS_IT_IS = re.compile(
    r'kb: |markdown|pip install "|--\w+|cli\.main|ingest|watch|\[Unit\]|\nRestart='
)


def test_every_message_has_its_translation():
    """Where this fails: make messages, then write the Chinese into cli/locale/zh.po."""
    catalogue = read_catalogue()
    assert [text for text in messages() if not catalogue.get(text)] == []


def test_what_commands_print_is_a_value_or_is_translated():
    """Where this fails: give the text to `translated`, with what people wrote as its values."""
    assert [text for text in untranslated() if not AS_IT_IS.match(text)] == []


def test_a_catalogue_that_a_translators_tool_wrapped_reads_the_same(tmp_path):
    wrapped_file = tmp_path / "zh.po"
    wrapped_file.write_text(
        'msgid ""\nmsgstr ""\n"Language: zh\\n"\n\n#: cli/x.py:1\n'
        'msgid ""\n"no such file "\n"or folder: {path}"\nmsgstr "没有："\n"{path}"\n',
        "utf-8",
    )
    assert read_catalogue(wrapped_file) == {"no such file or folder: {path}": "没有：{path}"}


def test_every_translation_is_of_a_message():
    assert set(read_catalogue()) - set(messages()) == set()


def test_translations_hold_the_values_of_their_messages():
    assert {
        text: translation
        for text, translation in read_catalogue().items()
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(translation))
    } == {}


def test_no_message_is_taken_for_another(monkeypatch):
    monkeypatch.setenv("KB_LANG", "zh")
    mistaken = {}
    for text, translation in read_catalogue().items():
        said = PLACE.sub(lambda place: f"<{place[0][1:-1]}>", text)
        wanted = PLACE.sub(lambda place: f"<{place[0][1:-1]}>", translation)
        if translated(said) != wanted:
            mistaken[said] = translated(said)
    # Two names of one value: what is said is the same.
    assert {said for said in mistaken if re.sub(r"<\w+>", "", said) not in _twice()} == set()


def _twice() -> set[str]:
    """What is said in two messages that differ in the names of their values alone."""
    fixed = [PLACE.sub("", text) for text in read_catalogue()]
    return {text for text in fixed if fixed.count(text) > 1}


@pytest.mark.parametrize(
    ("variables", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_TW.UTF-8"}, True),
        ({"LANG": "zh_HK"}, True),
        ({"LANG": "zh-Hans"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, True),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh"}, False),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:zh:en"}, True),
        ({"LANG": "C", "LANGUAGE": "zh"}, False),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "POSIX"}, False),
        ({"LANG": "zh_CN.UTF-8", "KB_LANG": "en"}, False),
        ({"LC_ALL": "C", "KB_LANG": "zh"}, True),
        ({"LANG": "zh_CN.UTF-8", "KB_LANG": "tlh"}, False),
    ],
)
def test_the_locale_tells_the_language(variables, chinese, monkeypatch):
    for name in CHINA:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_chinese() == chinese


CALLS = {
    "help": ["--help"],
    "ask-help": ["ask", "--help"],
    "feedback-help": ["feedback", "--help"],
    "no-home": ["search", "退款"],
    "no-question": ["ask", ""],
    "no-file": ["ingest", "没有.md"],
    "no-command": ["askk"],
    "no-option": ["ask", "--strct", "退款"],
    "out-of-range": ["search", "-k", "0", "退款"],
    "no-choice": ["ingest", "--kind", "poem", "."],
    "no-argument": ["show"],
    "no-day": ["gaps", "--since", "yesterday"],
}


@pytest.mark.parametrize("case", CALLS)
def test_snapshots_of_chinese(case, kb, tmp_path):
    run = kb(*CALLS[case], env={"KB_LANG": "zh", "COLUMNS": "80"}, cwd=tmp_path)
    shown = (run.out + run.err).replace(str(tmp_path), "TMP")
    path = SNAPSHOTS / f"{case}.zh.txt"
    if os.environ.get("KB_WRITE_SNAPSHOTS"):
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8"), MEANT
    english = kb(*CALLS[case], env={"COLUMNS": "80"}, cwd=tmp_path)
    assert (run.code, bool(run.out)) == (english.code, bool(english.out))


def test_it_speaks_chinese_where_the_locale_is_of_china(kb):
    there = kb.in_own_process("search", "退款", env=CHINA)
    assert there == kb("search", "退款", env={"KB_LANG": "zh"})
    assert there != kb("search", "退款")


def _pages(command: click.Command, context: click.Context):
    yield command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            yield from _pages(inner, inner.context_class(inner, parent=context, info_name=name))


@pytest.fixture
def chinese_program(monkeypatch):
    """The program with Chinese help, in this process; commands are shared, so copies of them."""
    import copy
    import importlib

    monkeypatch.setenv("KB_LANG", "zh")
    for name in COMMANDS:
        module = importlib.import_module(f"cli.commands.{name}")
        monkeypatch.setattr(module, "command", copy.deepcopy(module.command))
    changed = copy.deepcopy(program)
    translate_help(changed)
    return changed


@pytest.mark.parametrize("width", [60, 80])
def test_chinese_help_keeps_to_the_terminal(width, chinese_program):
    context = chinese_program.context_class(
        chinese_program, info_name="kb", terminal_width=width, max_content_width=width
    )
    for page in _pages(chinese_program, context):
        for line in page.splitlines():
            first = line.split(maxsplit=1)[:1]
            assert cell_len(line) <= width or "--" in line or "COMMAND" in line, line
            assert not (first and first[0][0] in "，。；：、！？）"), line


def test_lines_break_between_characters_and_never_before_a_full_stop():
    assert list(wrapped("用中文或 English 提问。答案注明出处。", 10)) == [
        "用中文或",
        "English 提",
        "问。答案注",
        "明出处。",
    ]


def test_programs_get_the_same_under_a_chinese_locale(kb, folder):
    (folder / "rules.md").write_text("# Rules\n\nThe deposit is 500 yuan.\n", "utf-8")
    (folder / "broken.pdf").write_bytes(b"no pdf")
    report = kb("ingest", folder, "--json", env=CHINA).json
    assert report["skipped"] == [{"source": "broken.pdf", "reason": "not a PDF"}]
    found = kb("search", "deposit", "--json", env=CHINA).json
    assert found["hits"][0]["source"] == "rules.md"
    bad = kb("search", "--stdin", "--jsonl", stdin="{broken\n", env=CHINA)
    assert 'not {"question"' in bad.lines[0]["error"]
    assert kb("stats", "--json", env=CHINA).json["documents"] == 1


def test_reports_and_notices_are_in_chinese(kb, folder):
    (folder / "rules.md").write_text("# Rules\n\nThe deposit is 500 yuan.\n", "utf-8")
    (folder / "broken.pdf").write_bytes(b"no pdf")
    run = kb("ingest", folder, env=CHINA)
    assert run.out.startswith("新增 1，更新 0，未变 0，移除 0，跳过 1 · 1 个段落 · ")
    assert run.err == "kb: 已跳过 broken.pdf：不是 PDF\n"
    (folder / "rules.md").unlink()
    (folder / "other.md").write_text("# Other\n\nSomething else.\n", "utf-8")
    assert kb("sources", "remove", "rules.md", env=CHINA).out == "已移除 rules.md\n"


def test_a_decision_and_the_systems_reasons_are_in_chinese(harbour):
    name = hold(harbour, FERRY)
    assert harbour("review", "approve", name, "--by", "Ada").code == 0
    again = harbour("review", "approve", name, env=CHINA)
    assert re.search(r"Ada 已于 \S+ 作出决定：已批准\n", again.err)
    assert "不是整数" in harbour("search", "-k", "many", "x", env=CHINA).err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "：地址已被占用\n" in harbour("serve", "--port", port, env=CHINA).err


def test_a_name_that_looks_like_a_message_stays_a_name(kb, tmp_path):
    for name in ("fine", "no index", "a gap left"):
        run = kb("ingest", name, env=CHINA, cwd=tmp_path)
        assert run.err.startswith(f"kb: 没有这个文件或文件夹：{name}\n")


QUESTION = "门禁卡丢了怎么办，要多少工本费？"
ENGLISH = re.compile(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}")
# Names, commands and values in which two words stand beside each other.
NAMED = re.compile(
    r"kb( [a-z]+)+|--[a-z]+|\b(recall|mrr|FAQ)\b|pip install|MODULE:CLASS|Google (Chat|Keep)|"
    r"\.[a-z]+( \.[a-z]+)+|doc transcript|transcript doc|\[[a-z]+\] \w+|http://\S+|"
    r"FAQ · reviewed|llama-index|cuda, cuda:1, mps, cpu|near: .*|auto, extractive.*|http, cross-encoder|"
    r"\*/10 .*"
)


@pytest.fixture
def community(kb, folder):
    """A knowledge base in which was asked, judged and decided, all in Chinese; gives `kb`."""
    for name, text in {
        "门禁": "# 门禁\n\n门禁卡丢了找服务台补办，工本费 30 元。",
        "工位": "# 工位\n\n工位每月 800 元。",
    }.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    (folder / "坏.pdf").write_bytes(b"no pdf")
    kb("ingest", "-q", folder)
    asked = [
        kb("ask", "--format", "json", question).json["id"]
        for question in (QUESTION, "食堂几点开饭")
    ]
    kb("feedback", "add", asked[0], "up", "--correct", "补办要 30 元")
    kb("feedback", "add", asked[1], "down", "--comment", "应该有的")
    kb("feedback", "resolve", asked[0], "--as", "bad-source", "--citation", "1", "--by", "林小满")
    entry = ("--question", "工位多少钱", "--answer", "每月 800 元。", "--source", "工位.md")
    kb("faq", "add", *entry, "--by", "林小满")
    (folder / "工位.md").write_text("# 工位\n\n工位每月 900 元。", "utf-8")
    kb("ingest", "-q", folder)
    cases = f'{{"id": "一", "question": "{QUESTION}", "gold": [{{"source": "门禁.md"}}]}}\n'
    (folder.parent / "cases.jsonl").write_text(cases, "utf-8")
    return kb


TOUR = [
    ("show", "EXCHANGE"),
    ("show", "PASSAGE"),
    ("show", "ENTRY"),
    ("replay", "EXCHANGE"),
    ("replay", "REFUSED"),
    ("log",),
    ("search", QUESTION),
    ("ask", "--no-log", "--format", "text", QUESTION),
    ("ask", "--no-log", "--format", "text", "食堂几点开饭"),
    ("sources",),
    ("sources", "stale"),
    ("stats",),
    ("doctor",),
    ("faq", "list"),
    ("feedback", "list"),
    ("feedback", "report"),
    ("feedback", "report", "--since", "8w", "--until", "0d"),
    ("gaps",),
    ("gaps", "--since", "2020-01-01", "--until", "2020-01-02"),
    ("journal", "check"),
    ("journal", "import", "JOURNAL"),
    ("eval", "CASES"),
    ("eval", "--from-feedback", "--no-keep"),
    ("tune", "--dry-run"),
    ("trust", "--dry-run"),
    ("forget", "--person", "Fi Sample", "--dry-run"),
    ("forget", "--person", "Fi Sample"),
    ("forget", "--list"),
    ("formats",),
    ("config", "show"),
    ("reindex",),
    ("watch", "--print", "cron", "SOURCES"),
]


@pytest.fixture
def values(community, folder):
    """What the words in capitals of `TOUR` stand for."""
    refused, answered = (row["id"] for row in community("log", "list", "--json").lines)
    journal = folder.parent / "journal.jsonl"
    community("journal", "export", journal)
    return {
        "EXCHANGE": answered,
        "REFUSED": refused,
        "PASSAGE": community("search", "--json", QUESTION).json["hits"][0]["passage"],
        "ENTRY": community("faq", "list", "--json").json[0]["id"],
        "JOURNAL": journal,
        "CASES": folder.parent / "cases.jsonl",
        "SOURCES": folder,
    }


def test_what_commands_tell_is_in_chinese(community, values, folder):
    """No two English words stand beside each other, but for names and values."""
    english = {}
    for words in TOUR:
        run = community(*(values.get(word, word) for word in words), env=CHINA, cwd=folder.parent)
        assert run.code in (0, 3), (words, run.err)
        lines = (run.out + run.err).replace(str(folder.parent), "TMP").splitlines()
        left = [line for line in lines if ENGLISH.search(NAMED.sub("", line))]
        if left:
            english[words] = left
    assert english == {}


def test_the_html_report_is_in_chinese(community, tmp_path):
    page = community("feedback", "report", "--html", "-", env=CHINA).out
    texts = re.findall(">([^<>]+)<", re.sub("(?s)<style>.*</style>", "", page))
    assert '<html lang="zh">' in page
    assert [text for text in texts if ENGLISH.search(NAMED.sub("", text))] == []


def test_tables_and_figures_stand_in_line_within_the_terminal(community, terminal):
    for words in (
        ("formats",),
        ("config", "show"),
        ("feedback", "report"),
        ("eval", "--from-feedback"),
    ):
        code, shown = terminal(*words, env={**CHINA, "COLUMNS": "80"})
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
        lines = re.sub(r"/\S+/home\b", "HOME", plain).splitlines()  # a path may be of any width
        assert code == 0
        assert [line for line in lines if cell_len(line) > 80 and "━" not in line] == [], words
        assert [line for line in lines if re.search("^ *[，。；：、！？）]", line)] == [], words
    code, shown = terminal("stats", env=CHINA)
    begins = {
        cell_len(re.match(r"(\S+ )*?\S+ +(?=\S+$)", line)[0]) for line in shown.splitlines() if line
    }
    assert (code, len(begins)) == (0, 1)
