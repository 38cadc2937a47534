"""What models want in front of questions and passages, because they were trained with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.settings import Settings

_TEXT = "{text}"
_TASK = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)


@dataclass(frozen=True, slots=True)
class Instructions:
    """Text to go before questions and before passages, or around them where it holds `{text}`;
    empty: nothing.
    """

    query: str = ""
    passage: str = ""

    def question(self, text: str) -> str:
        """A question as the model wants it."""
        return _filled(self.query, text)

    def of_passage(self, text: str) -> str:
        """A passage as the model wants it."""
        return _filled(self.passage, text)


# By what the last part of a model's name begins with, in lower case. Each as its makers say:
# - E5: https://github.com/microsoft/unilm/tree/master/e5 (the instruct models have words for the question only)
# - BGE, not M3, which wants none: https://github.com/FlagOpen/FlagEmbedding
# - Qwen3: https://github.com/QwenLM/Qwen3-Embedding (no space after "Query:")
# - Nomic: https://arxiv.org/abs/2402.01613
_FAMILIES = (
    (r"(?:multilingual-)?e5-.*instruct", Instructions(f"{_TASK} ")),
    (r"(?:multilingual-)?e5-(?:small|base|large)", Instructions("query: ", "passage: ")),
    (
        r"bge-(?:small|base|large)-en",
        Instructions("Represent this sentence for searching relevant passages: "),
    ),
    (r"bge-(?:small|base|large)-zh", Instructions("为这个句子生成表示以用于检索相关文章：")),
    (r"qwen3-embedding", Instructions(_TASK)),
    (r"nomic-embed-text", Instructions("search_query: ", "search_document: ")),
)


def of_family(model: str) -> Instructions:
    """What models of this name want, where that is documented."""
    name = model.rstrip("/\\").replace("\\", "/").rpartition("/")[2].lower()
    return next(
        (instructions for pattern, instructions in _FAMILIES if re.match(pattern, name)),
        Instructions(),
    )


def configured(settings: Settings, default: Instructions) -> Instructions:
    """The instructions that are set; the default's where they are not. `{text}` alone asks for
    none.
    """
    return Instructions(
        settings.query_instruction or default.query, settings.passage_instruction or default.passage
    )


def _filled(instruction: str, text: str) -> str:
    return instruction.replace(_TEXT, text) if _TEXT in instruction else instruction + text
