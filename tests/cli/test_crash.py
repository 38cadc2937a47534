"""Killed in the middle, two at once, torn on disk: the next command puts everything right."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from filelock import FileLock
from homes import assert_in_step, limited, problems, stored

from tests.data_sets import find
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
GUIDE = find("docs/opensource_guide/en")
LONG_AGO = 1_700_000_000
QUESTIONS = (
    "how do I find my first users?",
    "how should cofounders split equity?",
    "种子用户怎么找？",
    "which vendor delivers crate number 1031 to the harbour?",
    # words that nobody wrote: only the dense leg finds anything
    "cofoundrs splitt equitty vestting agreemnt",
)
KILLS = 30
_DRAWN = random.Random(20)
# One moment from each of 30 equal parts of the time that an undisturbed run takes.
MOMENTS = [round((part + _DRAWN.random()) / KILLS, 3) for part in range(KILLS)]


@dataclass(frozen=True)
class Ingested:
    """A run that nobody disturbed: the folder, how long it took, what it stored, what it finds."""

    folder: Path
    home: Path
    seconds: float
    rows: dict
    hits: list


def write_table(path, rows, seed):
    """A FAQ of made-up questions. From 1,000 passages on, Chroma saves its vectors while more come
    in.
    """
    drawn = random.Random(seed)
    things = "harbour lantern orchard ferry workshop kettle meadow quarry bakery compass".split()
    verbs = "delivers repairs measures paints carries counts weighs".split()
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["question", "answer"])
        for number in range(rows):
            one, other = drawn.sample(things, 2)
            asked = f"Which vendor {drawn.choice(verbs)} crate number {seed * 1000 + number} to the {one}?"
            table.writerow(
                [
                    asked,
                    f"The {other} vendor does, on day {drawn.randrange(365)} of the {one} season.",
                ]
            )


def make_corpus(folder):
    """Our own corpora, two tables, and of the shared data, where it is present, two long guides."""
    shutil.copytree(ROOT / "corpora", folder / "corpora")
    write_table(folder / "vendors-1.csv", 400, 1)
    write_table(folder / "vendors-2.csv", 300, 2)
    for path in sorted(GUIDE.glob("*.md"))[:2] if GUIDE else ():
        shutil.copy(path, folder / path.name)
    age(folder)


def age(folder):
    """Give every file a time long past: of a file that was just written, kb remembers less."""
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def ingest(kb, home, *folders):
    """Ingest to the end."""
    done = limited(kb, "--home", home, "ingest", "-q", *folders)
    assert (done.returncode, done.stdout) == (0, b"")


def timed_ingest(kb, home, folder):
    """Ingest to the end in a process like those that are killed; gives the seconds it took."""
    began = time.monotonic()
    assert start(kb, home, "ingest", "-q", folder).wait() == 0
    return time.monotonic() - began


def hits(kb, home, notices=0):
    """The passages found for each question, best first; fails unless exactly so many notices came
    with them.
    """
    run = kb("--home", home, "search", "--stdin", "--jsonl", stdin="\n".join(QUESTIONS))
    assert run.code == 0, f"kb search ended with {run.code}: {run.err}"
    assert len(run.err.splitlines()) == notices, run.err
    return [[hit["passage"] for hit in line["hits"]] for line in run.lines]


def start(kb, home, *arguments):
    """Start `kb` in a session of its own, so that its processes can be told from others."""
    return kb.start("--home", home, *arguments, new_session=True)


def kill_ingest(kb, home, folder, seconds, *, group):
    """Kill an ingest so many seconds after its start: sooner, and on a copy, if it was faster than
    that.
    """
    before = home.with_name("before")
    if home.exists():
        shutil.copytree(home, before)
    while True:
        process = start(kb, home, "ingest", folder)
        time.sleep(seconds)
        if process.poll() is None:
            break
        assert process.returncode == 0
        shutil.rmtree(home)
        if before.exists():
            shutil.copytree(before, home)
        seconds *= 0.8
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    shutil.rmtree(before, ignore_errors=True)
    assert_all_gone(process.pid)


def assert_all_gone(session):
    """No process of the session lives on for long."""
    deadline = time.monotonic() + PATIENCE
    while living := members(session):
        assert time.monotonic() < deadline, f"still there: {living}"
        time.sleep(0.05)


def members(session):
    """The living processes of a session, by their command lines; none where there is no /proc to
    tell.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, belongs = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(belongs) == session and state != "Z":
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def assert_same(kb, home, wanted, lost=0.05):
    """The home holds and finds what an undisturbed run stored and found."""
    rows = stored(home)
    assert {name for name in rows if rows[name] != wanted.rows[name]} == set()
    assert_in_step(home, lost)
    assert hits(kb, home) == wanted.hits


@pytest.fixture
def undisturbed(kb, kept, tmp_path_factory):
    """An undisturbed first run over the corpus."""
    if "first" not in kept:
        folder, home = (
            tmp_path_factory.mktemp("corpus"),
            tmp_path_factory.mktemp("undisturbed") / "home",
        )
        make_corpus(folder)
        seconds = timed_ingest(kb, home, folder)
        kept["first"] = Ingested(folder, home, seconds, stored(home), hits(kb, home))
    return kept["first"]


@pytest.fixture
def update(kb, kept, tmp_path_factory):
    """(a home behind its folder, an undisturbed run that brought a copy of it in step)."""
    if "update" not in kept:
        folder, homes = tmp_path_factory.mktemp("changing"), tmp_path_factory.mktemp("update")
        make_corpus(folder)
        ingest(kb, homes / "behind", folder)
        change(folder)
        shutil.copytree(homes / "behind", homes / "home")
        seconds = timed_ingest(kb, homes / "home", folder)
        done = Ingested(
            folder, homes / "home", seconds, stored(homes / "home"), hits(kb, homes / "home")
        )
        kept["update"] = homes / "behind", done
    return kept["update"]


def change(folder):
    """Remove, rename, add and edit: a third of everything."""
    documents = sorted(folder.rglob("*.md"))
    for number, path in enumerate(documents):
        if number % 6 == 0:
            path.unlink()
        elif number % 6 == 2:
            path.rename(path.with_name(f"moved-{path.name}"))
        elif number % 6 == 4:
            path.write_text(
                path.read_text("utf-8").replace("\n\n", "\n\nA new remark on lanterns.\n\n", 3),
                "utf-8",
            )
    write_table(folder / "vendors-2.csv", 280, 3)
    write_table(folder / "vendors-4.csv", 200, 4)
    age(folder)


class TestKilled:
    @pytest.mark.parametrize(
        "moment",
        [
            pytest.param(moment, marks=() if number in (5, 16, 25) else pytest.mark.slow)
            for number, moment in enumerate(MOMENTS)
        ],
    )
    def test_once(self, kb, undisturbed, moment):
        seconds = moment * undisturbed.seconds
        kill_ingest(kb, kb.home, undisturbed.folder, seconds, group=MOMENTS.index(moment) % 2 == 0)
        ingest(kb, kb.home, undisturbed.folder)
        assert_same(kb, kb.home, undisturbed)

    @pytest.mark.parametrize(
        "moments",
        [
            pytest.param((0.9, 0.5, 0.7), id="one"),
            pytest.param((0.35, 0.6, 0.95), id="two", marks=pytest.mark.slow),
        ],
    )
    def test_again_and_again_with_searches_between(self, kb, undisturbed, moments):
        for moment in moments:
            kill_ingest(kb, kb.home, undisturbed.folder, moment * undisturbed.seconds, group=False)
            run = kb("search", "--json", QUESTIONS[0])
            if (kb.home / "catalog.sqlite3").exists():
                assert run.code == 0, run.err
                known = {json.loads(row)["id"] for row in stored(kb.home)["passages"]}
                assert {hit["passage"] for hit in run.json["hits"]} <= known
        ingest(kb, kb.home, undisturbed.folder)
        assert_same(kb, kb.home, undisturbed, lost=0.01)

    @pytest.mark.parametrize(
        "moment",
        [
            0.4,
            pytest.param(0.55, marks=pytest.mark.slow),
            0.7,
            pytest.param(0.9, marks=pytest.mark.slow),
        ],
    )
    def test_while_bringing_in_changes(self, kb, update, moment):
        behind, done = update
        shutil.copytree(behind, kb.home)
        kill_ingest(kb, kb.home, done.folder, moment * done.seconds, group=False)
        ingest(kb, kb.home, done.folder)
        assert_same(kb, kb.home, done)

    def test_what_was_committed_can_be_searched_before_the_next_ingest(
        self, kb, undisturbed, tmp_path
    ):
        ingest(kb, kb.home, undisturbed.folder / "vendors-1.csv")
        kill_ingest(kb, kb.home, undisturbed.folder, 0.7 * undisturbed.seconds, group=False)
        run = kb("search", "--json", "-k", "1", "which vendor gets crate number 1031")
        assert run.code == 0
        assert "crate number 1031 " in run.json["hits"][0]["text"]

    def test_reindex(self, kb, undisturbed):
        shutil.copytree(undisturbed.home, kb.home)
        for seconds in (0.4, 0.7):
            process = start(kb, kb.home, "reindex")
            time.sleep(seconds)
            process.kill()
            process.wait()
            assert hits(kb, kb.home) == undisturbed.hits
        assert kb("reindex").code == 0
        assert_same(kb, kb.home, undisturbed)
        assert len(list((kb.home / "indexes").iterdir())) == 2, (
            "folders of killed rebuilds are left over"
        )


class TestAtOnce:
    def test_two_ingests(self, kb, tmp_path):
        for seed in (5, 6):
            (tmp_path / f"part{seed}").mkdir()
            write_table(tmp_path / f"part{seed}" / f"vendors-{seed}.csv", 900, seed)
        with ThreadPoolExecutor() as pool:
            runs = list(
                pool.map(lambda seed: kb("ingest", "--json", tmp_path / f"part{seed}"), (5, 6))
            )
        assert [run.code for run in runs] == [0, 0]
        assert [run.json["added"] for run in runs] == [1, 1]
        assert sum("waiting" in run.err for run in runs) == 1
        assert sorted(len(run.err.splitlines()) for run in runs) == [0, 1]
        assert sorted(run.json["passages"] for run in runs) == [900, 1800]
        assert_in_step(kb.home)
        for seed in (5, 6):
            found = kb("search", "--json", "-k", "1", f"crate number {seed}007").json["hits"][0]
            assert f"crate number {seed}007 " in found["text"]

    def test_an_ingest_waits_for_another_program_and_says_so(self, kb, folder):
        (folder / "note.md").write_text("Lanterns are lit at dusk.")
        assert kb("ingest", folder).code == 0
        (folder / "more.md").write_text("Ferries leave at dawn.")
        with FileLock(kb.home / "write.lock"):
            process = kb.start("ingest", folder)
            said = process.stderr.readline().decode()
            assert "waiting" in said
            assert process.poll() is None
            assert kb("search", "--json", "lanterns").json["hits"], "a reader waits for nobody"
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, b"")
        assert b"1 added" in out

    def test_searches_during_an_ingest(self, kb, undisturbed, tmp_path):
        shutil.copytree(undisturbed.home, kb.home)
        for seed in (7, 8):
            write_table(tmp_path / f"vendors-{seed}.csv", 800, seed)
        process = kb.start("ingest", "-q", *tmp_path.glob("*.csv"))
        searches = 0
        while process.poll() is None:
            run = kb("search", "--json", QUESTIONS[1])
            assert (run.code, run.err) == (0, "")
            assert run.json["hits"][0]["passage"] == undisturbed.hits[1][0]
            searches += 1
        assert (process.returncode, *process.communicate()) == (0, b"", b"")
        assert searches > 0
        assert_in_step(kb.home)


# --- torn and missing files -----------------------------------------------------------------------


def dense(home):
    return next((home / "indexes").glob("dense-*"))


def lexical(home):
    return next((home / "indexes").glob("lexical-*"))


def the(folder, pattern):
    """The one file of that name; fails where Chroma or tantivy no longer write such a file."""
    (found,) = folder.glob(pattern)
    return found


def cut(path, share):
    os.truncate(path, int(path.stat().st_size * share))


def fill(path):
    path.write_bytes(random.Random(7).randbytes(path.stat().st_size))


def empty(folder):
    shutil.rmtree(folder)
    folder.mkdir()


HARM = {
    "emptied": lambda path: cut(path, 0),
    "half": lambda path: cut(path, 0.5),
    "garbage": fill,
    "deleted": Path.unlink,
}


def torn(name, harm, *marks):
    """A case: a file, and what happens to it."""
    return pytest.param(name, harm, id=f"{name}-{harm}", marks=marks)


class TestTornIndex:
    @pytest.mark.parametrize(
        ("name", "harm"),
        [
            torn("header.bin", "emptied", pytest.mark.slow),
            torn("header.bin", "half", pytest.mark.slow),
            torn("header.bin", "garbage"),
            torn("data_level0.bin", "half"),
            torn("data_level0.bin", "garbage", pytest.mark.slow),
            torn("data_level0.bin", "deleted", pytest.mark.slow),
            torn("index_metadata.pickle", "half"),
            torn("index_metadata.pickle", "deleted", pytest.mark.slow),
            torn("chroma.sqlite3", "emptied"),
            torn("chroma.sqlite3", "half", pytest.mark.slow),
            torn("chroma.sqlite3", "garbage"),
            torn("chroma.sqlite3", "deleted", pytest.mark.slow),
        ],
    )
    def test_a_file_of_chroma(self, kb, undisturbed, name, harm):
        shutil.copytree(undisturbed.home, kb.home)
        HARM[harm](the(dense(kb.home), f"**/{name}"))
        assert_mended(kb, undisturbed)

    @pytest.mark.parametrize(
        ("name", "harm"),
        [
            torn("*.store", "half"),
            torn("*.idx", "emptied", pytest.mark.slow),
            torn("*.term", "garbage"),
            torn("*.fieldnorm", "deleted"),
            torn("meta.json", "half", pytest.mark.slow),
            torn("meta.json", "deleted"),
            torn("*", "emptied", pytest.mark.slow),
        ],
    )
    def test_a_file_of_tantivy(self, kb, undisturbed, name, harm):
        shutil.copytree(undisturbed.home, kb.home)
        for path in list(lexical(kb.home).glob(name)):
            HARM[harm](path)
        assert_mended(kb, undisturbed)

    @pytest.mark.parametrize("find", [dense, lexical], ids=["chroma", "tantivy"])
    def test_a_deleted_folder(self, kb, undisturbed, find):
        shutil.copytree(undisturbed.home, kb.home)
        shutil.rmtree(find(kb.home))
        assert_mended(kb, undisturbed)

    @pytest.mark.parametrize("find", [dense, lexical], ids=["chroma", "tantivy"])
    def test_an_emptied_folder(self, kb, undisturbed, find):
        shutil.copytree(undisturbed.home, kb.home)
        empty(find(kb.home))
        assert_mended(kb, undisturbed)

    def test_the_deleted_folder_of_chromas_vectors(self, kb, undisturbed):
        shutil.copytree(undisturbed.home, kb.home)
        shutil.rmtree(the(dense(kb.home), "*/header.bin").parent)
        assert_mended(kb, undisturbed)

    def test_both_folders(self, kb, undisturbed):
        shutil.copytree(undisturbed.home, kb.home)
        shutil.rmtree(kb.home / "indexes")
        assert_mended(kb, undisturbed, notices=2)

    @pytest.mark.parametrize(
        ("name", "harm"),
        [
            torn("length.bin", "emptied"),
            torn("length.bin", "garbage", pytest.mark.slow),
            torn("link_lists.bin", "emptied"),
            torn("link_lists.bin", "garbage", pytest.mark.slow),
            torn("link_lists.bin", "deleted", pytest.mark.slow),
        ],
    )
    def test_more_is_ingested_beside_a_torn_file(self, kb, undisturbed, tmp_path, name, harm):
        """Chroma does not look at these files while it searches, and then writes them anew from
        what it believes.
        """
        shutil.copytree(undisturbed.home, kb.home)
        HARM[harm](the(dense(kb.home), f"*/{name}"))
        assert kb("search", "--json", QUESTIONS[0]).code == 0
        write_table(tmp_path / "vendors-5.csv", 1200, 5)
        ingest(kb, kb.home, tmp_path / "vendors-5.csv")
        largest = max(path.stat().st_size for path in kb.home.rglob("*"))
        assert largest < 50_000_000, "a file of the index grew without end"
        assert_in_step(kb.home)

    def test_doctor_finds_and_repairs(self, kb, undisturbed):
        shutil.copytree(undisturbed.home, kb.home)
        empty(dense(kb.home))
        fill(the(lexical(kb.home), "*.term"))
        assert set(problems(kb)) == {"dense index", "lexical index"}
        assert kb("doctor").code == 1
        kb("doctor", "--repair")
        assert problems(kb) == {}
        assert hits(kb, kb.home) == undisturbed.hits


def assert_mended(kb, undisturbed, notices=1):
    """A search finds what it should and says once that it mended the index; then all is well."""
    assert hits(kb, kb.home, notices) == undisturbed.hits
    assert_in_step(kb.home)


def test_the_public_chroma_client_opens_the_folder(kb, undisturbed):
    shutil.copytree(undisturbed.home, kb.home)
    script = (
        "import sys, chromadb; client = chromadb.PersistentClient(sys.argv[1]);"
        "(found,) = client.list_collections(); print(found.name, found.count(), len(set(found.get()['ids'])))"
    )
    environment = kb.environment({"ANONYMIZED_TELEMETRY": "False"})
    seen = subprocess.check_output(
        [sys.executable, "-c", script, dense(kb.home)], env=environment, text=True, timeout=PATIENCE
    )
    count = kb("stats", "--json").json["passages"]
    assert seen.split() == ["passages", str(count), str(count)]


def test_the_moments_cover_the_whole_run():
    assert len(MOMENTS) == KILLS
    assert max(later - earlier for earlier, later in pairwise([0.0, *MOMENTS, 1.0])) < 2 / KILLS
