"""Conversations: a follow-up is rewritten to a question that stands alone, and searched and
answered as that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.errors import KbError
from kb.text import flat, has_words, language, terms
from kb.types import Exchange
from kb.writers import THOUGHT, Converses, Writer
from kb.writers.prompts import rewriting
from retrieval.question.followups import Standalone, standalone, topic_of
from retrieval.question.question import LONGEST_QUESTION

_LONGEST_ANSWER = 600  # characters of the answer before that a model is shown
# Characters of a question, as asked or as rewritten, that a later one is taken to refer to: twenty
# of that length are read in 1.6 seconds at worst, of 2,000 characters in ten, of 12,000 in minutes.
_LONGEST_EARLIER = 500
_LONGEST_REPLY = 2000  # characters of a reply that are waited for
# characters that a rewritten question may have more than the follow-up and the question before
_LONGER = 300
_OWN = 0.5  # share of a rewritten question's words that must come from the conversation
_LABEL = re.compile(
    r"^(?:(?:rewritten|standalone|last)?\s*question|(?:改写后的|最后一个)?问题)\s*[:：]\s*", re.I
)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up: the exchange that it follows, the question that it is searched as, and its
    topic. `changed`: that differs from what was typed.
    """

    exchange: str
    question: str
    topic: str
    changed: bool

    @property
    def rewritten(self) -> str | None:
        """The question that it was rewritten to; None where it stands alone as it is."""
        return self.question if self.changed else None


def follow_up(text: str, last: Exchange, writer: Writer) -> FollowUp:
    """The follow-up `text` to the last exchange, rewritten to stand alone.

    The language model of the writer rewrites it, where the writer has one; rules do where it has
    none, or its reply is unusable.
    """
    previous, topic = _previous(last)
    rewriting = (
        _rewritten_by_model(text, previous, topic, last, writer)
        if isinstance(writer, Converses)
        else None
    )
    rewriting = rewriting or standalone(text, previous, topic)
    if (
        rewriting is None
        or rewriting.question == text
        or len(rewriting.question) > LONGEST_QUESTION  # each turn would add to the last
    ):
        return FollowUp(last.id, text, topic_of(text), changed=False)
    return FollowUp(last.id, rewriting.question, rewriting.topic, changed=True)


def after_questions(text: str, earlier: Sequence[str], writer: Writer) -> FollowUp | None:
    """The follow-up `text` to the questions before it, of a door that keeps no exchanges; None
    where nothing was asked before. Only the last one is rewritten by a model, and none that is
    long is followed.
    """
    last: Exchange | None = None
    for question in (question for question in earlier if len(question) <= _LONGEST_EARLIER):
        rewritten = standalone(question, *_previous(last)) if last else None
        if rewritten and len(rewritten.question) > _LONGEST_EARLIER:
            rewritten = None  # fragments of fragments would grow with each of them
        asked = rewritten.question if rewritten else question
        topic = rewritten.topic if rewritten else topic_of(question)
        payload = {"rewritten": asked, "topic": topic}
        last = Exchange("", "", question, "abstained", 0.0, "", "", 0.0, "", payload)
    return follow_up(text, last, writer) if last else None


def _previous(last: Exchange) -> tuple[str, str]:
    """The question of an exchange as it was searched, and its topic."""
    previous = last.payload.get("rewritten") or last.question
    return previous, last.payload.get("topic") or topic_of(previous)


def _rewritten_by_model(
    text: str, previous: str, topic: str, last: Exchange, writer: Converses
) -> Standalone | None:
    """The model's rewriting; None when it fails or replies with anything else."""
    answer = flat(last.answer)[:_LONGEST_ANSWER] if last.status != "abstained" else ""
    chat = rewriting(previous, answer, text, language(text))
    try:
        question = _question(writer.reply(chat))
    except KbError:
        return None  # if the writer can't answer either, it will be told then
    if not _is_rewriting(question, text, f"{previous}\n{answer}\n{text}"):
        return None
    same = set(terms(topic)).issubset(terms(question))
    return Standalone(question, topic if same else topic_of(question))


def _question(pieces: Iterator[str]) -> str:
    """The first line of a reply, without the labels and quotes that models put around it."""
    reply = ""
    for piece in pieces:
        reply = "" if piece == THOUGHT else reply + piece
        if "\n" in reply.strip() or len(reply) > _LONGEST_REPLY:
            break
    line = reply.strip().split("\n")[0]
    return _LABEL.sub("", flat(line)).strip(" \t\"'“”「」『』")


def _is_rewriting(question: str, text: str, conversation: str) -> bool:
    """Whether a question is the follow-up rewritten: in its language, in words of the conversation,
    and not much longer.

    A source that was quoted in the answer before may hold instructions: most words must be those of
    the conversation.
    """
    if not has_words(question) or language(question) != language(text):
        return False
    if len(question) > len(conversation.split("\n")[0]) + len(text) + _LONGER:
        return False
    known = set(terms(conversation))
    own, kept = terms(question), set(terms(text))
    held = sum(word in known for word in own)
    return held >= _OWN * len(own) and len(kept.intersection(own)) * 2 >= len(kept)
