"""`kb serve` as its users meet it: routes beside the questions, tokens, processes, stopping."""

from __future__ import annotations

import signal

import pytest

pytestmark = pytest.mark.long

RUNWAY = "What runway should I have before raising?"


def test_what_was_ingested_is_listed_without_paths_of_the_machine(served_corpora):
    sources = served_corpora.get("/v1/sources").json()
    assert len(sources) > 10
    assert {"document", "source", "title", "kind", "lang", "passages"} <= sources[0].keys()
    assert not any("path" in source for source in sources)


def test_a_passage_comes_with_those_around_it(served_corpora):
    hit = served_corpora.post("/v1/search", {"question": RUNWAY, "k": 1}).json()["hits"][0]
    shown = served_corpora.get(f"/v1/passages/{hit['passage']}").json()
    assert hit["passage"] in [piece["passage"] for piece in shown["around"]]
    assert "path" not in shown
    missing = served_corpora.get("/v1/passages/p_0")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")


def test_a_verdict_sent_twice_is_one(served_corpora):
    name = served_corpora.post("/v1/ask", {"question": RUNWAY}).json()["id"]
    verdict = {"exchange": name, "verdict": "down", "comment": "too short", "id": "bot-1"}
    first, again = (served_corpora.post("/v1/feedback", verdict).json() for _ in range(2))
    assert first == again
    assert len(served_corpora.get(f"/v1/exchanges/{name}").json()["verdicts"]) == 1


def test_messages_of_a_platform_come_ready_to_send(served_corpora):
    body = {"question": RUNWAY, "format": "slack"}
    answer = served_corpora.post("/v1/ask", body).json()
    assert answer["messages"]
    assert all(len(message) <= 3000 for message in answer["messages"])


def test_what_is_ingested_while_it_serves_is_found_by_the_next_question(kb, serve, tmp_path):
    (tmp_path / "a.md").write_text("# Boats\n\nBoats leave at nine.\n", "utf-8")
    kb("ingest", tmp_path / "a.md")
    served = serve(kb)
    question = {"question": "When do the ferries to Juniper Bay leave?"}
    assert served.post("/v1/ask", question).json()["status"] == "abstained"
    text = "# Ferries\n\nThe ferries to Juniper Bay leave at six.\n"
    (tmp_path / "b.md").write_text(text, "utf-8")
    kb("ingest", tmp_path / "b.md")
    assert "at six" in served.post("/v1/ask", question).json()["answer"]
    (kb.home / "kb.toml").write_text("[retrieval]\nmin_confidence = 1.0\n", "utf-8")
    assert served.post("/v1/ask", question).json()["status"] == "abstained"


def test_several_processes_serve_one_home_and_stop_together(kb, serve, tmp_path):
    (tmp_path / "a.md").write_text("# Boats\n\nBoats to Juniper Bay leave at nine.\n", "utf-8")
    kb("ingest", tmp_path / "a.md")
    served = serve(kb, "--workers", "2")
    names = {
        served.post("/v1/ask", {"question": "When do boats to Juniper Bay leave?"}).json()["id"]
        for _ in range(6)
    }
    assert len(names) == 6
    assert {exchange["id"] for exchange in kb("log", "list", "--json").lines} == names
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(60) in (0, -signal.SIGTERM)
    assert "bug" not in served.log


def test_other_machines_are_not_served_without_a_token(kb, tmp_path):
    (tmp_path / "a.md").write_text("# Boats\n\nBoats leave at nine.\n", "utf-8")
    kb("ingest", tmp_path / "a.md")
    run = kb("serve", "--host", "0.0.0.0", "--port", "0")
    assert (run.code, "without a token" in run.err) == (1, True)
    assert "kb token add" in run.err


class TestTokens:
    @pytest.fixture(autouse=True)
    def home(self, kb, tmp_path):
        (tmp_path / "a.md").write_text("# Boats\n\nBoats leave at nine.\n", "utf-8")
        kb("ingest", tmp_path / "a.md")

    def test_a_token_is_shown_once_and_kept_nowhere(self, kb):
        made = kb("token", "add", "helper", "--can", "ask,feedback")
        token = made.out.strip()
        assert token.startswith("kb_")
        listed = kb("token", "list", "--json")
        assert [(each["name"], each["can"]) for each in listed.json] == [
            ("helper", ["ask", "feedback"])
        ]
        assert token not in listed.out
        for path in kb.home.glob("access.sqlite3*"):
            assert token.encode() not in path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0

    def test_a_name_is_used_once(self, kb):
        kb("token", "add", "helper", "--can", "ask")
        again = kb("token", "add", "helper", "--can", "ask")
        assert (again.code, "called helper already" in again.err) == (1, True)

    def test_a_revoked_token_is_listed_as_such(self, kb):
        kb("token", "add", "helper", "--can", "ask")
        assert kb("token", "revoke", "helper").code == 0
        assert [each["state"] for each in kb("token", "list", "--json").json] == ["revoked"]
        assert kb("token", "revoke", "helper").code == 1
        again = kb("token", "add", "helper", "--can", "ask")
        assert (again.code, "helper was the name of a token" in again.err) == (1, True)
        assert "choose a new one" in again.err

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--can", "fly"), "--can takes any of"),
            (("--can", "ask", "--expires", "2020-01-01"), "is over already"),
            (("--can", "ask", "--expires", "soon"), "is no day"),
            (("--can", "ask", "--expires", "99999999d"), "further away than the calendar"),
            ((), "Missing option '--can'"),
        ],
    )
    def test_what_is_no_right_or_day(self, kb, options, said):
        run = kb("token", "add", "helper", *options)
        assert (run.code, said in run.err) == (2, True)
        assert kb("token", "list", "--json").json == []
