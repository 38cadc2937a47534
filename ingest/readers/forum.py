"""Forums: topics of Discourse and issues of GitHub, as their JSON has them.

A topic of Discourse is what its address with `.json` gives, or a list of posts such as `posts.json`.
Issues and discussions come from GitHub's REST interface or from `gh issue view --json`, with those
comments in them that were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.mail_quotes import mail_parts
from ingest.parsing.messages import Message, from_iso, in_order, mapping, string
from ingest.parsing.nodes import Node, top
from ingest.parsing.page import lines_of
from ingest.parsing.page_parser import parse
from ingest.parsing.threads import as_chat

_SAMPLE = 20
_QUOTED_HTML = re.compile(
    r'<aside\b[^<>]*\bclass="quote\b[^<>]*\bdata-post="(?P<post>\d+)"'
    r'[^<>]*\bdata-topic="(?P<topic>\d+)"[^<>]*>'
    r".*?</aside>",
    re.S,
)
_QUOTED_RAW = re.compile(
    r'\[quote="[^"\]\n]{0,200}\bpost:(?P<post>\d+)[^"\]\n]{0,40}'
    r"\btopic:(?P<topic>\d+)[^\]\n]{0,80}\].*?\[/quote\]",
    re.S,
)
_MARKS = ('"post_number"', '"body"')  # what every post has of the one, and of the other


def fits(file: File) -> bool:
    """Whether it holds posts of Discourse, or issues or comments of GitHub. Raises Unreadable."""
    if not any(mark in file.text for mark in _MARKS):
        return False
    return any(True for _ in _posts(top(file)))


def read(file: File) -> Parsed:
    """Read topics or issues, each as a thread. Raises Unreadable without any."""
    said = in_order(_posts(top(file)))
    if not said:
        raise Unreadable("no posts of Discourse, or issues of GitHub, in it")
    titles = {message.channel for message in said}
    return as_chat(said, titles.pop() if len(titles) == 1 else "")


def _posts(whole: Node) -> Iterator[Message]:
    """The posts of a topic, of several, or of a list of posts or issues."""
    if isinstance(whole.value, list):
        for _, item in whole.children():
            yield from _item(item)
        return
    members = dict(whole.children()) if isinstance(whole.value, dict) else {}
    stream = dict(members["post_stream"].children()) if "post_stream" in members else {}
    posts = stream.get("posts") or members.get("latest_posts")
    if posts:
        for _, post in posts.children():
            yield from _post(post, string(whole.value.get("title")))
    else:
        yield from _item(whole)


def _item(node: Node) -> Iterator[Message]:
    if not isinstance(node.value, dict):
        return
    if "post_stream" in node.value:
        yield from _posts(node)
    elif "post_number" in node.value:
        yield from _post(node, "")
    elif _is_issue(node.value):
        yield from _issue(node)


def _post(node: Node, title: str) -> Iterator[Message]:
    """A post of Discourse, where it is what somebody wrote."""
    post = mapping(node.value)
    cooked, raw = string(post.get("cooked")), string(post.get("raw"))
    if post.get("post_type") not in (None, 1) or post.get("hidden") or post.get("deleted_at"):
        return  # what moderators did, and what they took away
    form = _QUOTED_RAW if raw else _QUOTED_HTML
    text = raw or cooked
    topic, number = str(post.get("topic_id", "")), post.get("post_number")
    quoted = next((m["post"] for m in form.finditer(text) if m["topic"] in ("", topic)), None)
    answered = post.get("reply_to_post_number") or quoted or (1 if number != 1 else None)
    own = form.sub("", text)
    yield Message(
        id=f"{topic}/{number}",
        author=string(post.get("name")) or string(post.get("username")),
        at=from_iso(post.get("created_at")),
        text=own.strip() if raw else _words(own),
        first=node.first,
        last=node.last,
        thread=f"{topic}/{answered}" if answered else None,
        channel=title or string(post.get("topic_title")) or _slug(post),
    )


def _slug(post: Mapping[str, Any]) -> str:
    return string(post.get("topic_slug")).replace("-", " ")


def _words(markup: str) -> str:
    """What a post in HTML says, as lines."""
    return "\n".join(line for _, line, _ in lines_of(parse(markup).shown)).strip()


def _is_issue(value: Mapping[str, Any]) -> bool:
    author = mapping(value.get("user") or value.get("author"))
    dated = from_iso(value.get("created_at") or value.get("createdAt"))
    return bool(string(author.get("login")) and dated and isinstance(value.get("body"), str))


def _issue(node: Node) -> Iterator[Message]:
    """An issue with its comments, or a comment alone."""
    issue = mapping(node.value)
    title = string(issue.get("title"))
    about = string(issue.get("issue_url"))
    first = _comment(node, about or None, title)
    yield first
    yield from _comments(node, first.id, title)


def _comments(node: Node, thread: str, title: str) -> Iterator[Message]:
    for name, child in node.children():
        if name not in ("comments", "replies"):
            continue
        nodes = mapping(child.value).get("nodes")
        listed = dict(child.children())["nodes"] if isinstance(nodes, list) else child
        for _, each in listed.children() if isinstance(listed.value, list) else ():
            if isinstance(each.value, dict) and _is_issue(each.value):
                yield _comment(each, thread, title)
                yield from _comments(each, thread, title)


def _comment(node: Node, thread: str | None, title: str) -> Message:
    value = mapping(node.value)
    url = string(value.get("html_url")) or string(value.get("url"))
    author = mapping(value.get("user") or value.get("author"))
    return Message(
        id=string(value.get("url")) or url or f"L{node.first}",
        author=string(author.get("login")),
        at=from_iso(value.get("created_at") or value.get("createdAt")),
        text=_own(string(value.get("body"))) or title,
        first=node.first,
        last=node.last,
        thread=thread,
        url=url or None,
        channel=title,
    )


def _own(body: str) -> str:
    """A comment without what it quotes of others; all of it where it does nothing else."""
    body = body.replace("\r\n", "\n")
    parts = mail_parts(list(enumerate(body.split("\n"), start=1))) if "\n>" in f"\n{body}" else []
    own = "\n\n".join(part.text for part in parts if not part.depth)
    return own or body
