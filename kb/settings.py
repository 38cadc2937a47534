"""Settings: defaults, overridden by what `kb tune` found, `kb.toml` in the home, `KB_*` variables, flags."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from pathlib import Path
from typing import Any

from kb.errors import KbError
from kb.tuned import TUNED_FILE, read_tuned

CONFIG_FILE = "kb.toml"
BUILT_IN = ("builtin", "static")
BROUGHT = ("openai", "sentence-transformers", "llama_index")
"""The embedders that need a model, or a server, of the user's."""
MOST_WEIGHT = 100.0
EMBEDDERS = (*BUILT_IN, *BROUGHT)
WRITERS = ("auto", "extractive", "openai", "transformers", "llama_index")


def _setting(default: Any, about: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"about": about, "secret": secret})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting there is. A name `a_b` is `a_b` in kb.toml, `KB_A_B` in the environment."""

    embedder: str = _setting("builtin", "what turns passages into vectors: builtin, or static, quicker and weaker")
    embedding_url: str = _setting("", "base URL of the server of the openai embedder; empty: openai_url")
    embedding_model: str = _setting("", "model to embed with: its name, its folder, or for llama_index MODULE:CLASS")
    embedding_api_key: str = _setting("", "sent to embedding_url as a bearer token", secret=True)
    embedding_dimensions: int = _setting(0, "numbers in a vector, of models that can be told; 0: as many as it gives")
    embedding_batch: int = _setting(32, "most texts sent to the embedding model at once")
    embedding_timeout: float = _setting(60.0, "seconds that embedding such a batch may take on the server")
    embedding_options: str = _setting("", "a table, or JSON: what the model's class is made with", secret=True)
    query_instruction: str = _setting("", "put before questions, or around {text}; empty: as the model wants it")
    passage_instruction: str = _setting("", "put before passages, or around {text}; empty: as the model wants it")
    reranker: str = _setting("", "what puts the first hits in their final order: http, cross-encoder; empty: nothing")
    reranker_url: str = _setting("", "URL of a /rerank endpoint")
    reranker_model: str = _setting("", "model to rerank with: its name or its folder")
    reranker_api_key: str = _setting("", "sent to reranker_url as a bearer token", secret=True)
    reranker_hits: int = _setting(30, "how many of the first hits are reranked")
    reranker_timeout: float = _setting(10.0, "seconds that reranking may take on the server")
    writer: str = _setting("auto", f"who writes answers: {', '.join(WRITERS)}")
    openai_url: str = _setting("", "base URL of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    openai_model: str = _setting("", "model to ask there; empty: the first that the server lists")
    openai_api_key: str = _setting("", "sent as a bearer token", secret=True)
    openai_connect_timeout: float = _setting(5.0, "seconds that connecting to openai_url may take")
    openai_timeout: float = _setting(60.0, "seconds until the first word of an answer, with connecting and retries")
    openai_stall_timeout: float = _setting(30.0, "seconds without a further word before the answer is broken off")
    openai_total_timeout: float = _setting(600.0, "seconds that a whole answer may take")
    transformers_model: str = _setting("", "model to run in this process: its folder, or its name in the local cache")
    transformers_device: str = _setting("", "where it runs: cuda, cuda:1, mps, cpu; empty: the best there is")
    transformers_tokens: int = _setting(1024, "most tokens of an answer that it writes")
    transformers_batch: int = _setting(8, "most questions of --stdin that it answers at once")
    llama_index_class: str = _setting("", "MODULE:CLASS of a language model of llama-index")
    llama_index_options: str = _setting("", "a table, or JSON: what that class is made with", secret=True)
    verify_model: str = _setting("", "model that judges whether sources support a sentence; empty: rules do")
    hits: int = _setting(8, "passages given to the writer, and shown by search")
    sentences: int = _setting(3, "most sentences in an extractive answer")
    context_tokens: int = _setting(3000, "most tokens of passages put into a prompt")
    neighbours: int = _setting(1, "passages each side that a model is given with a hit of the same section or turn")
    min_confidence: float = _setting(0.15, "below this confidence the program abstains, 0 to 1")
    fusion_words: float = _setting(1.0, "how much a question's words count, beside what they usually do")
    fusion_translated: float = _setting(1.0, "the same of their translations")
    fusion_cosine: float = _setting(1.0, "the same of the embedder's vectors")
    fusion_heading: float = _setting(1.0, "the same of the vectors of headings")
    fusion_sentence: float = _setting(1.0, "the same of words that stand in one sentence")
    boost_title: float = _setting(1.0, "how much a word in a title counts, beside what it usually does")
    boost_headings: float = _setting(1.0, "the same of a word in a heading")
    boost_context: float = _setting(1.0, "the same of a word in what a turn of a transcript answers")
    near_duplicate: float = _setting(0.8, "share of common word pairs from which two passages count as one, 0 to 1")
    passage_chars: int = _setting(900, "most Latin letters in a passage; a Chinese character counts as 2.5")
    max_file_mb: float = _setting(64.0, "larger files are skipped, but for recordings")
    reader_seconds: float = _setting(20.0, "processor seconds that a part of a file may take, but for recordings")
    reader_mb: float = _setting(1000.0, "megabytes of memory that reading a file may take, but for recordings")
    audio_model: str = _setting("", "folder of a faster-whisper model, which transcribes recordings")

    @property
    def reads(self) -> bool:
        """Whether the built-in encoder reads the first hits of a question: not where power must be saved."""
        return self.embedder != "static"


TUNABLE = ("min_confidence", *(f.name for f in fields(Settings) if f.name.startswith(("fusion_", "boost_"))))
"""The settings that `kb tune` fits."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Settings together with where each value came from, for `kb config show`."""

    settings: Settings
    origin: Mapping[str, str]


def load(home: Path, environment: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None) -> Origins:
    """The effective settings of `home`. Flags that are None are not set. Raises KbError naming the bad value."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    origin = {f.name: "default" for f in fields(Settings)}
    for name, value in read_tuned(home).values.items():
        if name not in TUNABLE:
            raise KbError(f"{TUNED_FILE}: {name!r} is nothing that is tuned", "put it into kb.toml")
        values[name], origin[name] = _coerce(name, value, TUNED_FILE), TUNED_FILE
    for name, value in _from_file(home / CONFIG_FILE).items():
        values[name], origin[name] = _coerce(name, value, CONFIG_FILE), CONFIG_FILE
    for name in origin:
        variable = f"KB_{name.upper()}"
        if environment.get(variable):
            values[name], origin[name] = _coerce(name, environment[variable], variable), variable
    for name, value in (flags or {}).items():
        if value is not None:
            values[name], origin[name] = _coerce(name, value, f"--{name}"), "flag"
    settings = replace(Settings(), **values)
    _check(settings, origin)
    return Origins(settings, origin)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            table = tomllib.load(stream)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KbError(
            f"{path} is not valid TOML: {error}", "mend the file, or move it away to use the defaults"
        ) from error
    except OSError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error
    return dict(_flat(table))


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The settings of a file: `model` in a table `[verify]` is `verify_model`."""
    known = {f.name for f in fields(Settings)}
    for name, value in table.items():
        if isinstance(value, dict) and name not in known and all(f"{name}_{key}" in known for key in value):
            yield from ((f"{name}_{key}", inner) for key, inner in value.items())
        else:
            yield name, value


_KINDS = {str: "text", int: "a whole number", float: "a number"}


def _coerce(name: str, value: Any, where: str) -> Any:
    known: dict[str, Any] = {f.name: f.default for f in fields(Settings)}
    if name not in known:
        raise KbError(f"{where}: there is no setting {name!r}", "see: kb config show")
    kind: type[str] | type[int] | type[float] = type(known[name])
    if isinstance(value, dict) and name in ("embedding_options", "llama_index_options"):
        value = json.dumps(value, default=str)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise KbError(f"{where}: {name} must be {_KINDS[kind]}")
    try:
        given = kind(value)
        if (isinstance(given, float) and not isfinite(given)) or (isinstance(value, float) and given != value):
            raise ValueError
    except (ValueError, OverflowError):
        raise KbError(f"{where}: {name} must be {_KINDS[kind]}, not {value!r}", f"its default: {known[name]}") from None
    return given


def _check(settings: Settings, origin: Mapping[str, str]) -> None:
    for name in ("min_confidence", "near_duplicate"):
        value = getattr(settings, name)
        if not 0 <= value <= 1:
            raise KbError(f"{name} must lie between 0 and 1, not {value:g}", f"it comes from: {origin[name]}")
    for name in TUNABLE:
        if not 0 <= getattr(settings, name) <= MOST_WEIGHT:
            raise KbError(f"{name} must lie between 0 and {MOST_WEIGHT:g}", f"it comes from: {origin[name]}")
    if settings.neighbours < 0:
        raise KbError("neighbours must not be below 0", f"it comes from: {origin['neighbours']}")
    for name in (
        "hits",
        "sentences",
        "context_tokens",
        "passage_chars",
        "max_file_mb",
        "reader_seconds",
        "reader_mb",
        "openai_connect_timeout",
        "openai_timeout",
        "openai_stall_timeout",
        "openai_total_timeout",
        "transformers_tokens",
        "transformers_batch",
        "embedding_batch",
        "embedding_timeout",
        "reranker_hits",
        "reranker_timeout",
    ):
        if not getattr(settings, name) > 0:
            raise KbError(f"{name} must be above 0", f"it comes from: {origin[name]}")
    if settings.embedding_dimensions < 0:
        raise KbError("embedding_dimensions must not be below 0", f"it comes from: {origin['embedding_dimensions']}")
    if settings.embedder not in EMBEDDERS:
        raise KbError(f"no embedder is called {settings.embedder!r}", f"one of: {', '.join(EMBEDDERS)}")
    if settings.writer not in WRITERS:
        raise KbError(f"no writer is called {settings.writer!r}", f"one of: {', '.join(WRITERS)}")
