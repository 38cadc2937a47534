"""Going on without a model that fails: the asker gets a notice, once, and the answer of the legs
that remain.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from kb.errors import EmbedderFailed, RerankerFailed
from kb.home import Notify

if TYPE_CHECKING:
    from kb.embedders import Embedder, Vectors

T = TypeVar("T")
_REST = 60.0  # seconds: a batch of questions must not wait for a dead server once a question
_resting_until: dict[
    str, float
] = {}  # by the model's name, for the process, however often it is opened


def attempt(model: str, work: Callable[[], T], notify: Notify) -> T | None:
    """What `work` gives; None when the model of that name fails at it, and for a minute, in which
    it is left alone.

    The user is told at the first failure of this model, and not again.
    """
    until = _resting_until.get(model)
    if until is not None and time.monotonic() < until:
        return None
    try:
        return work()
    except (EmbedderFailed, RerankerFailed) as error:
        _resting_until[model] = time.monotonic() + _REST
        if until is None:
            notify(
                f"searching without {model}: {error}" + (f" ({error.hint})" if error.hint else "")
            )
        return None


def question_vector(embedder: Embedder, text: str, notify: Notify) -> Vectors | None:
    """The vector of a question, shape (dimensions,); None when the embedder fails."""
    return attempt(embedder.name, lambda: embedder.question(text), notify)
