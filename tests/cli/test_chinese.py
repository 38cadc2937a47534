"""Under a Chinese locale people are addressed in Chinese; programs get what they always get.

After a change on purpose: KB_WRITE_SNAPSHOTS=1 pytest tests/cli/test_chinese.py, then look at what
it wrote.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
import pytest
from rich.cells import cell_len

from cli.help_page import translate_help, wrapped
from cli.language import is_chinese, read_catalogue, translated
from cli.main import COMMANDS
from cli.main import kb as program
from tests.messages import messages

SNAPSHOTS = Path(__file__).parent / "snapshots"
CHINA = {"KB_LANG": "", "LANG": "zh_CN.UTF-8", "LANGUAGE": "", "LC_ALL": "", "LC_MESSAGES": ""}
MEANT = (
    "if that is meant: KB_WRITE_SNAPSHOTS=1 pytest -n 0 tests/cli/test_chinese.py -k snapshots,"
    " and look at what it wrote"
)
PLACE = re.compile(r"\{\w+\}")


def test_every_message_has_its_translation():
    """Where this fails: make messages, then write the Chinese into cli/locale/zh.po."""
    catalogue = read_catalogue()
    assert [text for text in messages() if not catalogue.get(text)] == []


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
    run = kb.in_own_process(*CALLS[case], env={**CHINA, "COLUMNS": "80"}, cwd=tmp_path)
    shown = (run.out + run.err).replace(str(tmp_path), "TMP")
    path = SNAPSHOTS / f"{case}.zh.txt"
    if os.environ.get("KB_WRITE_SNAPSHOTS"):
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8"), MEANT
    english = kb(*CALLS[case], env={"COLUMNS": "80"}, cwd=tmp_path)
    assert (run.code, bool(run.out)) == (english.code, bool(english.out))


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


def test_a_name_that_looks_like_a_message_stays_a_name(kb, tmp_path):
    for name in ("fine", "no index", "a gap left"):
        run = kb("ingest", name, env=CHINA, cwd=tmp_path)
        assert run.err.startswith(f"kb: 没有这个文件或文件夹：{name}\n")
