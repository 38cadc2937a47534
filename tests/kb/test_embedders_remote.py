"""The openai embedder against a real HTTP server that behaves, and misbehaves, as such servers do."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from email.utils import formatdate

import numpy as np
import pytest
from model_server import vector

from kb.backends import open_embedder
from kb.errors import EmbedderFailed, KbError
from kb.settings import Settings
from tests.patience import SOON

TEXTS = [
    "Lanterns are lit at dusk.",
    "The ferry leaves at dawn.",
    "灯塔的看守人",
    "An orchard of apples",
    "zebra",
]


@pytest.fixture
def embedder(models):
    """`embedder(setting=...)`: the openai embedder with these settings."""

    def make(**given):
        wanted = {"embedding_url": f"{models.url}/v1", "embedding_model": "tiny", **given}
        return open_embedder(replace(Settings(), embedder="openai", **wanted))

    return make


def assert_right(vectors, texts, dimensions=8):
    """Unit-length rows in the order of the texts."""
    wanted = np.array([vector(text, dimensions) for text in texts])
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, wanted, atol=1e-6)


def change(**fields):
    """A turn that changes the first item of the right answer."""

    def turn(body):
        body["data"][0].update(fields)
        return body

    return turn


def test_passages_and_questions(models, embedder):
    embeds = embedder()
    assert embeds.dimensions == 0
    assert_right(embeds.passages(TEXTS), TEXTS)
    assert embeds.dimensions == 8
    assert_right(embeds.question(TEXTS[1])[None], TEXTS[1:2])
    assert models.asked == [
        {"model": "tiny", "input": TEXTS},
        {"model": "tiny", "input": [TEXTS[1]]},
    ]


def test_no_texts_no_request(models, embedder):
    assert embedder(embedding_dimensions=5).passages([]).shape == (0, 5)
    assert models.asked == []


@pytest.mark.parametrize("ending", ["/v1", "/v1/", "/v1/embeddings"])
def test_the_url_may_end_in_any_way(models, embedder, ending):
    assert_right(embedder(embedding_url=models.url + ending).passages(TEXTS), TEXTS)


def test_without_a_url_of_its_own_it_asks_the_writers(models, embedder):
    embeds = embedder(embedding_url="", openai_url=f"{models.url}/v1", openai_api_key="k-1")
    assert_right(embeds.passages(TEXTS), TEXTS)
    assert models.headers[0]["Authorization"] == "Bearer k-1"


def test_keys_go_to_the_server_that_they_are_for(models, embedder):
    embedder(embedding_api_key="k-2", openai_url=f"{models.url}/v1", openai_api_key="k-1").question(
        "a"
    )
    embedder(openai_url="https://models.example.org/v1", openai_api_key="k-1").question("a")
    assert models.headers[0]["Authorization"] == "Bearer k-2"
    assert "Authorization" not in models.headers[1]


def test_batches_by_count_and_by_characters(models, embedder):
    assert_right(embedder(embedding_batch=2).passages(TEXTS), TEXTS)
    assert [len(asked["input"]) for asked in models.asked] == [2, 2, 1]
    models.asked.clear()
    long = ["a" * 20_000 for _ in range(12)]
    assert_right(embedder().passages(long), long)
    assert [len(asked["input"]) for asked in models.asked] == [5, 5, 2]


def test_the_order_is_that_of_the_index(models, embedder):
    models.turns = [lambda body: {**body, "data": body["data"][::-1]}]
    assert_right(embedder().passages(TEXTS), TEXTS)


def test_servers_that_give_no_index_keep_the_order(models, embedder):
    models.turns = [
        lambda body: {"data": [{"embedding": item["embedding"]} for item in body["data"]]}
    ]
    assert_right(embedder().passages(TEXTS), TEXTS)


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (lambda body: {**body, "data": body["data"][:-1]}, "4 vectors for 5 texts"),
        (lambda body: {**body, "data": []}, "0 vectors for 5 texts"),
        (change(index=1), "which vector is whose"),
        (change(index=None), "which vector is whose"),
        (change(embedding=[1.0, 2.0]), "different lengths"),
        (change(embedding=None), "different lengths"),
        (change(embedding="AAAA"), "different lengths"),
        (change(embedding=[float("nan")] * 8), "NaN"),
        (change(embedding=[float("inf")] * 8), "NaN"),
        (change(embedding=[0.0] * 8), "zero"),
        (lambda body: {"data": "none"}, "no vectors"),
        (lambda body: [1, 2], "no vectors"),
        (lambda body: {"error": {"message": "model is not loaded"}}, "model is not loaded"),
        (lambda body: b"<html>It works!</html>", "JSON"),
        (lambda body: b"[" * 100_000, "JSON"),
        (lambda body: b"", "JSON"),
        ((404, {"detail": "no such model"}, {}), "404: .*no such model"),
        ((401, {"error": {"message": "who are you?"}}, {}), "401: who are you"),
        ((302, b"", {"Location": "/elsewhere"}), "302"),
    ],
)
def test_answers_that_are_no_use(models, embedder, turn, told):
    models.turns = [turn]
    with pytest.raises(EmbedderFailed, match=told):
        embedder().passages(TEXTS)
    assert len(models.asked) == 1


def test_vectors_of_another_length_than_before(models, embedder):
    embeds = embedder()
    embeds.passages(TEXTS)
    models.turns = [lambda body: {"data": [{"index": 0, "embedding": [1.0] * 9}]}]
    with pytest.raises(EmbedderFailed, match="9 numbers, not of 8"):
        embeds.question("a")


def test_dimensions_are_asked_for_and_checked(models, embedder):
    assert_right(embedder(embedding_dimensions=5).passages(TEXTS), TEXTS, 5)
    assert models.asked[0]["dimensions"] == 5
    models.turns = [lambda body: {"data": [{"index": 0, "embedding": [1.0] * 5}]}]
    with pytest.raises(EmbedderFailed, match="5 numbers, not of 4"):
        embedder(embedding_dimensions=4).passages(["a"])


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_passes_is_tried_again(models, embedder, status):
    models.turns = [(status, {"error": "busy"}, {})] * 3
    assert_right(embedder().passages(TEXTS), TEXTS)
    assert len(models.asked) == 4


@pytest.mark.parametrize(
    "when", [lambda: "1", lambda: formatdate(time.time() + 2, usegmt=True)], ids=["seconds", "date"]
)
def test_a_server_that_says_when_is_heard(models, embedder, when):
    models.turns = [(429, {"error": "slow down"}, {"Retry-After": when()})]
    began = time.monotonic()
    assert_right(embedder().passages(TEXTS), TEXTS)
    assert time.monotonic() - began >= 0.9


@pytest.mark.parametrize("after", ["86400", "inf", "Fri, 31 Dec 2199 23:59:59 GMT"])
def test_a_server_that_wants_a_day_is_not_waited_for(models, embedder, after):
    models.turns = [(429, {"error": "quota"}, {"Retry-After": after})]
    began = time.monotonic()
    with pytest.raises(EmbedderFailed, match="429: quota"):
        embedder().passages(TEXTS)
    assert time.monotonic() - began < SOON


def test_patience_ends(models, embedder):
    models.turns = [(503, {"error": "loading"}, {})] * 99
    began = time.monotonic()
    with pytest.raises(EmbedderFailed, match="503: loading"):
        embedder().question("a")
    assert time.monotonic() - began < SOON
    assert len(models.asked) == 2


def test_a_question_waits_for_seconds_only(models, embedder):
    models.stall = 30
    began = time.monotonic()
    with pytest.raises(EmbedderFailed, match=r"no answer within 0\.5 s") as failed:
        embedder(embedding_timeout=0.5).question("a")
    assert "kb doctor" in failed.value.hint
    with pytest.raises(EmbedderFailed, match=r"no answer within 0\.2 s") as failed:
        embedder(embedding_timeout=0.2).passages(["a"])
    assert "embedding_timeout" in failed.value.hint
    assert time.monotonic() - began < SOON


def test_headers_that_drip_are_not_waited_for(models, embedder):
    models.drips = 50
    began = time.monotonic()
    with pytest.raises(EmbedderFailed, match=r"no answer within 0\.5 s"):
        embedder(embedding_timeout=0.5).question("a")
    assert time.monotonic() - began < SOON


def test_nobody_there(embedder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(EmbedderFailed, match="can't be reached") as failed:
        embedder(embedding_url=url).question("a")
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("url", ["nonsense", "http://", "http://[::1/v1", "ftp://127.0.0.1/v1"])
def test_urls_that_are_none(embedder, url):
    with pytest.raises(KbError):
        embedder(embedding_url=url).question("a")


def test_too_many_at_once_are_sent_in_halves(models, embedder):
    models.most = 2
    assert_right(embedder().passages(TEXTS), TEXTS)


def test_a_text_too_long_is_cut_and_its_neighbours_are_not(models, embedder):
    models.longest = 500
    texts = [*TEXTS, "qy" * 2000, "last"]
    vectors = embedder().passages(texts)
    kept = next(
        len(asked["input"][0]) for asked in models.asked[::-1] if asked["input"][0].startswith("qy")
    )
    assert 333 <= kept <= 500
    assert_right(vectors, [*TEXTS, "qy" * (kept // 2) + "q" * (kept % 2), "last"])


def test_what_is_refused_at_any_length_is_an_error(models, embedder):
    models.turns = [(400, {"error": {"message": "dimensions are not supported"}}, {})] * 99
    with pytest.raises(EmbedderFailed, match="dimensions are not supported"):
        embedder().passages([text * 40 for text in TEXTS])
    assert len(models.asked) < 20


def test_odd_texts_are_sent_all_the_same(models, embedder):
    embedder().passages(["", " \n", "half a \ud83d character", "x" * 1_000_000])
    sent = models.asked[0]["input"]
    assert sent[:3] == ["-", "-", "half a ? character"]
    assert len(sent[3]) < 100_000


@pytest.mark.parametrize(
    ("model", "question", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: why?", "passage: so"),
        ("e5-base-v2", "query: why?", "passage: so"),
        ("BAAI/bge-large-zh-v1.5", "为这个句子生成表示以用于检索相关文章：why?", "so"),
        (
            "/models/bge-small-en/",
            "Represent this sentence for searching relevant passages: why?",
            "so",
        ),
        ("BAAI/bge-m3", "why?", "so"),
        ("nomic-embed-text:latest", "search_query: why?", "search_document: so"),
        ("text-embedding-3-small", "why?", "so"),
    ],
)
def test_models_get_what_they_were_trained_with(models, embedder, model, question, passage):
    embeds = embedder(embedding_model=model)
    embeds.passages(["so"])
    embeds.question("why?")
    assert [asked["input"] for asked in models.asked] == [[passage], [question]]


@pytest.mark.parametrize(
    "model", ["qwen3-embedding:0.6b", "Qwen/Qwen3-Embedding-8B", "multilingual-e5-large-instruct"]
)
def test_models_that_take_instructions_get_one_with_questions(models, embedder, model):
    embeds = embedder(embedding_model=model)
    embeds.passages(["so"])
    embeds.question("why?")
    passages, questions = [asked["input"] for asked in models.asked]
    assert passages == ["so"]
    assert questions[0].startswith("Instruct: ")
    assert questions[0].endswith("why?")
    assert "\nQuery:" in questions[0]


def test_instructions_can_be_set(models, embedder):
    embeds = embedder(
        embedding_model="e5-small",
        query_instruction="Q({text})",
        passage_instruction="{text}",
        embedding_batch=9,
    )
    embeds.passages(["so {text}"])
    embeds.question("why?")
    assert [asked["input"] for asked in models.asked] == [["so {text}"], ["Q(why?)"]]


def test_the_name_changes_with_the_vectors_and_only_then(embedder):
    names = [
        embedder().name,
        embedder(embedding_model="other").name,
        embedder(embedding_dimensions=5).name,
        embedder(passage_instruction="p: ").name,
        embedder(passage_instruction="d: ").name,
    ]
    assert names[0] == "openai:tiny"
    assert len(set(names)) == len(names)
    assert (
        embedder(query_instruction="q: ", embedding_api_key="k", embedding_batch=3).name == names[0]
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"embedding_url": "", "openai_url": ""}, "URL"),
        ({"embedding_model": ""}, "needs a model"),
        ({"embedding_api_key": "schlüssel"}, "can't be sent"),
    ],
)
def test_settings_that_are_missing_or_wrong(embedder, given, told):
    with pytest.raises(KbError, match=told) as wrong:
        embedder(**given)
    assert wrong.value.hint


def test_the_key_is_in_no_message(models, embedder):
    models.turns = [(403, {"error": "key k-secret is not known"}, {})]
    with pytest.raises(EmbedderFailed) as failed:
        embedder(embedding_api_key="k-secret").question("a")
    assert "k-secret" not in str(failed.value) + failed.value.hint
