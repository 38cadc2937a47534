"""A knowledge base that was found in a folder: nothing in it runs a program, or has keys and texts
sent away.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from chat_server import said

NOTE = "# Refunds\n\nMembers can get a refund within 14 days of paying.\n"
QUESTION = "how many days for a refund?"
KEY = "sk-of-the-users-own"
NOBODY = 65534

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root can make files of another user",
)


class Clone:
    """A folder as `git clone` leaves it, with a .kb in it, and the command line without a home
    chosen.
    """

    def __init__(self, kb, root):
        self._kb = kb
        self.root = root
        self.home = root / "clone" / ".kb"
        self.inside = root / "clone" / "src"
        self.inside.mkdir(exist_ok=True)
        self.canary = root / "canary"

    def plant(self, **settings):
        """Let kb.toml hold these settings."""
        lines = (f"{name} = {_toml(value)}\n" for name, value in settings.items())
        (self.home / "kb.toml").write_text("".join(lines))

    def __call__(self, *arguments, env=None, **given):
        own = {
            "KB_HOME": "",
            "KB_EMBEDDER": "",
            "HOME": str(self.root),
            "XDG_DATA_HOME": str(self.root / "data"),
        }
        return self._kb(
            *arguments, env={**own, **(env or {})}, cwd=given.pop("cwd", self.inside), **given
        )

    def command(self):
        """Options of subprocess.Popen that leave a canary."""
        return {"args": ["touch", str(self.canary)]}


def _toml(value):
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{name} = {json.dumps(inner)}" for name, inner in value.items()) + "}"
        )
    return json.dumps(value)


@pytest.fixture
def clone(kb, kept, tmp_path, tmp_path_factory):
    """A fresh copy of a cloned folder whose .kb holds one note."""
    if "clone" not in kept:
        kept["clone"] = tmp_path_factory.mktemp("origin") / "clone"
        (kept["clone"] / "notes").mkdir(parents=True)
        (kept["clone"] / "notes" / "refunds.md").write_text(NOTE)
        run = kb(
            "--home",
            kept["clone"] / ".kb",
            "ingest",
            kept["clone"] / "notes",
            env={"KB_EMBEDDER": "builtin"},
        )
        assert run.code == 0, run.err
    shutil.copytree(kept["clone"], tmp_path / "clone")
    for path in (tmp_path / "clone").rglob("*"):
        path.chmod(path.stat().st_mode & ~0o022)
    (tmp_path / "clone" / ".kb").chmod(0o700)
    return Clone(kb, tmp_path)


class TestUntrusted:
    def test_no_class_of_it_is_made_and_it_is_told_of_once(self, clone):
        clone.plant(
            llama_index_class="subprocess:Popen", llama_index_options=clone.command(), hits=3
        )
        run = clone("ask", "--stdin", "--jsonl", stdin=f"{QUESTION}\n{QUESTION}\n")
        assert run.code == 0, run.err
        assert [line["writer"] for line in run.lines] == ["extractive", "extractive"]
        (notice,) = run.err.splitlines()
        assert "llama_index_class, llama_index_options" in notice
        assert "kb trust" in notice
        assert "hits" not in notice
        assert not clone.canary.exists()

    def test_nor_one_of_a_section(self, clone):
        options = ", ".join(f"{name} = {_toml(value)}" for name, value in clone.command().items())
        (clone.home / "kb.toml").write_text(
            f'[writer]\nname = "llama_index"\nllama_index_class = "subprocess:Popen"\n'
            f"llama_index_options = {{{options}}}\n[retrieval]\nhits = 3\n"
        )
        run = clone("ask", QUESTION)
        assert run.code == 0, run.err
        (notice,) = run.err.splitlines()
        assert (
            "settings in it are ignored: writer, llama_index_class, llama_index_options;" in notice
        )
        assert not clone.canary.exists()
        shown = clone("trust", "--dry-run", "--json").json["settings"]
        assert set(shown) == {"writer", "llama_index_class", "llama_index_options"}

    @pytest.mark.parametrize(
        "call", [("ingest", "../notes"), ("search", QUESTION), ("doctor",), ("reindex",)]
    )
    def test_nor_one_that_embeds_or_reads(self, clone, call):
        clone.plant(
            embedder="llama_index",
            embedding_model="subprocess:Popen",
            embedding_options=clone.command(),
            verify_model="./model",
            reranker="cross-encoder",
            reranker_model="./model",
        )
        run = clone(*call)
        assert run.code == 0, run.err
        assert (
            "embedder, embedding_model, embedding_options, verify_model, reranker, reranker_model"
            in run.err
        )
        assert not clone.canary.exists()

    def test_the_rest_of_it_counts(self, clone):
        clone.plant(openai_url="http://127.0.0.1:9/v1", min_confidence=1.0)
        run = clone("ask", QUESTION)
        assert run.code == 3
        shown = clone("config", "show").out
        assert "default (kb.toml ignored until kb trust)" in shown
        assert "127.0.0.1:9" not in shown

    def test_what_the_user_says_comes_first_and_needs_no_trust(self, clone, server):
        clone.plant(openai_url="http://127.0.0.1:9/v1", embedder="builtin", writer="extractive")
        run = clone("ask", QUESTION, "--writer", "openai", env={"KB_OPENAI_URL": server.url})
        assert run.code == 0
        assert "trust" not in run.err
        assert server.requests

    @pytest.mark.parametrize(
        ("settings", "call", "key", "url"),
        [
            ({"writer": "openai", "openai_url": "URL"}, "ask", "KB_OPENAI_API_KEY", "openai_url"),
            ({"openai_url": "URL"}, "ask", "KB_OPENAI_API_KEY", "openai_url"),
            (
                {"embedder": "openai", "embedding_url": "URL", "embedding_model": "m"},
                "search",
                "KB_EMBEDDING_API_KEY",
                "embedding_url",
            ),
            (
                {"embedder": "openai", "openai_url": "URL", "embedding_model": "m"},
                "ingest",
                "KB_OPENAI_API_KEY",
                "openai_url",
            ),
            (
                {"reranker": "http", "reranker_url": "URL"},
                "search",
                "KB_RERANKER_API_KEY",
                "reranker_url",
            ),
        ],
    )
    def test_no_key_goes_to_a_server_of_it(self, clone, server, settings, call, key, url):
        clone.plant(
            **{name: server.url if value == "URL" else value for name, value in settings.items()}
        )
        run = clone(call, "../notes" if call == "ingest" else QUESTION, env={key: KEY})
        assert run.code == 1
        refusal = run.err.splitlines()[-2]
        assert key in refusal
        assert url in refusal
        assert str(clone.home / "kb.toml") in refusal
        assert "kb trust" in run.err.splitlines()[-1]
        assert KEY not in run.err
        assert not server.requests

    def test_a_key_without_a_use_refuses_nothing(self, clone, server):
        clone.plant(openai_url=server.url)
        assert (
            clone("ask", QUESTION, "--writer", "extractive", env={"KB_OPENAI_API_KEY": KEY}).code
            == 0
        )
        assert clone("search", QUESTION, env={"KB_OPENAI_API_KEY": KEY}).code == 0
        assert not server.requests

    def test_nor_does_a_server_get_texts_without_a_key(self, clone, server):
        clone.plant(
            embedder="openai", embedding_url=server.url, embedding_model="m", openai_url=server.url
        )
        (clone.root / "private.md").write_text("The salary is 123456.\n")
        assert clone("ingest", clone.root / "private.md").code == 0
        assert clone("ask", QUESTION).code == 0
        assert not server.requests


class TestTrust:
    def test_it_holds_for_the_very_content(self, clone, server):
        server.body = said("Within 14 days of paying [1].")
        clone.plant(openai_url=server.url, openai_model="tiny")
        shown = clone("trust")
        assert shown.code == 0
        assert server.url in shown.out
        run = clone("ask", QUESTION, "--format", "json", env={"KB_OPENAI_API_KEY": KEY})
        assert run.json["writer"] == "openai:tiny"
        assert "trust" not in run.err
        assert server.requests[-1][1]["Authorization"] == f"Bearer {KEY}"
        asked = len(server.requests)
        with (clone.home / "kb.toml").open("a") as stream:
            stream.write("# and a comment\n")
        again = clone("ask", QUESTION)
        assert "not trusted" in again.err
        assert len(server.requests) == asked

    def test_it_can_be_taken_back_and_listed(self, clone):
        clone.plant(openai_url="http://127.0.0.1:9/v1")
        assert clone("trust", "--dry-run").code == 0
        assert clone("trust", "--list").out == "nothing is trusted\n"
        assert clone("trust", "..", "--json").json["trusted"] is True
        assert clone("trust", "--list", "--json").json == [
            {"home": str(clone.home), "trusted": True}
        ]
        clone.plant(openai_url="http://127.0.0.1:8/v1")
        assert clone("trust", "--list", "--json").json[0]["trusted"] is False
        assert clone("trust", clone.home).code == 0
        assert clone("trust", "--revoke").code == 0
        assert clone("trust", "--list").out == "nothing is trusted\n"
        assert "not trusted" in clone("search", QUESTION).err

    def test_it_is_of_one_folder_and_reached_by_links(self, clone, tmp_path):
        clone.plant(openai_url="http://127.0.0.1:9/v1")
        clone("trust")
        (tmp_path / "linked").symlink_to(clone.inside.parent)
        assert "not trusted" not in clone("search", QUESTION, cwd=tmp_path / "linked").err
        shutil.copytree(clone.inside.parent, tmp_path / "copied")
        assert "not trusted" in clone("search", QUESTION, cwd=tmp_path / "copied").err

    def test_it_shows_what_it_allows_without_secrets(self, clone):
        clone.plant(
            openai_url=f"http://ines:{KEY}@127.0.0.1:9/v1",
            openai_api_key=KEY,
            llama_index_class="llama_index.llms.ollama:Ollama",
            llama_index_options={"model": "m-1", "api_base": "http://127.0.0.1:8", "auth": KEY},
            hits=3,
        )
        run = clone("trust", "--json")
        assert run.json["settings"] == {
            "openai_url": "http://127.0.0.1:9/v1",
            "openai_api_key": "(hidden)",
            "llama_index_class": "llama_index.llms.ollama:Ollama",
            "llama_index_options": '{"model": "m-1", "api_base": "http://127.0.0.1:8", "auth": "(hidden)"}',
        }
        assert KEY not in clone("trust").out

    def test_there_may_be_nothing_to_trust(self, clone, tmp_path):
        assert "nothing to trust" in clone("trust").out
        clone.plant(hits=3, writer="extractive", embedder="static", openai_url="")
        run = clone("trust")
        assert (run.code, "nothing to trust" in run.out) == (0, True)
        chosen = clone("--home", clone.home, "trust")
        assert (chosen.code, "nothing to trust" in chosen.out) == (0, True)
        assert clone("trust", tmp_path / "nowhere").code == 1
        assert not (tmp_path / "data" / "kb" / "trusted").exists()

    def test_even_then_only_classes_of_the_kind_are_made(self, clone):
        clone.plant(
            llama_index_class="subprocess:Popen",
            llama_index_options=clone.command(),
            embedder="llama_index",
            embedding_model="subprocess:Popen",
            embedding_options=clone.command(),
        )
        clone("trust")
        run = clone("ask", QUESTION)
        assert "subprocess:Popen is no LLM class" in run.err
        checked = clone("doctor")
        assert checked.code == 1
        assert "subprocess:Popen is no embedding class" in checked.out
        assert not clone.canary.exists()

    @pytest.mark.parametrize(
        "name", ["asyncio.subprocess:Process", "concurrent.futures:Executor", "os.path:join"]
    )
    def test_nor_does_a_connector_make_another(self, clone, name):
        run = clone("ingest", f"llamahub:{name}", "--arg", f'args=["touch", "{clone.canary}"]')
        assert run.code == 1
        assert not clone.canary.exists()


class TestOwner:
    @needs_root
    @pytest.mark.parametrize("name", [".", "kb.toml", "catalog.sqlite3", "indexes"])
    def test_what_another_user_owns_is_refused(self, clone, name):
        clone.plant(hits=3)
        os.chown(clone.home / name, NOBODY, NOBODY)
        calls = (("search", QUESTION), ("ingest", "../notes"), ("trust",), ("trust", ".."))
        for call in calls if name == "." else calls[:1]:
            run = clone(*call)
            assert (run.code, run.out) == (1, ""), call
            assert "belongs to another user" in run.err
            assert "--home" in run.err

    @needs_root
    def test_one_that_was_chosen_is_used(self, clone):
        os.chown(clone.home, NOBODY, NOBODY)
        assert clone("--home", clone.home, "search", QUESTION).code == 0
        assert clone("search", QUESTION, env={"KB_HOME": str(clone.home)}).code == 0

    @needs_root
    def test_a_link_to_what_another_user_owns_is_refused(self, clone, tmp_path):
        shutil.move(clone.home, tmp_path / "theirs")
        os.chown(tmp_path / "theirs", NOBODY, NOBODY)
        clone.home.symlink_to(tmp_path / "theirs")
        assert "belongs to another user" in clone("search", QUESTION).err

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
    @pytest.mark.parametrize(
        ("name", "bits"),
        [(".", 0o020), ("kb.toml", 0o002), ("journal.sqlite3", 0o020), ("indexes", 0o002)],
    )
    def test_what_others_can_write_is_refused(self, clone, name, bits):
        clone.plant(hits=3)
        (clone.home / "journal.sqlite3").touch(0o600)
        path = clone.home / name
        path.chmod(path.stat().st_mode | bits)
        run = clone("search", QUESTION)
        assert (run.code, run.out) == (1, "")
        assert f"chmod -R go-w {clone.home}" in run.err
        path.chmod(path.stat().st_mode & ~0o022)
        assert clone("search", QUESTION).code == 0

    @pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
    @pytest.mark.parametrize("name", ["write.lock", "journal.sqlite3", "catalog.sqlite3-wal"])
    def test_a_file_that_links_out_of_it_is_refused(self, clone, tmp_path, name):
        (tmp_path / "diary").write_text("mine\n")
        (clone.home / name).unlink(missing_ok=True)
        (clone.home / name).symlink_to(tmp_path / "diary")
        run = clone("ingest", "../notes")
        assert (run.code, "link" in run.err) == (1, True)
        assert (tmp_path / "diary").read_text() == "mine\n"

    def test_no_other_home_is_used_instead(self, clone):
        (clone.inside / ".kb").mkdir(mode=0o777)
        (clone.inside / ".kb").chmod(0o777)
        assert clone("search", QUESTION).code == 1


class TestPlanted:
    """Files of a home that were made to run something."""

    def test_pickled_metadata_of_the_index_run_nothing(self, clone):
        import pickle

        class Touch:
            def __reduce__(self):
                return os.system, (f"touch {clone.canary}",)

        bad = pickle.dumps(Touch(), protocol=4)
        pickle.loads(bad)
        assert clone.canary.exists(), "the canary must sing where it is unpickled"
        clone.canary.unlink()
        planted = list(clone.home.glob("indexes/dense-*/*/*.pickle"))
        assert planted, "Chroma keeps pickled metadata no more: this test looks at nothing"
        for path in planted:
            path.write_bytes(bad)
            self._vouch(clone, path)
        for call in (
            ("search", QUESTION),
            ("doctor",),
            ("ingest", "../notes"),
            ("doctor", "--repair"),
        ):
            clone(*call)
            assert not clone.canary.exists(), call
        assert clone("search", "--json", QUESTION).json["hits"]

    def _vouch(self, clone, path):
        """Let the catalog say that this is how the file must look."""
        from kb.projections.generations import look_at

        folder = next(parent for parent in path.parents if parent.parent.name == "indexes")
        look = look_at(folder)[path.relative_to(folder).as_posix()]
        with closing(sqlite3.connect(clone.home / "catalog.sqlite3")) as db, db:
            (files,) = db.execute("SELECT files FROM projections WHERE name = 'dense'").fetchone()
            files = {**json.loads(files), path.relative_to(folder).as_posix(): look}
            db.execute(
                "UPDATE projections SET files = ? WHERE name = 'dense'", (json.dumps(files),)
            )

    @pytest.mark.parametrize(
        "program",
        [
            "CREATE TRIGGER t AFTER UPDATE ON {table} BEGIN SELECT load_extension('{canary}'); END",
            "CREATE VIEW v AS SELECT load_extension('{canary}')",
            "CREATE VIRTUAL TABLE v USING fts5(a)",
        ],
    )
    @pytest.mark.parametrize(
        ("store", "table"), [("catalog", "documents"), ("journal", "exchanges")]
    )
    def test_a_database_with_programs_in_it_is_refused(self, clone, program, store, table):
        assert clone("ask", QUESTION).code == 0  # makes the journal
        with closing(sqlite3.connect(clone.home / f"{store}.sqlite3")) as db, db:
            db.execute(program.format(table=table, canary=clone.canary))
        call = ("search", QUESTION) if store == "catalog" else ("log",)
        run = clone(*call)
        assert run.code == 1
        assert "triggers, views or virtual tables" in run.err

    @pytest.mark.parametrize("generation", ["../../../elsewhere", "ABSOLUTE", ""])
    def test_a_generation_that_is_named_elsewhere_is_built_anew_here(self, clone, generation):
        elsewhere = clone.root / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "thesis.txt").write_text("mine\n")
        named = str(elsewhere) if generation == "ABSOLUTE" else generation
        with closing(sqlite3.connect(clone.home / "catalog.sqlite3")) as db, db:
            db.execute("UPDATE projections SET generation = ?, files = '{}'", (named,))
        run = clone("search", "--json", QUESTION)
        assert run.json["hits"]
        assert [path.name for path in elsewhere.iterdir()] == ["thesis.txt"]

    @pytest.mark.parametrize(
        "content",
        ['openai_url = "http://127.0.0.1:9"\n', 'llama_index_class = "os:system"\n', "hits = 3\n"],
    )
    def test_what_was_tuned_are_numbers_and_nothing_else(self, clone, content):
        (clone.home / "tuned.toml").write_text(content)
        run = clone("search", QUESTION)
        assert (run.code, "nothing that is tuned" in run.err) == (1, True)


class TestSecrets:
    @pytest.mark.parametrize(
        "content",
        [
            f'openai_api_key = "{KEY}\n',
            f"openai_api_key = {KEY}\n",
            f"{KEY}\n",
            f'hits = "{KEY}"\n',
            f'openai_api_key = ["{KEY}"]\n',
            f'[openai]\napi_key = {{a = "{KEY}"}}\n',
            f'"{KEY}" = 1\n"{KEY}" = 2\n',
            f'"{KEY}" = 1\n',
            f'writer = "{KEY}"\n',
            f'embedder = "{KEY}"\n',
            f'reranker = "{KEY}"\n',
            f'embedder = "openai"\nembedding_model = "m"\nembedding_url = "{KEY}"\n',
            f'embedder = "openai"\nembedding_model = "m"\nembedding_url = "http://a:{KEY}/x@127.0.0.1:9"\n',
            f'embedder = "llama_index"\nembedding_model = "{KEY}"\n',
            f'writer = "llama_index"\nllama_index_class = "{KEY}"\n',
            f'writer = "llama_index"\nllama_index_class = "a:B"\nllama_index_options = \'{{"k": {KEY}\'\n',
        ],
    )
    def test_a_value_that_is_wrong_is_not_repeated(self, clone, content):
        (clone.home / "kb.toml").write_text(content)
        run = clone("--home", clone.home, "ask", QUESTION)
        assert KEY not in run.out + run.err
        assert "bug" not in run.err

    @pytest.mark.parametrize(
        "name", ["KB_HITS", "KB_MIN_CONFIDENCE", "KB_WRITER", "KB_EMBEDDER", "KB_RERANKER"]
    )
    def test_nor_one_of_the_environment(self, clone, name):
        run = clone("ask", QUESTION, env={name: KEY})
        assert run.code == 1
        assert KEY not in run.err

    def test_nor_one_of_a_connector(self, clone):
        reader = "llamahub:llama_index.core.readers:StringIterableReader"
        assert KEY not in clone("ingest", reader, "--arg", KEY).err
        run = clone("ingest", reader, "--arg", f"token={KEY}")
        assert run.code == 1
        assert KEY not in run.err

    def test_a_redirect_takes_no_key_elsewhere(self, clone, server, models):
        server.status, server.body = 307, b""
        server.turns = [(307, b"", {"Location": f"{models.url}/v1/chat/completions"})]
        own = {"KB_OPENAI_URL": server.url, "KB_OPENAI_MODEL": "m", "KB_OPENAI_API_KEY": KEY}
        run = clone("ask", QUESTION, env=own)
        assert server.requests
        assert "307" in run.err
        assert not models.asked

    def test_a_crash_report_holds_none(self, clone, tmp_path, monkeypatch, capsys):
        import cli.main

        monkeypatch.setenv("KB_OPENAI_API_KEY", KEY)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

        def broken(*arguments, **given):
            raise RuntimeError(f"unforeseen: {KEY}")

        monkeypatch.setattr(cli.main.kb, "main", broken)
        assert cli.main.main(["formats"]) == 1
        (report,) = tmp_path.rglob("error-*.txt")
        assert oct(report.stat().st_mode & 0o777) == "0o600"
        assert "unforeseen: (hidden)" in report.read_text()
        assert KEY not in report.read_text() + capsys.readouterr().err
