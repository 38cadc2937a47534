"""Conversations: a follow-up is searched and answered as a question that stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.errors import KbError
from kb.text import flat, has_words, language, terms
from kb.types import Exchange
from kb.writers import THOUGHT, Converses, Writer
from kb.writers.prompts import rewriting
from retrieval.question.followups import Standalone, standalone, topic_of

_LONGEST_ANSWER = 600  # characters of the answer before that a model is shown
_LONGEST_REPLY = 2000  # characters of a reply that are waited for
# characters that a rewritten question may have more than the follow-up and the question before
_LONGER = 300
_OWN = 0.5  # share of a rewritten question's words that must come from the conversation
_LABEL = re.compile(
    r"^(?:(?:rewritten|standalone|last)?\s*question|(?:改写后的|最后一个)?问题)\s*[:：]\s*", re.I
)


@dataclass(frozen=True, slots=True)
class Continued:
    """A follow-up as it is searched and answered: what exchange it follows, and what it is about."""

    exchange: str
    question: str
    topic: str
    changed: bool

    @property
    def rewritten(self) -> str | None:
        """The question that stands alone; None where the follow-up itself does."""
        return self.question if self.changed else None


def continued(text: str, last: Exchange, writer: Writer) -> Continued:
    """The follow-up `text` to the last exchange, as a question that stands alone.

    A language model puts it so where the writer has one; without one, or when what it says can't be
    used, a rule does.
    """
    previous = last.payload.get("rewritten") or last.question
    topic = last.payload.get("topic") or topic_of(previous)
    put = (
        _put_by_model(text, previous, topic, last, writer)
        if isinstance(writer, Converses)
        else None
    )
    put = put or standalone(text, previous, topic)
    if put is None or put.question == text:
        return Continued(last.id, text, topic_of(text), changed=False)
    return Continued(last.id, put.question, put.topic, changed=True)


def _put_by_model(
    text: str, previous: str, topic: str, last: Exchange, writer: Converses
) -> Standalone | None:
    """What the model makes of the follow-up; None when it fails, or says what is no such question."""
    answer = flat(last.answer)[:_LONGEST_ANSWER] if last.status != "abstained" else ""
    chat = rewriting(previous, answer, text, language(text))
    try:
        question = _question(writer.reply(chat))
    except KbError:
        return None  # if the writer can't answer either, it will be told then
    if not _is_put_anew(question, text, f"{previous}\n{answer}\n{text}"):
        return None
    same = set(terms(topic)).issubset(terms(question))
    return Standalone(question, topic if same else topic_of(question))


def _question(pieces: Iterator[str]) -> str:
    """The first line that a model says, without what models put around it."""
    said = ""
    for piece in pieces:
        said = "" if piece == THOUGHT else said + piece
        if "\n" in said.strip() or len(said) > _LONGEST_REPLY:
            break
    line = said.strip().split("\n")[0]
    return _LABEL.sub("", flat(line)).strip(" \t\"'“”「」『』")


def _is_put_anew(question: str, text: str, conversation: str) -> bool:
    """Whether a question is the follow-up put anew: in its language, in words of the conversation,
    not much longer.

    A source that was quoted in the answer before may hold instructions: most words must be the
    conversation's own.
    """
    if not has_words(question) or language(question) != language(text):
        return False
    if len(question) > len(conversation.split("\n")[0]) + len(text) + _LONGER:
        return False
    known = set(terms(conversation))
    own, kept = terms(question), set(terms(text))
    held = sum(word in known for word in own)
    return held >= _OWN * len(own) and len(kept.intersection(own)) * 2 >= len(kept)
