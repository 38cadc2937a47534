"""Models run in this process by sentence-transformers, on a GPU when there is one."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from kb.errors import KbError, in_one_line


def encoder(path: str, failed: type[KbError], options: dict[str, Any]) -> Any:
    """The SentenceTransformer of that name or folder. Raises `failed`, also where the package is not installed."""

    def load() -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(path, **options)

    return _loaded(path, failed, load)


def cross_encoder(path: str, failed: type[KbError]) -> Any:
    """The CrossEncoder of that name or folder, with scores from 0 to 1. Raises `failed`, as `encoder` does."""

    def load() -> Any:
        from sentence_transformers import CrossEncoder
        from torch.nn import Sigmoid

        return CrossEncoder(path, activation_fn=Sigmoid())

    return _loaded(path, failed, load)


def classifier(path: str, failed: type[KbError]) -> tuple[Any, dict[int, str]]:
    """The CrossEncoder of that name or folder, with a probability for each label, and the labels by column.

    Raises `failed`, as `encoder` does.
    """

    def load() -> Any:
        from sentence_transformers import CrossEncoder
        from torch.nn import Softmax

        return CrossEncoder(path, activation_fn=Softmax(dim=-1))

    model = _loaded(path, failed, load)
    labels = getattr(model.config, "id2label", None) or {}
    return model, {int(column): str(label).lower() for column, label in labels.items()}


def _loaded(path: str, failed: type[KbError], load: Callable[[], Any]) -> Any:
    try:
        with contextlib.redirect_stdout(sys.stderr):  # standard output is the result's
            return load()
    except ImportError as error:
        hint = "install it: pip install 'founders-kb[gpu]'"
        raise failed(f"models in this process need sentence-transformers: {in_one_line(error)}", hint) from error
    except Exception as error:  # a missing folder, a damaged file, a GPU without memory, an unknown option
        raise failed(
            f"the model {path} can't be loaded: {in_one_line(error)}", "name it, or give its folder"
        ) from error
