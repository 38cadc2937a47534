"""Answers as OpenAI's clients read them, with citations that lead to their sources."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from cli.formats.inert import live_url

if TYPE_CHECKING:
    from retrieval.exchange import AnsweredExchange

Fields = dict[str, Any]
_MARK = re.compile(r"\[(\d{1,4})\]")
_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}  # kb counts no tokens


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `content` is what a person reads, `shown` the object of `kb ask --format json`."""

    content: str
    shown: Fields

    @property
    def details(self) -> Fields:
        """What of that object has no place of its own: status, confidence, sentences and so on."""
        elsewhere = ("question", "answer", "citations")
        return {name: value for name, value in self.shown.items() if name not in elsewhere}

    def annotations(self, pages: str) -> list[Fields]:
        """Each mark [n] of the content, from its first character to behind its last, with the link
        of its source; a source without one has its passage's page under the URL `pages`.
        """
        cited = {citation["n"]: citation for citation in self.shown.get("citations", ())}
        marks = ((mark, cited.get(int(mark[1]))) for mark in _MARK.finditer(self.content))
        return [
            {
                "url": _link(citation, pages),
                "title": citation["title"],
                "start_index": mark.start(),
                "end_index": mark.end(),
            }
            for mark, citation in marks
            if citation
        ]


def _link(citation: Fields, pages: str) -> str:
    live = live_url(citation["url"]) if citation["url"] else None
    return live[0] if live else f"{pages}/p/{citation['passage']}"


def reply(answered: AnsweredExchange, style: str) -> Reply:
    """The answer alone, or with its sources below it in a format."""
    from retrieval.contract import asked_json

    shown = asked_json(answered)
    if not style:
        return Reply(answered.answer.text, shown)
    from cli.formats import open_format
    from cli.formats.messages import messages
    from cli.formats.notes import whole

    return Reply("\n\n".join(messages(whole(answered.answer), open_format(style))), shown)


@dataclass(frozen=True, slots=True)
class Completion:
    """What all chunks of one completion have in common. `pages`: see `Reply.annotations`."""

    model: str
    pages: str
    id: str = field(default_factory=lambda: f"chatcmpl-{token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, given: Reply) -> Fields:
        """The answer in one piece."""
        message = {
            "role": "assistant",
            "content": given.content,
            "refusal": None,
            "annotations": self._annotations(given),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._head("chat.completion", [choice]),
            "usage": _USAGE,
            **_beside(given),
        }

    def chunk(self, **delta: Any) -> Fields:
        """A piece of a streamed answer."""
        return self._head("chat.completion.chunk", [_delta(delta, None)])

    def last_chunk(self, given: Reply) -> Fields:
        """What ends a streamed answer: its annotations and citations."""
        delta = {"annotations": self._annotations(given)}
        return {**self._head("chat.completion.chunk", [_delta(delta, "stop")]), **_beside(given)}

    def usage_chunk(self) -> Fields:
        """What those get who ask for the tokens of a stream."""
        return {**self._head("chat.completion.chunk", []), "usage": _USAGE}

    def _head(self, kind: str, choices: list[Fields]) -> Fields:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }

    def _annotations(self, given: Reply) -> list[Fields]:
        found = given.annotations(self.pages)
        return [{"type": "url_citation", "url_citation": citation} for citation in found]


def _delta(delta: Fields, finish_reason: str | None) -> Fields:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _beside(given: Reply) -> Fields:
    return {"citations": given.shown.get("citations", []), "kb": given.details}


_NO_TOKENS = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}


@dataclass(frozen=True, slots=True)
class ResponseReply:
    """A reply of /v1/responses: one message, in one piece or as the events of a stream."""

    model: str
    pages: str
    id: str = field(default_factory=lambda: f"resp_{token_hex(12)}")
    message: str = field(default_factory=lambda: f"msg_{token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, given: Reply) -> Fields:
        """The answer in one piece."""
        return {**self._response("completed", [self._item(given)]), **_beside(given)}

    def opening(self) -> list[Fields]:
        """The events before the first text."""
        response = self._response("in_progress", [])
        item = self._message("in_progress", [])
        return [
            {"type": "response.created", "response": response},
            {"type": "response.in_progress", "response": response},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.content_part.added", **self._place(), "part": _text("", [])},
        ]

    def delta(self, text: str) -> Fields:
        """The event of a piece of the text."""
        place = self._place()
        return {"type": "response.output_text.delta", **place, "delta": text, "logprobs": []}

    def ending(self, given: Reply) -> list[Fields]:
        """The events behind the last text: its annotations, then all once more."""
        item, place = self._item(given), self._place()
        (part,) = item["content"]
        annotations = [
            {
                "type": "response.output_text.annotation.added",
                **place,
                "annotation_index": number,
                "annotation": annotation,
            }
            for number, annotation in enumerate(part["annotations"])
        ]
        done = {"text": given.content, "logprobs": []}
        return [
            *annotations,
            {"type": "response.output_text.done", **place, **done},
            {"type": "response.content_part.done", **place, "part": part},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": self.whole(given)},
        ]

    def _place(self) -> Fields:
        return {"item_id": self.message, "output_index": 0, "content_index": 0}

    def _item(self, given: Reply) -> Fields:
        cited = given.annotations(self.pages)
        annotations = [{"type": "url_citation", **citation} for citation in cited]
        return self._message("completed", [_text(given.content, annotations)])

    def _message(self, status: str, content: list[Fields]) -> Fields:
        head = {"type": "message", "id": self.message, "role": "assistant"}
        return {**head, "status": status, "content": content}

    def _response(self, status: str, output: list[Fields]) -> Fields:
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "model": self.model,
            "output": output,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "parallel_tool_calls": False,
            "temperature": None,
            "tool_choice": "none",
            "tools": [],
            "top_p": None,
            "usage": _NO_TOKENS if status == "completed" else None,
        }


def _text(text: str, annotations: list[Fields]) -> Fields:
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}
