"""An entry, or only its question and answer, in the user's editor: a file that outlives whatever
goes wrong.
"""

from __future__ import annotations

import re
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from kb.errors import KbError

_PARTS = {"question": "Question", "answer": "Answer"}
_LINE = re.compile(r"^#:.*\n?", re.M)


@dataclass(frozen=True, slots=True)
class Edited:
    """What the user wrote. `saved`: whether the file is another than it was."""

    question: str
    answer: str
    saved: bool


class EditedFile:
    """A file with a text, until it is removed. Raises KbError where there is no place for one."""

    def __init__(self, text: str) -> None:
        self._begun = text.encode("utf-8", "replace")
        try:
            with tempfile.NamedTemporaryFile(
                "wb", prefix="kb-faq-", suffix=".md", delete=False
            ) as file:
                file.write(self._begun)
        except OSError as error:
            raise KbError(
                f"there is no place for a file to edit: {error.strerror}", "free some space"
            ) from error
        self.path = Path(file.name)

    @property
    def is_worth_keeping(self) -> bool:
        """Whether anything was written into it."""
        try:
            return self.path.read_bytes() != self._begun
        except OSError:
            return False

    def written(self) -> tuple[str, bool]:
        """Open the editor; what it leaves, and whether that is another text than it was.

        Raises KbError: the file stays, and can be edited again.
        """
        before = self._bytes()
        try:
            with _uninterrupted():
                click.edit(filename=str(self.path))
        except click.ClickException as error:
            raise KbError(error.format_message(), "set EDITOR to one that works") from error
        after = self._bytes()
        return after.decode("utf-8-sig", "replace").replace("\r\n", "\n"), after != before

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise KbError(f"{self.path} can't be read: {error.strerror}") from error

    def remove(self) -> None:
        """Forget the file."""
        with suppress(OSError):
            self.path.unlink()


class EntryFile(EditedFile):
    """A file with a question and an answer, each under a line that begins with `#:`."""

    def __init__(self, question: str, answer: str, notes: str = "") -> None:
        super().__init__(_written(question, answer, notes))

    def edit(self) -> Edited:
        """Open the editor, and read what it leaves. Raises KbError as `written` does."""
        text, saved = self.written()
        parts = _read(text)
        if parts is None:
            raise KbError(
                f'the lines "#: Question" and "#: Answer" are gone from {self.path}',
                "put them back",
            )
        return Edited(*parts, saved)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C is the editor's own while it runs. A handler of ours, unlike an ignored signal, is not
    handed on to it.
    """
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _written(question: str, answer: str, notes: str) -> str:
    comment = "".join(f"#: {line}\n" for line in notes.splitlines())
    line = " ".join(question.split())
    return f"{comment}#: {_PARTS['question']}\n{line}\n\n#: {_PARTS['answer']}\n{answer}\n"


def _read(text: str) -> tuple[str, str] | None:
    """The question on one line and the answer; None where the headings between them are missing."""
    match = re.search(
        rf"^#: {_PARTS['question']}[ \t]*\n(.*?)^#: {_PARTS['answer']}[ \t]*$(.*)",
        text,
        re.M | re.S,
    )
    if not match:
        return None if _LINE.sub("", text).strip() else ("", "")
    question, answer = (part.strip() for part in match.groups())
    return " ".join(question.split()), answer
