"""Everything that people see: the only module that knows rich, and where control characters and
secrets stop.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import IO, TYPE_CHECKING, Any

import click

from cli.language import CLOSING, OPENING, is_chinese, listed, translated
from kb.secrets import HIDDEN, secrets
from kb.text import flat, without_sequences
from kb.types import Hit

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.measure import Measurement
    from rich.text import Text

    from kb.settings import Settings

# C0 and C1 controls but tab and line feed, and the marks that turn writing around: none may reach a
# terminal.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SHORT_CELLS = 20  # columns of a terminal
_LEAST_CELLS = 10  # that a longer cell has for its lines
_STYLES = {"bold": "1", "italic": "3", "strike": "9", "code": "36"}
_SECRET_VARIABLE = re.compile(r"KB_.*_OPTIONS|(?:.*_)?(?:API_KEY|TOKEN|SECRET|PASSWORD)")
_USER_INFO = re.compile(r"://[^/@\s]*:([^@\s]+)@")
_SHORTEST_SECRET = 6  # characters: shorter ones stand in any text by chance
_secrets: set[str] = set()


def printable(text: str) -> str:
    """`text` without anything that a terminal would obey."""
    return _UNSAFE.sub("", without_sequences(text))


def hide_secrets(settings: Settings) -> None:
    """Leave the secrets of these settings out of all errors and notices from now on."""
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        if setting.metadata["secret"]:
            _secrets.update(_secrets_in(value))
        elif setting.name.endswith("_url"):
            _secrets.update(_USER_INFO.findall(value))


def without_known_secrets(text: str) -> str:
    """The text without the secrets of the settings in use and of the environment."""
    known = {*_secrets, *_environment_secrets()}
    long = [secret for secret in known if len(secret) >= _SHORTEST_SECRET]
    for secret in sorted(long, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _environment_secrets() -> Iterator[str]:
    for name, value in os.environ.items():
        if _SECRET_VARIABLE.fullmatch(name):
            yield from _secrets_in(value)
        elif name.startswith("KB_") and name.endswith("_URL"):
            yield from _USER_INFO.findall(value)


def _secrets_in(value: str) -> Iterator[str]:
    """A key itself; of a table of options the texts in it that may be one."""
    with suppress(ValueError, RecursionError):
        options = json.loads(value)
        if isinstance(options, dict):
            yield from secrets(options)
            return
    yield value.strip()


def out(text: str = "") -> None:
    """A line of the result, or text for other programs."""
    click.echo(printable(text))


class Paragraphs:
    """Writes text as it comes: on a terminal broken between words or Chinese characters, in a pipe
    as it is.
    """

    def __init__(self, indent: str = "") -> None:
        self._width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        self._indent = indent
        self._column = 0
        self._word = ""
        self._space = ""
        self._style = ""
        self._styled = bool(self._width) and has_styles()

    def begin(self) -> None:
        """Write the indent before the first line too."""
        click.echo(self._indent, nl=False)
        self._column = len(self._indent)

    def write(self, text: str, look: str = "") -> None:
        """Write some more, in a look that a terminal has: bold, italic, strike, code. At most a
        word is held back.
        """
        style = _STYLES.get(look, "") if self._styled else ""
        if style != self._style:
            self._end_word()
            self._style = style
        if not self._width:
            click.echo(printable(text), nl=False)
            return
        for char in printable(text):
            if char in " \t":
                self._end_word()
                self._space = " "
            elif char == "\n":
                self._end_word()
                self._break()
            else:
                if self._may_break_before(char):
                    self._end_word()
                self._word += char
        sys.stdout.flush()

    def _may_break_before(self, char: str) -> bool:
        """Whether a line may end between the word so far and `char`: beside a wide character, but
        before no mark that closes and behind none that opens.
        """
        from rich.cells import cell_len

        if not self._word or char in CLOSING or self._word[-1] in OPENING:
            return False
        return cell_len(char) > 1 or (cell_len(char) > 0 and cell_len(self._word[-1]) > 1)

    def end(self) -> None:
        """Write what is held back and end the line."""
        self._end_word()
        click.echo()

    def _end_word(self) -> None:
        from rich.cells import cell_len

        if not self._word:
            return
        cells = cell_len(
            self._word
        )  # none of a joiner or a mark, which belongs to the wide character before it
        if self._column and self._column + len(self._space) + cells > self._width:
            self._break()
        word = f"\x1b[{self._style}m{self._word}\x1b[0m" if self._style else self._word
        click.echo(self._space + word, nl=False)
        self._column += len(self._space) + cells
        self._word = self._space = ""

    def _break(self) -> None:
        click.echo("\n" + self._indent, nl=False)
        self._column, self._space = len(self._indent), ""


def has_styles() -> bool:
    """Whether stdout is a terminal that knows more than text."""
    return (
        sys.stdout.isatty()
        and os.environ.get("TERM", "dumb") not in ("dumb", "")
        and "NO_COLOR" not in os.environ
    )


def out_link(url: str, indent: str) -> None:
    """A URL on a line of its own, which terminals that know OSC 8 make a link of, whole, however
    they break it.

    It is a URL of `live_url`: plain ASCII without white space, so nothing else can be in the
    sequence.
    """
    if not (url.isascii() and url.isprintable() and url.startswith(("http://", "https://"))):
        raise ValueError(url)
    shown = f"\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\" if has_styles() else url
    click.echo(f"{indent}{shown}")


def out_wrapped(line: str, look: str = "") -> None:
    """A line of the result; where a terminal breaks it, the rest is indented like its beginning."""
    indent = line[: len(line) - len(line.lstrip())]
    paragraph = Paragraphs(indent)
    paragraph.begin()
    paragraph.write(line[len(indent) :], look)
    paragraph.end()


def out_fitted(line: str) -> None:
    """A line of the result as it stands, or wrapped where it is wider than the terminal."""
    from cli.help_page import columns

    if sys.stdout.isatty() and columns(line) > shutil.get_terminal_size().columns:
        out_wrapped(line)
    else:
        out(line)


def out_json(value: Any) -> None:
    """The result as one line of JSON; control characters stay as escapes."""
    click.echo(json_line(value))


def json_line(value: Any) -> str:
    """A value as one line of JSON, its control characters as escapes."""
    return _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False))


def console(stream: IO[str] | None = None) -> Console:
    """A rich console on a stream, stdout if none is given; plain when that is no terminal."""
    from rich.console import Console

    return Console(
        file=stream or sys.stdout, highlight=False, soft_wrap=not (stream or sys.stdout).isatty()
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under a header: a table on a terminal, tab-separated values in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            out("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    kind = _ChineseCell if is_chinese() else Text
    named = [translated(name) for name in header]
    widths = [max(map(cell_len, column)) for column in zip(named, *rows, strict=True)]
    # Long columns share what short ones leave. Those are not broken, unless too little is left:
    # what is neither broken nor has room is cut off.
    needed = sum(w if w <= _SHORT_CELLS else _LEAST_CELLS for w in widths) + 2 * len(widths) - 2
    whole = needed <= console().width
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in zip(named, widths, strict=True):
        shown.add_column(name, overflow="fold", no_wrap=whole and width <= _SHORT_CELLS)
    for row in rows:
        shown.add_row(*(kind(printable(cell)) for cell in row))
    console().print(shown)


class _ChineseCell:
    """A cell of a table, its lines broken between Chinese characters but before no full stop."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        from rich.text import Text

        from cli.help_page import wrapped

        lines = [self._text] if options.no_wrap else wrapped(self._text, options.max_width)
        yield Text("\n".join(lines))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        from rich.text import Text

        return Text(self._text).__rich_measure__(console, options)


def out_fields(fields: Mapping[str, object], width: int) -> None:
    """Values behind their names, in a column that begins after `width` columns or later."""
    from cli.help_page import columns

    named = [(translated(name), value) for name, value in fields.items()]
    width = max(width, *(columns(name) + 1 for name, _ in named))
    for name, value in named:
        out(f"{name}{' ' * (width - columns(name))}{value}")


def progress_bar(label: str) -> tuple[Callable[[int, int, str], None], Callable[[], None]]:
    """A bar on stderr, as (advance, stop), from the first advance on; nothing where stderr is no
    terminal.
    """
    if not sys.stderr.isatty():
        return (lambda done, total, source: None), (lambda: None)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn(label), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[source]}", markup=False),
        console=console(sys.stderr), transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None, source="")

    def advance(done: int, total: int, source: str) -> None:
        bar.start()
        bar.update(task, completed=done, total=total, source=printable(source)[-60:])

    return advance, bar.stop


def hits_text(hits: Sequence[Hit]) -> None:
    """Hits for reading."""
    for hit in hits:
        out(f"{hit.rank}. {place(hit)}  ({hit.score:.2f})")
        out(
            f"   {hit.document.source}  {hit.passage.anchor.label}  {hit.passage.id}"
            + (f"  {translated('⚠ stale')}" if hit.stale else "")
        )
        out_wrapped(f"   {clip(hit.passage.text, 240)}")
        if hit.also:
            out(translated("   also in: {also}", also=listed(hit.also)))
        if hit.twins:
            twins = listed(f"{twin.source} ({twin.lang})" for twin in hit.twins)
            out(translated("   in other languages: {twins}", twins=twins))
        out()


def place(hit: Hit) -> str:
    """Where a hit stands: its title and headings, each once."""
    return " › ".join(
        dict.fromkeys(clip(part, 120) for part in (hit.document.title, *hit.passage.headings))
    )


def name_of(person: str | None) -> str:
    """A person's name, or that somebody was who gave none."""
    return person or translated("somebody")


def clip(text: str, length: int) -> str:
    """`text` on one line, cut to `length` characters."""
    line = flat(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
