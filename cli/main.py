"""The entry point: commands by name, and the one place where errors become lines and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import IO

import click

from cli import command_log
from cli.language import is_chinese, translated
from kb import __version__
from kb.errors import FAILED, INTERRUPTED, OK, USAGE, KbError, UsageError, is_disk_full

# name -> what it does. Modules are imported when their command runs, so that `kb --help` takes no
# time.
COMMANDS = {
    "ingest": "Bring files and folders into the knowledge base.",
    "watch": "Keep folders in step with the knowledge base until stopped.",
    "ask": "Answer a question, citing the sources.",
    "search": "Find the passages that fit a question.",
    "recommend": "Tell what to read or watch next, and why.",
    "show": "Show a passage with its surroundings, an exchange with its sources, or a FAQ entry with its versions.",
    "sources": "List or remove what was ingested.",
    "forget": "Take out a source, a person, an author or a time for good, and prove it.",
    "log": "List or show past questions.",
    "feedback": "Say what was good or wrong about an answer.",
    "review": "Decide about held answers and about feedback, in one queue.",
    "faq": "Keep the answers that reviewers stand behind.",
    "tune": "Fit ranking and abstaining to what people judged.",
    "journal": "Move questions, feedback and FAQ entries between journals, and check them.",
    "eval": "Measure finding and answering on questions of yours.",
    "replay": "Answer a past question again, and show what changed.",
    "digest": "Sum up a recording, minutes or a chat in lines of its own.",
    "match": "Find the people who fit a need, by what they say of themselves.",
    "people": "Show the profiles that members gave, and keep people out of matches.",
    "gaps": "List what could not be answered, grouped by meaning.",
    "stats": "Count what there is.",
    "doctor": "Check the knowledge base, and repair it.",
    "backup": "Write all that can't be made again into one file, or check such a file.",
    "restore": "Make a knowledge base from a backup.",
    "reindex": "Embed all passages anew and rebuild the indexes.",
    "formats": "List the formats that are read.",
    "serve": "Answer over HTTP, wherever the community is.",
    "mcp": "Answer an assistant, such as Claude or Cursor, on this machine.",
    "bot": "Answer in a chat platform until stopped.",
    "token": "Say who may ask the server, and what for.",
    "privacy": "Show what of people would be masked before it is stored.",
    "config": "Show the settings and where they come from.",
    "audit": "Show who changed what, and check that the log of it is whole.",
    "trust": "Let the settings of a knowledge base found in a folder reach out.",
}


def in_language(command: click.Command) -> click.Command:
    """The command, with its help in the language that people are addressed in."""
    if is_chinese():
        from cli.help_page import translate_help

        translate_help(command)
    return command


class _Commands(click.Group):
    """A group whose commands are imported only when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cli.commands.{cmd_name}").command
        return in_language(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, translated(about)) for name, about in COMMANDS.items()])


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    metavar="DIR",
    help="The knowledge base to use (else KB_HOME, the nearest .kb/, your data folder).",
)
@click.version_option(__version__, prog_name="kb", message="%(prog)s %(version)s")
@click.pass_context
def kb(context: click.Context, home: str | None) -> None:
    """A knowledge base for founder communities: ingest what you have, ask, get answers that cite
    their sources.
    """
    context.obj = home


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit code. Every error becomes one line and a hint on stderr."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who calls: then nothing comes, and nobody reads
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - open as long as we run
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        _check_arguments(sys.argv[1:] if arguments is None else arguments)
        return _logged(arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.ClickException as error:
        path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "kb"
        return fail(error.format_message(), f"see: {path} --help", USAGE)
    except KbError as error:
        return fail(str(error), error.hint, error.code)
    except (KeyboardInterrupt, click.Abort):
        return fail("interrupted", "", INTERRUPTED)
    except SystemExit as error:  # how click ends when nobody reads on; else it leaves ending to us
        return OK if isinstance(error.__context__, BrokenPipeError) else FAILED
    except BrokenPipeError:
        # Whoever read our output has heard enough. Python would complain again when it flushes at
        # exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if _is_hung_up(error):
            return OK
        if is_disk_full(error):
            return fail("no space left to write", "free some space and try again", FAILED)
        return fail(
            f"this is a bug in kb: {type(error).__name__}: {error}", _write_report(), FAILED
        )


def _logged(arguments: list[str] | None) -> int:
    """The exit code of the command, once its line is in the log of its home. Raises its error."""
    log = command_log.begin()
    try:
        given = in_language(kb).main(arguments, prog_name="kb", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        known = error.code if isinstance(error, KbError) else FAILED
        log.end(INTERRUPTED if isinstance(error, KeyboardInterrupt) else known, error)
        raise
    code = given if isinstance(given, int) else OK
    log.end(code)
    return code


def _check_arguments(arguments: list[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(
                "an argument is not valid UTF-8", "rename the file, or mend the text"
            ) from None


def fail(message: str, hint: str, code: int) -> int:
    """Show an error as one line with a hint on stderr; gives the exit code."""
    from cli.render import printable, without_known_secrets

    line = " ".join(printable(without_known_secrets(translated(message))).split())
    try:
        click.echo(f"kb: {line[:500]}", err=True)
        if hint:
            about = printable(without_known_secrets(translated(hint)))
            click.echo(f"  {translated('hint: ')}{about}", err=True)
    except OSError as error:
        if not _is_hung_up(error):
            raise
    return code


def _is_hung_up(error: Exception) -> bool:
    """Whether it is that our terminal was closed: nobody reads on. What is left to show goes
    nowhere then.
    """
    if not isinstance(error, OSError) or error.errno != errno.EIO:
        return False
    closed = [stream for stream in (sys.stdout, sys.stderr) if _is_closed_terminal(stream)]
    for stream in closed:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return bool(closed)


def _is_closed_terminal(stream: IO[str]) -> bool:
    try:
        os.ttyname(stream.fileno())
    except AttributeError:  # Windows
        return False
    except OSError as error:
        return error.errno == errno.EIO  # ENOTTY where it never was one
    return False


def _write_report() -> str:
    """Keep the traceback where it can be pasted from; gives the hint that names it."""
    import traceback
    from tempfile import NamedTemporaryFile

    from cli.render import without_known_secrets
    from kb.home import cache_folder, create_folder

    report = (
        f"kb {__version__}, Python {sys.version}\n{without_known_secrets(traceback.format_exc())}"
    )
    folder = cache_folder()
    try:
        create_folder(folder)
        with NamedTemporaryFile(
            "w", prefix="error-", suffix=".txt", dir=folder, delete=False, encoding="utf-8"
        ) as file:
            file.write(report)
        return f"please report it with {file.name}"
    except OSError:
        return "please report it"


def prepare_process() -> None:
    """Set what holds for this process and all that it starts, before anything is loaded."""
    # What is written is the user's alone: also by compiled engines, and by the processes that read
    # files.
    os.umask(0o077)
    # Before numpy is loaded. Our products of matrices are small: threads wait for each other longer
    # than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def run() -> None:
    """Run the command line in this process, and end it."""
    prepare_process()
    sys.exit(main())


if __name__ == "__main__":
    run()
