"""The tools that assistants are offered: their arguments, the right each takes, and what it calls.

They are the same for `kb mcp` and /mcp, and know nothing of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli.server import service
from cli.server.gate import Caller
from cli.server.replies import Refused
from cli.server.tool_results import (
    LEAST_BYTES,
    ToolResult,
    answer_text,
    exchange_text,
    hits_text,
    passage_text,
    sources_text,
)
from cli.server.workers import View
from kb.access import Right
from kb.errors import UsageError
from kb.text import without_halves
from kb.types import Kind

_Name = Annotated[str, Field(max_length=100)]
_Text = Annotated[str, Field(max_length=4000)]
_SOURCES = 100


class Arguments(BaseModel):
    """What every tool may be given."""

    model_config = ConfigDict(extra="forbid")

    max_bytes: Annotated[
        int | None, Field(ge=LEAST_BYTES, description="The most bytes that the result may have.")
    ] = None


class SearchArguments(Arguments):
    """A question to search for."""

    question: Annotated[
        str, Field(max_length=100_000, description="The question, in Chinese or English.")
    ]
    where: Annotated[
        dict[_Name, _Text], Field(description="Only passages with this metadata.")
    ] = {}
    kind: Annotated[Kind | None, Field(description="Only sources of this kind.")] = None
    k: Annotated[
        int | None, Field(ge=1, le=100, description="How many passages are looked at.")
    ] = None

    def asked(self, caller: Caller, conversation: str = "") -> service.Asked:
        """The question as the service takes it."""
        where = tuple((without_halves(key), without_halves(v)) for key, v in self.where.items())
        return service.Asked(
            without_halves(self.question), where, self.kind, self.k, caller.name,
            channel=caller.channel, conversation=without_halves(conversation),
        )  # fmt: skip


class AskArguments(SearchArguments):
    """A question to answer."""

    conversation: Annotated[
        _Name, Field(description="A name of yours: questions of one follow each other.")
    ] = ""


class GetArguments(Arguments):
    """What to get."""

    id: Annotated[_Name, Field(description="A passage, p_..., or an exchange, x_....")]


class SourcesArguments(Arguments):
    """Which sources to list."""

    contains: Annotated[
        _Name, Field(description="Only those with this in their name or title.")
    ] = ""
    offset: Annotated[int, Field(ge=0, description="How many to leave out at the beginning.")] = 0


class FeedbackArguments(Arguments):
    """A verdict on an answer."""

    exchange: Annotated[_Name, Field(description="The id of the answer, x_....")]
    verdict: Literal["up", "down"]
    comment: Annotated[_Text | None, Field(description="What was good or wrong.")] = None
    correct: Annotated[
        str | None, Field(max_length=20_000, description="What would have been right.")
    ] = None
    by: Annotated[_Name | None, Field(description="Who says so.")] = None
    id: Annotated[
        _Name | None, Field(description="A name of yours: sent again, it changes nothing.")
    ] = None


def _search(view: View, caller: Caller, given: SearchArguments) -> ToolResult:
    shown = service.search(view, given.asked(caller))
    return ToolResult(shown, hits_text, [hit["passage"] for hit in shown["hits"]])


def _ask(view: View, caller: Caller, given: AskArguments) -> ToolResult:
    from retrieval.contract import asked_json

    answered = service.ask(view, given.asked(caller, given.conversation))
    shown = asked_json(answered)
    cited = [citation["passage"] for citation in shown.get("citations", ())]
    text = answer_text(answered.answer, shown)
    return ToolResult(shown, lambda _: text, cited)


def _get(view: View, caller: Caller, given: GetArguments) -> ToolResult:
    if given.id.startswith("p_"):
        _check_right(caller, "search")
        shown = service.passage(view, given.id)
        shown.pop("path", None)  # the machine's
        return ToolResult(shown, passage_text, [piece["passage"] for piece in shown["around"]])
    if given.id.startswith("x_"):
        _check_right(caller, "ask")
        shown = service.exchange(view, given.id, caller.own)
        cited = [citation["passage"] for citation in shown.get("citations", ())]
        return ToolResult(shown, exchange_text, cited)
    raise UsageError(
        "an id is that of a passage (p_...) or of an exchange (x_...)",
        "search gives those of passages, ask those of exchanges",
    )


def _sources(view: View, caller: Caller, given: SourcesArguments) -> ToolResult:
    wanted = given.contains.casefold()
    rows = [
        row
        for row in service.sources(view)
        if wanted in row["source"].casefold() or wanted in row["title"].casefold()
    ]
    listed = rows[given.offset : given.offset + _SOURCES]
    shown = {"total": len(rows), "offset": given.offset, "sources": listed}
    return ToolResult(shown, sources_text)


def _feedback(view: View, caller: Caller, given: FeedbackArguments) -> ToolResult:
    names = {"comment": given.comment, "correct": given.correct, "by": given.by, "client": given.id}
    details = {name: without_halves(text) if text else text for name, text in names.items()}
    shown = service.add_verdict(
        view, given.exchange, given.verdict, caller.own, details, caller.name
    )
    return ToolResult(shown, lambda kept: f"kept: {kept['value']} on {kept['exchange']}")


def _schema(
    lists: Sequence[str] = (), *, optional: Sequence[str] = (), **fields: str
) -> dict[str, Any]:
    """A JSON Schema of a result's fields in the contract; all but the `optional` are always there."""
    types: dict[str, Any] = {name: {"type": kind} for name, kind in fields.items()}
    types |= {name: {"type": "array", "items": {"type": "object"}} for name in (*lists, *optional)}
    left_out = {"type": "object", "description": "what the limit in bytes left out: field, count"}
    required = [name for name in types if name not in optional]
    return {"type": "object", "properties": {**types, "left_out": left_out}, "required": required}


@dataclass(frozen=True)
class Tool:
    """A tool: what assistants are told of it, and the rights of which one opens it."""

    name: str
    title: str
    about: str
    rights: tuple[Right, ...]
    arguments: type[Arguments]
    call: Callable[[View, Caller, Any], ToolResult]
    output: dict[str, Any]
    reads_only: bool = True

    def is_open_to(self, caller: Caller) -> bool:
        """Whether a caller may use it."""
        return any(caller.may(right) for right in self.rights)


TOOLS = (
    Tool(
        "search", "Search the knowledge base",
        "Find the passages of the community's sources that fit a question. Gives each passage's"
        " text, its source and place (lines, page or second), and a confidence between 0 and 1.",
        ("search",), SearchArguments, _search,
        _schema(["hits"], id="string", question="string", confidence="number"),
    ),
    Tool(
        "ask", "Ask the knowledge base",
        "Answer a question from the community's sources. Every sentence was checked against the"
        " passages that it cites. Status `abstained` means that the sources do not answer it: say"
        " so, and do not answer in their name. Keep the [n] marks and sources when you pass it on.",
        ("ask",), AskArguments, _ask,
        _schema(
            optional=["sentences", "citations"],  # a held answer has none
            id="string", question="string", status="string",
        ),
    ),
    Tool(
        "get", "Get a passage or an exchange",
        "Give a passage (p_...) with those before and after it, or an exchange of yours (x_...)"
        " with its answer, citations and what was said of it.",
        ("search", "ask"), GetArguments, _get, _schema(),
    ),
    Tool(
        "sources", "List the sources",
        "List what is in the knowledge base: documents, transcripts and FAQ entries.",
        ("search",), SourcesArguments, _sources,
        _schema(["sources"], total="integer", offset="integer"),
    ),
    Tool(
        "feedback", "Say what was good or wrong",
        "Keep a person's verdict on an answer: up or down, a comment, what would have been right."
        " Only when a person said so. People review it.",
        ("feedback",), FeedbackArguments, _feedback,
        _schema(id="integer", exchange="string", value="string"), reads_only=False,
    ),
)  # fmt: skip


def open_tools(caller: Caller) -> list[Tool]:
    """The tools that a caller may use."""
    return [tool for tool in TOOLS if tool.is_open_to(caller)]


def tool_called(name: str, caller: Caller) -> Tool:
    """The tool of that name. Raises UsageError where there is none, Refused without the right."""
    tool = next((tool for tool in TOOLS if tool.name == name), None)
    if tool is None:
        known = ", ".join(tool.name for tool in open_tools(caller))
        raise UsageError(f"there is no tool called {name[:100]!r}", f"one of: {known}")
    if not tool.is_open_to(caller):
        raise _without_right(tool.rights[0])
    return tool


def checked(tool: Tool, arguments: dict[str, Any] | None) -> Arguments:
    """The arguments of a call. Raises UsageError for the first that is wrong."""
    try:
        return tool.arguments.model_validate(arguments or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the arguments"
        raise UsageError(f"{place}: {first['msg']}", f"see the schema of {tool.name}") from None


def _check_right(caller: Caller, right: Right) -> None:
    if not caller.may(right):
        raise _without_right(right)


def _without_right(right: Right) -> Refused:
    how = "start it as: kb mcp --allow-feedback" if right == "feedback" else "see: kb token add"
    return Refused(403, "forbidden", f"{right} is not allowed here", how)
