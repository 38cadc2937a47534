"""A home whose every source, entry and question has a secret, for test_leaks.py."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from leak_doors import CHANNEL

from cli import context
from cli.main import main

AUDIENCES = ("amber", "birch", "cedar", "public")
SOURCES = 10
TOPICS = ("runway", "salaries", "investors", "interviews", "equity")


def source_secret(number):
    return f"quillon{number}x"


def entry_secret(number):
    return f"marrow{number}x"


def question_secret(number):
    return f"whisper{number}x"


def file_name(number):
    return f"{source_secret(number)}.{('md', 'vtt', 'csv', 'txt')[number % 4]}"


def text_of(number):
    """A source about two of the topics, in one of four formats, with its secret all over it."""
    secret, topic = source_secret(number), TOPICS[number % 5]
    other = TOPICS[(number + 1) % 5]
    line = f"The {topic} of the Lanternfish club are settled by {secret} in {number + 2} weeks."
    match number % 4:
        case 0:
            return f"---\nowner: {secret}\n---\n# {topic} {secret}\n\n{line}\n\n## {other}\n\n{secret} tells of {other}."
        case 1:
            return f"WEBVTT\n\n00:01.000 --> 00:09.000\n<v {secret}>{line}\n\n00:10.000 --> 00:19.000\n<v Ada>And {other}, {secret}?"
        case 2:
            return f"topic,holder,weeks\n{topic},{secret},{number}\n{other},{secret} too,{number + 1}\n"
    return f"{line}\n{other} too, says {secret}.\n"


@dataclass
class Club:
    """A home with sources, entries that rest on some, and past questions under some audiences."""

    home: Path
    journal: Path
    entries: dict[str, tuple[int, ...]]
    asked: list[tuple[str, tuple[str, ...] | None]]
    passages: list[str]
    held: list[str]

    def rules(self, audiences, bot=("public",)):
        """Give each source these audiences, and those of `bot` to the channel of the bot."""
        lines = [f'"{file_name(n)}" = {json.dumps(names)}' for n, names in enumerate(audiences)]
        lines += ["[audience.channels]", f"{CHANNEL} = {json.dumps(list(bot))}", ""]
        written = self.home / "kb.toml.new"
        written.write_text("\n".join(["[audience]", *lines]))
        written.replace(self.home / "kb.toml")

    def outside(self, audiences, caller):
        """The secrets of all that a caller must not learn of."""
        hidden = {n for n, names in enumerate(audiences) if not set(names) & set(caller)}
        secrets = {source_secret(n) for n in hidden}
        for number, rests_on in enumerate(self.entries.values()):
            if hidden & set(rests_on) or (not rests_on and "public" not in caller):
                secrets.add(entry_secret(number))
        for number, (_, under) in enumerate(self.asked):
            if under is None or not set(under) <= set(caller):
                secrets.add(question_secret(number))
        return secrets


def run(*arguments, stdin=""):
    """A command in this process: its exit code, and all that it wrote."""
    context._said.clear()
    out, err, before = io.StringIO(), io.StringIO(), sys.stdin
    with TemporaryFile("w+", encoding="utf-8") as sys.stdin:
        sys.stdin.write(stdin)
        sys.stdin.seek(0)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = main(list(arguments))
        finally:
            sys.stdin = before
    return code, out.getvalue(), err.getvalue()
