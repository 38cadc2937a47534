"""What requests may hold, and how errors look: the OpenAPI page is made of these."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cli.server.service import Asked
from kb.text import without_halves
from kb.types import Kind

_Text = Annotated[str, Field(max_length=4000)]
_Name = Annotated[str, Field(max_length=100)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SearchRequest(_Request):
    """A question to search for."""

    question: Annotated[str, Field(min_length=1, max_length=100_000)]
    where: dict[_Name, _Text] = {}
    kind: Kind | None = None
    k: Annotated[int, Field(ge=1, le=100)] | None = None

    def asked(self, asker: str) -> Asked:
        """The question as the service takes it."""
        where = tuple((without_halves(k), without_halves(v)) for k, v in self.where.items())
        return Asked(without_halves(self.question), where, self.kind, self.k, asker)


class AskRequest(SearchRequest):
    """A question to answer. Questions of one `conversation` follow each other."""

    format: Literal["text", "markdown", "plain", "json", "slack", "discord", "wechat"] = "json"
    conversation: _Name = ""
    channel: _Name = ""


class VerdictRequest(_Request):
    """Feedback on an exchange. `id` is the sender's own: sent again, it changes nothing."""

    exchange: _Name
    verdict: Literal["up", "down"]
    comment: _Text | None = None
    correct: Annotated[str, Field(max_length=20_000)] | None = None
    by: _Name | None = None
    id: _Name | None = None

    def details(self) -> dict[str, str | None]:
        """All but what was judged and how."""
        clean = {name: getattr(self, name) for name in ("comment", "correct", "by", "id")}
        clean = {name: without_halves(value) if value else value for name, value in clean.items()}
        return {
            **{name: clean[name] for name in ("comment", "correct", "by")},
            "client": clean["id"],
        }


class Problem(BaseModel):
    """What went wrong, and what to do next."""

    code: str
    message: str
    hint: str = ""


class ErrorReply(BaseModel):
    """Every error's body."""

    error: Problem
