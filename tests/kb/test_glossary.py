"""The glossary: made once, opened fast, whole or not at all, and never in the way of a search."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kb.glossary import Glossary, build, glossary
from kb.text import words
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def home(glossary_folder) -> Path:
    return glossary_folder


@pytest.fixture
def few_words(monkeypatch) -> None:
    """A dictionary that is read in no time: for what becomes of files, not what they say."""
    monkeypatch.setattr(
        "kb.glossary.translations.translations", lambda: {"compani": {("公司",): 1.0}}
    )


@pytest.fixture
def copied(home, tmp_path) -> Path:
    (tmp_path / build(home).name).write_bytes(build(home).read_bytes())
    return tmp_path


def said(home: Path, phrase: str) -> list[str]:
    key = tuple(words(phrase))
    return [" ".join(way) for way in Glossary(build(home)).translations([key]).get(key, {})]


@pytest.mark.parametrize(
    ("phrase", "way"),
    [
        ("公司", "compani"),
        ("風險投資", "ventur capit"),
        ("venture capital", "风险投资"),
        ("客户", "custom"),
        ("install", "安装"),
        ("open source", "开源"),
        ("开源", "open sourc"),
        ("尽职调查", "due dilig"),
        ("churn", "流失"),
        ("Series A", "a 轮"),
        ("co-founder", "联合 创始人"),
        ("term sheet", "条款 清单"),
        ("维护者", "maintain"),
    ],
)
def test_words_and_phrases_have_translations_in_index_words(home, phrase, way):
    assert way in said(home, phrase)


def test_surnames_classifiers_and_remarks_are_no_translations(home):
    assert "surnam" not in " ".join(said(home, "王"))
    assert not {"cl", "classifi", "variant"} & {
        word for way in said(home, "公司") for word in way.split()
    }


def test_translations_are_weighed_the_surest_first(home):
    key = tuple(words("客户"))
    weights = list(Glossary(build(home)).translations([key])[key].values())
    assert weights == sorted(weights, reverse=True)
    assert 0 < weights[-1] <= weights[0] <= 1


def test_it_is_made_once(home):
    before = build(home).stat()
    assert build(home).stat().st_mtime_ns == before.st_mtime_ns


def test_two_that_make_it_at_once_both_have_it(tmp_path):
    # Reading the dictionary takes each of them a second, so that they are at it together.
    code = (
        "import time; from pathlib import Path; from kb.glossary import glossary, translations as read; "
        "read.translations = lambda: time.sleep(1) or {'compani': {('公司',): 1.0}}; "
        f"print(len(glossary([Path({str(tmp_path)!r})], print).translations([('compani',)])))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.communicate()[0].split() for process in both] == [[b"1"], [b"1"]]
    assert [path.suffix for path in tmp_path.iterdir()] == [".sqlite3"]


def test_those_of_older_editions_and_abandoned_drafts_go_when_it_is_made(copied, few_words):
    old = build(copied).rename(copied / "glossary-000000000000.sqlite3")
    draft = copied / "draft-glossary-1.sqlite3"
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))
    assert Glossary(build(copied)).translations([("compani",)])
    assert not old.exists()
    assert not draft.exists()


def test_a_file_that_is_no_glossary_is_made_anew(copied, few_words):
    build(copied).write_bytes(b"no database" * 1000)
    told: list[str] = []
    opened = glossary([copied], told.append)
    assert opened is not None
    assert opened.translations([("compani",)])
    assert told == []


def test_a_damaged_page_is_told_of_once_and_the_next_command_makes_it_anew(copied, few_words):
    path = build(copied)
    data = bytearray(path.read_bytes())
    for page in range(8192, len(data) - 4096, 4096):
        data[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    told: list[str] = []
    opened = glossary([copied], told.append)
    assert opened is not None
    for _ in range(3):
        opened.translations([("compani",), ("公司",)])
    assert len(told) <= 1
    again = glossary([copied], told.append)
    assert again is not None
    assert again.translations([("compani",)])


def test_where_it_cannot_be_written_there_is_none_and_a_notice(tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    told: list[str] = []
    assert glossary([tmp_path / "home"], told.append) is None
    assert len(told) == 1
    assert "searching without translations" in told[0]


def test_where_the_first_folder_cannot_be_written_the_next_one_serves(home, copied, tmp_path):
    (tmp_path / "blocked").write_text("a file where the folder should be")
    told: list[str] = []
    assert glossary([tmp_path / "blocked", copied], told.append) is not None
    assert told == []
