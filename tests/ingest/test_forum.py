"""Forums: topics of Discourse and issues of GitHub."""

from __future__ import annotations

import json
from typing import Any

import pytest

QUOTE = (
    '<aside class="quote no-group" data-username="ke" data-post="1" data-topic="7"><div class="title">ke:</div>'
    "<blockquote><p>What is the deposit?</p></blockquote></aside>"
)


def post(number: int, user: str, cooked: str, **more: Any) -> dict[str, Any]:
    when = f"2026-10-14T18:{number:02}:00.000Z"
    return {
        "id": 100 + number,
        "username": user,
        "name": "",
        "created_at": when,
        "cooked": cooked,
        "post_number": number,
        "post_type": 1,
        "reply_to_post_number": None,
        "topic_id": 7,
        "topic_slug": "two-desks",
        **more,
    }


POSTS = [
    post(1, "ke", "<p>What is the deposit?</p>\n<p>For two desks.</p>"),
    post(2, "ines", "<p>有没有停车位？</p>", name="Ines Valcourt"),
    post(3, "jo", f"{QUOTE}\n<p>500 euros &amp; a key.</p>"),
    post(4, "苏禾", "<p>地下两层免费。</p>", reply_to_post_number=2),
    post(5, "admin", "<p>Closed.</p>", post_type=3, action_code="closed.enabled"),
    post(6, "spam", "<p>Buy now.</p>", hidden=True),
]
TOPIC = {"post_stream": {"posts": POSTS, "stream": [101]}, "id": 7, "title": "Two desks"}


@pytest.mark.parametrize(
    "value",
    [TOPIC, {"latest_posts": POSTS[::-1]}, POSTS, [TOPIC]],
    ids=["topic", "posts.json", "list of posts", "list of topics"],
)
def test_a_topic_of_discourse_is_a_thread(read, value):
    reading = read("topic.json", json.dumps(value, ensure_ascii=False, indent=1))
    whole = "\n".join(reading.texts)
    assert reading.document.kind == "transcript"
    assert whole.startswith("ke: What is the deposit?\nFor two desks.")
    (reply,) = (p for p in reading.passages if "500 euros & a key." in p.text)
    assert "What is the deposit?" in reply.context
    assert whole.count("What is the deposit?") == 1
    assert "Closed" not in whole
    assert "Buy now" not in whole
    assert {heading.lower() for p in reading.passages for heading in p.headings} == {"two desks"}
    assert reading.document.meta["speakers"] == ["ke", "Ines Valcourt", "jo", "苏禾"]


def test_a_post_in_markup_is_read_without_what_it_quotes(read):
    raw = '[quote="ke, post:1, topic:7"]\nWhat is the deposit?\n[/quote]\n\n500 euros.'
    posts = [post(1, "ke", "", raw="What is the deposit?"), post(2, "jo", "", raw=raw)]
    asked, reply = read("posts.json", json.dumps(posts)).passages
    assert (asked.text, reply.text) == ("ke: What is the deposit?", "jo: 500 euros.")
    assert reply.meta["asked_by"] == "ke"


REST = {
    "url": "https://api.example.org/repos/a/b/issues/4",
    "html_url": "https://example.org/a/b/issues/4",
    "number": 4,
    "title": "Export drops the deposit column",
    "user": {"login": "ke"},
    "body": "Is there a way to keep it?",
    "created_at": "2026-10-14T18:03:00Z",
    "comments": 1,
}
REST_COMMENTS = [
    {
        "url": "https://api.example.org/repos/a/b/issues/comments/9",
        "html_url": "https://example.org/a/b/issues/4#issuecomment-9",
        "user": {"login": "jo"},
        "body": "> Is there a way to keep it?\r\n\r\nPass --keep-columns.",
        "created_at": "2026-10-14T18:09:00Z",
    }
]


def gh(comments: Any) -> dict[str, Any]:
    return {
        "title": REST["title"],
        "number": 4,
        "url": REST["html_url"],
        "author": {"login": "ke"},
        "createdAt": REST["created_at"],
        "body": REST["body"],
        "comments": comments,
    }


COMMENT = {
    "author": {"login": "jo"},
    "body": REST_COMMENTS[0]["body"],
    "createdAt": "2026-10-14T18:09:00Z",
    "url": REST_COMMENTS[0]["html_url"],
}


@pytest.mark.parametrize(
    "value",
    [gh([COMMENT]), [gh([COMMENT])], gh({"nodes": [COMMENT]}), {**REST, "comments": REST_COMMENTS}],
    ids=["gh issue view", "list of issues", "discussion", "REST"],
)
def test_an_issue_of_github_is_a_thread_with_permalinks(read, value):
    asked, reply = read("issues.json", json.dumps(value, indent=1)).passages
    assert (asked.text, reply.text) == (
        "ke: Is there a way to keep it?",
        "jo: Pass --keep-columns.",
    )
    assert reply.context == "Is there a way to keep it?"
    assert reply.headings == ("Export drops the deposit column",)
    assert asked.meta["url"] == "https://example.org/a/b/issues/4"
    assert reply.meta["url"] == "https://example.org/a/b/issues/4#issuecomment-9"
    assert reply.anchor.label.endswith("2026-10-14 18:09 · jo")


def test_issues_in_json_lines_are_threads_too(read):
    lines = "\n".join(json.dumps(gh([COMMENT])) for _ in range(1)) + "\n" + json.dumps(
        {**gh([]), "number": 5, "title": "Dark mode", "url": "https://example.org/a/b/issues/5", "body": "Please."}
    )  # fmt: skip
    reading = read("issues.jsonl", lines)
    assert "jo: Pass --keep-columns." in reading.texts
    assert "ke: Please." in reading.texts


def test_other_data_with_bodies_is_no_forum(read):
    value = [{"user": "ke", "body": "Words of a letter."}, {"user": "jo", "body": "Other words."}]
    assert read("letters.json", json.dumps(value)).document.kind == "doc"
