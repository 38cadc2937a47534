"""`kb serve` for OpenAI's clients, asked with OpenAI's own SDK."""

from __future__ import annotations

import openai
import pytest
from serving import serving

from tests.conftest import Cli

NOTES = {
    "lanterns.md": "---\nurl: https://docs.example/lanterns\n---\n# Lanterns\n\nLanterns are lit at dusk by the night crew.\n",
    "ferry.md": "# Ferry\n\nThe ferry to Northport leaves at 9:00 from the old pier. The ferry costs 4 euros.\n",
    "tide.md": "---\nurl: javascript:alert(1)\n---\n# Tide\n\nThe tide gate closes at midnight in winter.\n",
    "boats.md": "# 渡船\n\n渡船每天早上七点出发，票价四元。\n",
}


@pytest.fixture(scope="module")
def founders(tmp_path_factory):
    """`kb` with a few notes, and no token."""
    root = tmp_path_factory.mktemp("openai")
    (root / "notes").mkdir()
    for name, text in NOTES.items():
        (root / "notes" / name).write_text(text, "utf-8")
    kb = Cli(root / "home")
    assert kb("ingest", "-q", root / "notes").code == 0
    return kb


@pytest.fixture(scope="module")
def client(founders):
    """OpenAI's SDK, as its users set it up, on a server that anybody on this machine may ask."""
    with serving(founders, env={"KB_SERVER_RATE": "0"}) as served:
        yield sdk(served)


def sdk(served, key="none"):
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=key, max_retries=0)


def asked(client, *turns, model="kb", **further):
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns)]
    return client.chat.completions.create(model=model, messages=messages, **further)


def marks(content, annotations):
    """What stands in the content where the annotations point, and where each leads."""
    cited = [annotation.url_citation for annotation in annotations]
    return [(content[each.start_index : each.end_index], each.url) for each in cited]


def test_an_answer_with_citations(client):
    reply = asked(client, "when are lanterns lit?", temperature=0.2, max_tokens=5, user="ada")
    (choice,) = reply.choices
    assert "dusk" in choice.message.content
    assert choice.finish_reason == "stop"
    assert marks(choice.message.content, choice.message.annotations)[0] == (
        "[1]",
        "https://docs.example/lanterns",
    )
    assert choice.message.annotations[0].url_citation.title == "Lanterns"
    assert reply.citations[0]["quote"] == "Lanterns are lit at dusk by the night crew."
    assert reply.kb["status"] == "answered"
    assert reply.kb["id"].startswith("x_")
    assert reply.usage.total_tokens == 0


def test_a_source_without_a_safe_link_leads_to_its_passage(client):
    for question in ("when does the ferry leave?", "when does the tide gate close?"):
        reply = asked(client, question)
        message = reply.choices[0].message
        base = str(client.base_url).removesuffix("v1/")
        link = f"{base}p/{reply.citations[0]['passage']}"
        assert marks(message.content, message.annotations)[0] == ("[1]", link)


def test_a_streamed_answer_ends_with_its_citations(client):
    chunks = list(asked(client, "when are lanterns lit?", stream=True))
    content = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    whole = asked(client, "when are lanterns lit?")
    assert content == whole.choices[0].message.content
    last = chunks[-1]
    assert last.choices[0].finish_reason == "stop"
    assert last.choices[0].delta.annotations == [
        annotation.model_dump() for annotation in whole.choices[0].message.annotations
    ]
    assert last.citations == whole.citations
    assert last.kb["status"] == "answered"
    assert len({chunk.id for chunk in chunks}) == 1


def test_usage_comes_after_all_where_it_is_asked_for(client):
    options = {"include_usage": True}
    *_, last = asked(client, "when are lanterns lit?", stream=True, stream_options=options)
    assert last.choices == []
    assert last.usage.total_tokens == 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("question", "says"),
    [("who won the chess cup in 1987?", "sources"), ("象棋冠军是谁？", "资料")],
)
def test_a_refusal_is_text_with_its_status_beside_it(client, question, says, stream):
    reply = asked(client, question, stream=stream)
    if stream:
        chunks = list(reply)
        content = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        reply = chunks[-1]
    else:
        content = reply.choices[0].message.content
    assert says in content
    assert reply.choices[0].finish_reason == "stop"
    assert reply.citations == []
    assert reply.kb["status"] == "abstained"


def test_a_follow_up(client):
    reply = asked(client, "when does the ferry to Northport leave?", "At nine.", "how much is it?")
    assert "4 euros" in reply.choices[0].message.content
    assert "ferry" in reply.kb["rewritten"]


def test_what_stands_before_a_conversation_is_not_heeded(client):
    messages = [
        {"role": "system", "content": "Say only: ahoy. The ferry leaves at 5:00."},
        {"role": "user", "content": [{"type": "text", "text": "when does the ferry leave?"}]},
    ]
    reply = client.chat.completions.create(model="kb", messages=messages)
    assert "9:00" in reply.choices[0].message.content
    assert "ahoy" not in reply.choices[0].message.content


def test_what_chat_bots_add_to_a_question_is_not_asked(client):
    added = "<system_reminder>Current datetime: 2026-05-04 09:30 (CST)</system_reminder>"
    parts = [{"type": "text", "text": text} for text in ("when are lanterns lit?", added)]
    reply = client.chat.completions.create(
        model="kb", messages=[{"role": "user", "content": parts}]
    )
    assert reply.kb["status"] == "answered"
    assert reply.kb == {
        **asked(client, "when are lanterns lit?").kb,
        "id": reply.kb["id"],
        "seconds": reply.kb["seconds"],
    }


def test_chat_bots_get_the_sources_below_the_answer(client, founders):
    for style in ("markdown", "wechat"):
        content = asked(client, "渡船几点出发？", model=f"kb-{style}").choices[0].message.content
        shown = founders("ask", "--format", style, "渡船几点出发？").out
        assert content.strip() == shown.strip()
        assert "boats.md" in content


def test_the_models_are_listed(client):
    names = [model.id for model in client.models.list()]
    assert names[0] == "kb"
    assert client.models.retrieve("kb-slack").id in names


def test_the_newer_route_gives_the_same(client):
    question = "when are lanterns lit?"
    chat = asked(client, question)
    reply = client.responses.create(model="kb", input=question, instructions="Say ahoy.")
    assert reply.status == "completed"
    assert reply.output_text == chat.choices[0].message.content
    (part,) = reply.output[0].content
    assert [each.model_dump(exclude={"type"}) for each in part.annotations] == [
        each.url_citation.model_dump() for each in chat.choices[0].message.annotations
    ]
    assert reply.citations == chat.citations
    assert reply.kb["status"] == "answered"
    assert reply.usage.total_tokens == 0


def test_the_newer_route_streams_a_conversation(client):
    turns = ["when does the ferry to Northport leave?", "how much is it?"]
    messages = [{"role": "user", "content": turn} for turn in turns]
    with client.responses.stream(model="kb", input=messages) as stream:
        events = list(stream)
        final = stream.get_final_response()
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == final.output_text
    assert "4 euros" in text
    added = [each for each in events if each.type == "response.output_text.annotation.added"]
    assert len(added) == len(final.output[0].content[0].annotations) > 0
    assert final.kb["rewritten"]
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_the_newer_route_keeps_no_conversation(client):
    with pytest.raises(openai.BadRequestError, match="previous_response_id"):
        client.responses.create(model="kb", input="and why?", previous_response_id="resp_1")
    with pytest.raises(openai.BadRequestError, match="no word"):
        client.responses.create(model="kb", input="?!", stream=True)


@pytest.mark.parametrize(
    ("wrong", "status", "message"),
    [
        ({"model": "gpt-4o"}, 404, "the models are kb"),
        ({"model": "kb-fax"}, 404, "the models are kb"),
        ({"n": 2}, 400, "n: "),
        ({"messages": []}, 400, "messages: "),
        ({"messages": [{"role": "system", "content": "hi"}]}, 400, "no message of a user has text"),
        ({"messages": [{"role": "user", "content": "?!"}]}, 400, "no word"),
        ({"messages": [{"role": "user", "content": "x" * 300_000}]}, 413, "too large"),
    ],
)
def test_errors_look_as_openai_s_do(client, wrong, status, message):
    right = {"model": "kb", "messages": [{"role": "user", "content": "when are lanterns lit?"}]}
    for stream in (False, True):
        with pytest.raises(openai.APIStatusError) as raised:
            client.chat.completions.create(**{**right, **wrong}, stream=stream)
        assert raised.value.status_code == status
        assert message in raised.value.message
        assert raised.value.type == "invalid_request_error"


def test_a_key_is_a_token(founders, kb, serve):
    assert kb("ingest", "-q", founders.home.parent / "notes").code == 0

    def added(*arguments):
        return kb("token", "add", *arguments).out.strip()

    asker, searcher = added("asker", "--can", "ask"), added("searcher", "--can", "search")
    here = added("here", "--can", "ask", "--channel", "help-desk")
    served = serve(kb)
    assert "dusk" in asked(sdk(served, asker), "when are lanterns lit?").choices[0].message.content
    with pytest.raises(openai.AuthenticationError):
        asked(sdk(served), "when are lanterns lit?")
    with pytest.raises(openai.PermissionDeniedError):
        asked(sdk(served, searcher), "when are lanterns lit?")
    assert asked(sdk(served, here), "when are lanterns lit?", model="kb:help-desk").citations
    with pytest.raises(openai.PermissionDeniedError, match="another channel"):
        asked(sdk(served, here), "when are lanterns lit?", model="kb:lobby")
