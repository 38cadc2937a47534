"""Classes of other people's packages, by module and name, checked to be of the kind that is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from kb.errors import KbError
from kb.secrets import complaint


@dataclass(frozen=True, slots=True)
class Kind:
    """A base class of llama-index's, by module and name, and what its subclasses are called."""

    module: str
    name: str
    noun: str


LLM = Kind("llama_index.core.llms", "LLM", "LLM class of llama-index")
EMBEDDING = Kind("llama_index.core.embeddings", "BaseEmbedding", "embedding class of llama-index")
READER = Kind("llama_index.core.readers.base", "BaseReader", "reader of llama-index")


def load_class(module: str, name: str, kind: Kind) -> Any:
    """The class `name` of `module`. Raises KbError: not installed, not there, not of this kind."""
    loaded = _attribute(module, name)
    base = _attribute(kind.module, kind.name)
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        hint = f"it must derive from {kind.module}.{kind.name}"
        raise KbError(f"{module}:{name} is no {kind.noun}", hint)
    return loaded


def instantiate(loaded: Any, options: Mapping[str, Any], hint: str) -> Any:
    """An object of the class, made with these options. Raises KbError that repeats no secret of
    them.
    """
    try:
        return loaded(**options)
    except Exception as error:  # its package, its model, its server may be missing
        message = (
            f"{loaded.__module__}:{loaded.__name__} can't be made: {complaint(error, options)}"
        )
        raise KbError(message, hint) from error


def _attribute(module: str, name: str) -> Any:
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        missing = error.name or module
        wanted = ".".join(module.split(".")[:3]) if module.startswith(missing) else missing
        package = wanted.replace("_", "-").replace(".", "-")
        raise KbError(
            f"there is no module {missing}", f"install it: pip install {package}"
        ) from error
    except AttributeError:
        raise KbError(
            f"{module} has no {name}", "see its documentation for the name of the class"
        ) from None
    except Exception as error:  # whatever a module of somebody else's does when it is imported
        raise KbError(f"{module} can't be imported: {type(error).__name__}: {error}") from error
