"""What kb asks of the operating system: no socket, no look-up of a name, no file but where it says
that it keeps things.

Every command is run as somebody does who has never run kb before: with an empty home folder, and
without any setting.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import pytest
from traced import Calls, Watch, needs_strace
from typist import Typist

from cli.main import COMMANDS
from cli.main import kb as program
from kb.home import cache_folder
from tests.conftest import process_at
from tests.fork_client import ForkClient
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
BUILTIN = ROOT / "kb" / "embedders" / "builtin"
TESTS = ROOT / "tests"
QUESTION = "What are pro rata rights?"
UNKNOWN = "which tram goes to the botanical garden in Ghent on Sundays?"
# In the order that they are run in; what ends otherwise than with 0 says so. {passage} and {entry}
# are ids of the home's.
CALLS = [
    ("--version", 0),
    ("--help", 0),
    ("stats", 1),  # there is nothing yet
    ("ingest --json faq notes", 0),
    ("ingest --dry-run notes", 0),
    ("ingest faq", 0),
    (f"ask '{QUESTION}'", 0),
    ("ask --format slack '中途退会，年费退吗？'", 0),
    ("ask -c 'and in a pre-seed?' --format json", 0),
    ("feedback add last up", 0),
    (f"ask --strict '{UNKNOWN}'", 3),
    ("feedback add last down --comment 'we should know'", 0),
    ("feedback resolve last --as gap", 0),
    ("feedback list", 0),
    ("feedback review", 2),  # it wants a terminal: see below
    ("review", 2),
    ("review list", 0),
    ("review undelivered", 0),
    ("review approve x_0", 1),  # nothing is held
    ("review edit x_0 --text 'The keeper of the pier.'", 1),
    ("review decline x_0", 1),
    ("review undo x_0", 1),
    ("feedback export", 0),
    ("feedback report --html report.html", 0),
    ("search --json 'seed users'", 0),
    ("show {passage}", 0),
    ("sources list", 0),
    ("sources stale", 0),
    ("log list", 0),
    ("log show last", 0),
    ("log expire", 1),  # all is kept for ever
    ("show last", 0),
    ("replay last", 0),
    ("people list", 0),
    ("people show 'Ada Example'", 1),  # no member has given a profile
    ("people optout 'Ada Example'", 0),
    ("people optin 'Ada Example'", 0),
    ("match 'a co-founder'", 3),
    ("gaps", 0),
    ("digest '*' --faq", 0),
    ("recommend --again 'seed users'", 0),
    ("recommend --letter", 0),
    ("faq add --question 'Who keeps the lantern?' --answer 'The keeper of the pier.'", 0),
    ("faq list --json", 0),
    ("faq edit {entry} --answer 'The keeper of the quay.'", 0),
    ("faq export faq.md", 0),
    ("faq import faq.md", 0),
    ("faq remove {entry}", 0),
    ("eval questions.jsonl", 0),
    ("eval --from-feedback", 0),
    ("tune", 0),
    ("journal export journal.jsonl", 0),
    ("journal import journal.jsonl", 0),
    ("journal check", 0),
    ("privacy scan notes", 0),
    ("config show", 0),
    ("trust --list", 0),
    ("audit list --since 30d", 0),
    ("audit verify", 0),
    ("formats", 0),
    ("token add helper --can ask", 0),
    ("token list", 0),
    ("token revoke helper", 0),
    ("mcp", 0),  # its input has ended already
    ("bot slack", 1),  # it wants tokens
    ("serve status", 1),  # none runs
    ("serve stop", 1),
    ("watch --print systemd notes", 0),
    ("doctor", 0),
    ("doctor --report", 0),
    ("doctor --repair", 0),
    ("backup notes.kbz", 0),
    ("restore notes.kbz --home restored", 0),
    ("sources remove pier.md", 0),
    ("forget --person 'Fi Sample' --dry-run", 0),
    ("forget --person 'Fi Sample'", 0),
    ("forget --list", 0),
    ("reindex", 0),
]
# They read or answer, or import libraries that others do not: the first call of each is a process of
# its own, that does so itself. The others are forks of one that has imported kb.
BY_THEMSELVES = {"ingest", "ask", "search", "mcp", "bot", "serve"}

LIBRARY = """
import sys
from pathlib import Path
from retrieval.llama import KbRetriever
from kb.home import Home
from kb.knowledge import open_knowledge_base
from kb.settings import Settings
knowledge_base = open_knowledge_base(Home(Path(sys.argv[1])), Settings())
print(KbRetriever(knowledge_base, 1).retrieve("what is the pier made of?")[0].metadata["source"])
"""
WHISPER = """
from pathlib import Path
from types import SimpleNamespace
import onnxruntime

class WhisperModel:
    def __init__(self, folder, **options):
        onnxruntime.InferenceSession(Path(folder, "contextual.onnx").read_bytes(), providers=["CPUExecutionProvider"])

    def transcribe(self, path, **options):
        said = SimpleNamespace(start=0.0, end=2.5, text="The keeper lights the lantern at dusk.")
        return iter([said]), SimpleNamespace(language="en")
"""
MODELS = """
import sys
from pathlib import Path
import tiny_model
import transformers
folder = Path(sys.argv[1])
tiny_model.make(folder / "writer")
(folder / "vocab.txt").write_text("\\n".join("[PAD] [UNK] [CLS] [SEP] [MASK] pier oak what is the made of".split()))
tokenizer = transformers.BertTokenizerFast.from_pretrained(folder)
shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
config = transformers.BertConfig(vocab_size=12, max_position_embeddings=64, num_labels=1, **shape)
for name in ("encoder", "cross"):
    made = transformers.BertModel if name == "encoder" else transformers.BertForSequenceClassification
    made(config).save_pretrained(folder / name)
    tokenizer.save_pretrained(folder / name)
"""


@dataclass(frozen=True)
class Done:
    """A finished command: how it ended, what it said, and what it asked of the system."""

    code: int
    out: str
    err: str
    calls: Calls


class FreshUser:
    """Somebody with an empty home folder, who runs kb in a folder of theirs; every process is
    watched.
    """

    def __init__(self, root: Path) -> None:
        names = ("user", "work", "temporary", "logs")
        self.home, self.folder, self.temporary, logs = (root / name for name in names)
        for place in (self.home, self.folder, self.temporary, logs):
            place.mkdir()
        self._watch = Watch(logs, self.folder)
        # Where platformdirs puts them on Linux.
        self._named = (
            self.home / ".local/share/kb",
            self.home / ".cache/kb",
            self.folder,
            self.temporary,
        )

    def environment(self, extra=None):
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            # Python's own files, beside a source tree that is not installed
            "PYTHONDONTWRITEBYTECODE": "1",
            # Who lets other programs report does not let kb.
            "ORT_DISABLE_TELEMETRY": "0",
            "HF_HUB_DISABLE_TELEMETRY": "0",
            "HF_HUB_OFFLINE": "0",
            **(extra or {}),
        }

    def argv(self, *arguments):
        return self._watch.argv(sys.executable, "-m", "cli.main", *arguments)

    def __call__(self, *arguments, env=None, stdin=""):
        """Run `kb` with the arguments."""
        return self.run(self.argv(*arguments), env, stdin)

    def forked(self, forks, *arguments):
        """Run `kb` in a fork of a watched process that has imported it."""
        done = forks.run(["-m", "cli.main", *arguments], self.environment(), folder=self.folder)
        # strace takes up one thing after the other: when a later process has ended, it has written
        # down all of this one.
        forks.run(["-c", "pass"], self.environment(), folder=self.folder)
        out, err = done.stdout.decode(), done.stderr.decode()
        return Done(done.returncode, out, err, self.calls())

    def forks(self):
        """What `forked` runs commands by; what its start asks of the system is forgotten."""
        opened = ForkClient(watcher=self._watch.argv())
        opened.run(["-c", "pass"], self.environment(), folder=self.folder)
        self.calls()
        return opened

    def at_terminal(self, terminal, *arguments, env):
        """Start `kb` at a terminal."""
        return process_at(terminal, self.argv(*arguments), self.environment(env))

    def python(self, code, *arguments, env=None):
        """Run Python code."""
        return self.run(self._watch.argv(sys.executable, "-c", code, *arguments), env)

    def run(self, argv, env=None, stdin=""):
        done = subprocess.run(
            argv, input=stdin, capture_output=True, text=True, env=self.environment(env), cwd=self.folder,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr, self.calls())

    def calls(self):
        """What was asked of the system since this was called last."""
        return self._watch.calls()

    def assert_quiet(self, calls):
        """Nothing was wanted of the network, and written where kb says that it writes."""
        assert calls.threads > 0
        assert calls.network == []
        assert calls.outside(*self._named) == set()
        assert list(self.temporary.iterdir()) == []


@pytest.fixture
def user(tmp_path):
    """A fresh user with two FAQs, a note and a question to measure with."""
    fresh = FreshUser(tmp_path)
    shutil.copytree(ROOT / "corpora" / "faq", fresh.folder / "faq")
    (fresh.folder / "notes").mkdir()
    (fresh.folder / "notes" / "pier.md").write_text(
        "# Pier\n\nThe pier is made of oak, and was finished in 1987.\n"
    )
    (fresh.folder / "questions.jsonl").write_text(
        '{"id": "q1", "question": "what is the pier made of?", "gold": [{"source": "pier.md"}]}\n'
    )
    return fresh


@pytest.fixture
def settled(user):
    """The same user, with a note ingested and the dictionary made ready, which takes most of a
    first run.
    """
    if cache_folder().is_dir():
        shutil.copytree(cache_folder(), user.home / ".cache/kb")
    user.assert_quiet(user("ingest", "-q", "notes").calls)
    return user


def leaves():
    """Every command that does something, by its words: `faq add`."""
    for name in COMMANDS:
        command = program.get_command(click.Context(program), name)
        within = getattr(command, "commands", None)
        yield from (f"{name} {inner}" for inner in within) if within else (name,)


@pytest.mark.parametrize("command", list(leaves()))
def test_every_command_is_among_the_calls(command):
    words = command.split()
    assert any(call.split()[: len(words)] == words for call, _ in CALLS), (
        f"add a call of kb {command} to CALLS"
    )


@needs_strace
def test_the_watch_sees_what_processes_ask(user):
    code = """
import os, socket, subprocess, sys
if sys.argv[1:]:
    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    open(os.path.expanduser("~/名字 1.txt"), "w").close()
    os.mkdir("../beside")
else:
    subprocess.run([sys.executable, "-c", sys.orig_argv[2], "again"], check=True)
    try:
        socket.getaddrinfo("nobody.invalid", 443)
    except OSError:
        pass
"""
    calls = user.python(code).calls
    assert any("AF_INET6" in call for call in calls.network)
    assert any("/etc/hosts" in call or "/etc/resolv.conf" in call for call in calls.network)
    assert calls.outside(user.folder) == {user.home / "名字 1.txt", user.folder.parent / "beside"}


@pytest.mark.long
@needs_strace
def test_no_command_wants_the_network_or_writes_elsewhere(user):
    ids, forks, left = {}, user.forks(), set(BY_THEMSELVES)
    for call, code in CALLS:
        name, *words = shlex.split(call.format(**ids))
        run = user if name in left else partial(user.forked, forks)
        left.discard(name)
        done = run(name, *words)
        assert (call, done.code, done.err if done.code != code else "") == (call, code, "")
        user.assert_quiet(done.calls)
        if call.startswith("search --json"):
            ids["passage"] = json.loads(done.out)["hits"][0]["passage"]
        if call.startswith("faq list --json"):
            ids["entry"] = json.loads(done.out)[0]["id"]
    kept = {
        path.relative_to(user.home).parts[:3] for path in user.home.rglob("*") if path.is_file()
    }
    assert {parts[:2] for parts in kept} == {(".local", "share"), (".cache", "kb")}
    assert {parts[2] for parts in kept if parts[0] == ".local"} == {"kb"}
    forks.close()


@needs_strace
def test_nor_does_a_review_at_a_terminal(settled):
    assert settled("ask", UNKNOWN).code == 3
    typist = Typist(settled, "feedback", "review")
    typist.decide("g", "q quit\n> ")
    typist.press("q")
    assert typist.end()[0] == 0
    typist.close()
    settled.assert_quiet(settled.calls())


@pytest.mark.long
@needs_strace
def test_nothing_is_reported_in_the_background(settled):
    asking = subprocess.Popen(
        settled.argv("ask", "--no-log", "--stdin", "--jsonl"), env=settled.environment(), cwd=settled.folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    # Telemetry comes late: onnxruntime 1.32 looks its maker up seconds after the first answer.
    for _ in range(4):
        asking.stdin.write("what is the pier made of?\n")
        asking.stdin.flush()
        time.sleep(3)
    out, _ = asking.communicate(timeout=PATIENCE)
    assert out.count('"status": "answered"') == 4
    settled.assert_quiet(settled.calls())


@needs_strace
def test_nor_by_who_uses_kb_as_a_library(settled):
    done = settled.python(LIBRARY, str(settled.home / ".local/share/kb"))
    assert done.out.strip() == "pier.md", done.err
    # llama-index loads urllib3, which finds out by a socket to this machine itself whether there is
    # IPv6.
    done.calls.network[:] = [
        call for call in done.calls.network if not call.startswith(("socket(AF_INET6", "bind("))
    ]
    settled.assert_quiet(done.calls)


@needs_strace
def test_nor_by_what_reads_recordings(settled):
    """A stand-in for faster-whisper, which finds speech by onnxruntime, in a process that reads
    files.
    """
    (settled.folder / "faster_whisper.py").write_text(WHISPER)
    (settled.folder / "notes" / "talk.wav").write_bytes(b"RIFF")
    env = {
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(settled.folder))),
        "KB_AUDIO_MODEL": str(BUILTIN),
    }
    done = settled("ingest", "--json", "notes", env=env)
    assert json.loads(done.out)["added"] == 1, done.err + done.out
    settled.assert_quiet(done.calls)


@pytest.mark.slow
@needs_strace
def test_nor_by_models_in_this_process(settled):
    pytest.importorskip("torch", reason="the extra gpu is not installed")
    pytest.importorskip("sentence_transformers", reason="the extra gpu is not installed")
    subprocess.run(
        [sys.executable, "-c", MODELS, settled.folder], check=True, capture_output=True, cwd=TESTS
    )
    env = {
        "KB_EMBEDDER": "sentence-transformers", "KB_EMBEDDING_MODEL": str(settled.folder / "encoder"),
        "KB_RERANKER": "cross-encoder", "KB_RERANKER_MODEL": str(settled.folder / "cross"),
        "KB_TRANSFORMERS_MODEL": str(settled.folder / "writer"), "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip
    for arguments in (
        ("ingest", "notes"),
        ("ask", "--writer", "transformers", "what is the pier made of?"),
    ):
        done = settled(*arguments, env=env)
        assert done.code == 0, done.err
        settled.assert_quiet(done.calls)
    # A name, which is not on this machine, is not looked for anywhere else.
    done = settled(
        "doctor",
        env={**env, "KB_RERANKER_MODEL": "nobody/cross", "KB_EMBEDDING_MODEL": "nobody/encoder"},
    )
    assert done.code == 1
    assert (done.out + done.err).count("is not on this machine") == 2
    settled.assert_quiet(done.calls)
