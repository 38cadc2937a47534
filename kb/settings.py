"""Settings: defaults, overridden by what `kb tune` found, `kb.toml` in the home, `KB_*` variables,
flags.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from pathlib import Path
from typing import Any

from kb import backends
from kb.errors import KbError
from kb.secrets import is_harmless
from kb.toml_file import parse, read_content
from kb.tuned import TUNED_FILE, read_tuned

CONFIG_FILE = "kb.toml"
MOST_WEIGHT = 100.0
BUILT_IN = tuple(name for name, backend in backends.EMBEDDERS.items() if backend.built_in)
EMBEDDERS = tuple(backends.EMBEDDERS)
WRITERS = ("auto", *backends.WRITERS)
RERANKERS = tuple(backends.RERANKERS)


def _setting(default: Any, about: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"about": about, "secret": secret, "reach": False})


def _reach(default: Any, about: str, *, secret: bool = False, inside: tuple[str, ...] = ()) -> Any:
    """A setting that names a server, class, model, key or options: it may run code or send texts
    away.

    In a home that was found it counts only once it is trusted, but for empty values and those
    `inside`, which leave all in this process.
    """
    metadata = {"about": about, "secret": secret, "reach": True, "inside": inside}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting there is. A name `a_b` is `a_b` in kb.toml, `KB_A_B` in the environment."""

    embedder: str = _reach(
        "builtin",
        "what turns passages into vectors: builtin, or static, quicker and weaker",
        inside=BUILT_IN,
    )
    embedding_url: str = _reach(
        "", "base URL of the server of the openai embedder; empty: openai_url"
    )
    embedding_model: str = _reach(
        "", "model to embed with: its name, its folder, or for llama_index MODULE:CLASS"
    )
    embedding_api_key: str = _reach("", "sent to embedding_url as a bearer token", secret=True)
    embedding_dimensions: int = _setting(
        0, "numbers in a vector, of models that can be told; 0: as many as it gives"
    )
    embedding_batch: int = _setting(32, "most texts sent to the embedding model at once")
    embedding_timeout: float = _setting(
        60.0, "seconds that embedding such a batch may take on the server"
    )
    embedding_options: str = _reach(
        "", "a table, or JSON: what the model's class is made with", secret=True
    )
    query_instruction: str = _setting(
        "", "put before questions, or around {text}; empty: as the model wants it"
    )
    passage_instruction: str = _setting(
        "", "put before passages, or around {text}; empty: as the model wants it"
    )
    reranker: str = _reach(
        "",
        f"what puts the first hits in their final order: {', '.join(RERANKERS)}; empty: nothing",
    )
    reranker_url: str = _reach("", "URL of a /rerank endpoint")
    reranker_model: str = _reach("", "model to rerank with: its name or its folder")
    reranker_api_key: str = _reach("", "sent to reranker_url as a bearer token", secret=True)
    reranker_hits: int = _setting(30, "how many of the first hits are reranked")
    reranker_timeout: float = _setting(10.0, "seconds that reranking may take on the server")
    writer: str = _reach(
        "auto", f"who writes answers: {', '.join(WRITERS)}", inside=("auto", "extractive")
    )
    openai_url: str = _reach(
        "", "base URL of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1"
    )
    openai_model: str = _reach("", "model to ask there; empty: the first that the server lists")
    openai_api_key: str = _reach("", "sent as a bearer token", secret=True)
    openai_connect_timeout: float = _setting(5.0, "seconds that connecting to openai_url may take")
    openai_timeout: float = _setting(
        60.0, "seconds until the first word of an answer, with connecting and retries"
    )
    openai_stall_timeout: float = _setting(
        30.0, "seconds without a further word before the answer is broken off"
    )
    openai_total_timeout: float = _setting(600.0, "seconds that a whole answer may take")
    transformers_model: str = _reach(
        "", "model to run in this process: its folder, or its name in the local cache"
    )
    transformers_device: str = _setting(
        "", "where it runs: cuda, cuda:1, mps, cpu; empty: the best there is"
    )
    transformers_tokens: int = _setting(1024, "most tokens of an answer that it writes")
    transformers_batch: int = _setting(8, "most questions of --stdin that it answers at once")
    llama_index_class: str = _reach("", "MODULE:CLASS of a language model of llama-index")
    llama_index_options: str = _reach(
        "", "a table, or JSON: what that class is made with", secret=True
    )
    verify_model: str = _reach(
        "", "model that judges whether sources support a sentence; empty: rules do"
    )
    hits: int = _setting(8, "passages given to the writer, and shown by search")
    sentences: int = _setting(3, "most sentences in an extractive answer")
    context_tokens: int = _setting(3000, "most tokens of passages put into a prompt")
    neighbours: int = _setting(
        1, "passages each side that a model is given with a hit of the same section or turn"
    )
    min_confidence: float = _setting(0.15, "below this confidence the program abstains, 0 to 1")
    fusion_words: float = _setting(
        1.0, "how much a question's words count, beside what they usually do"
    )
    fusion_translated: float = _setting(1.0, "the same of their translations")
    fusion_cosine: float = _setting(1.0, "the same of the embedder's vectors")
    fusion_heading: float = _setting(1.0, "the same of the vectors of headings")
    fusion_sentence: float = _setting(1.0, "the same of words that stand in one sentence")
    boost_title: float = _setting(
        1.0, "how much a word in a title counts, beside what it usually does"
    )
    boost_headings: float = _setting(1.0, "the same of a word in a heading")
    boost_context: float = _setting(
        1.0, "the same of a word in what a turn of a transcript answers"
    )
    near_duplicate: float = _setting(
        0.8, "share of common word pairs from which two passages count as one, 0 to 1"
    )
    passage_chars: int = _setting(
        900, "most Latin letters in a passage; a Chinese character counts as 2.5"
    )
    max_file_mb: float = _setting(64.0, "larger files are skipped, but for recordings")
    reader_seconds: float = _setting(
        20.0, "processor seconds that a part of a file may take, but for recordings"
    )
    reader_mb: float = _setting(
        1000.0, "megabytes of memory that reading a file may take, but for recordings"
    )
    audio_model: str = _reach("", "folder of a faster-whisper model, which transcribes recordings")

    @property
    def reads(self) -> bool:
        """Whether the built-in encoder reads the first hits of a question: not where power must be
        saved.
        """
        return self.embedder != "static"


TUNABLE = (
    "min_confidence",
    *(f.name for f in fields(Settings) if f.name.startswith(("fusion_", "boost_"))),
)
"""The settings that `kb tune` fits."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Settings together with where each value came from, for `kb config show`.

    `ignored` holds what a found kb.toml sets and nobody trusted; `withheld` says of the writer,
    embedder or reranker why it must not be used, where the user's key would have gone to a server
    of such a setting.
    """

    settings: Settings
    origin: Mapping[str, str]
    ignored: Mapping[str, Any] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)


def load(
    home: Path,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
    *,
    found: bool = False,
) -> Origins:
    """The effective settings of `home`; flags that are None are not set. Raises KbError naming the
    bad one.

    `found`: the home was found, not chosen; then its settings that reach out count only once they
    are trusted.
    """
    environment = os.environ if environment is None else environment
    content = read_content(home / CONFIG_FILE)
    values, origin = _layered(home, content, environment, flags or {})
    wished = replace(Settings(), **values)
    _check(wished, origin)
    ours = {name: value for name, value in values.items() if origin[name] == CONFIG_FILE}
    ignored = _reaching(ours) if found else {}
    if not ignored:
        return Origins(wished, origin)
    from kb.keys import withheld
    from kb.trust import is_trusted

    if is_trusted(home, content):
        return Origins(wished, origin)
    heeded = {name: value for name, value in values.items() if name not in ignored}
    kept = {name: "default" if name in ignored else where for name, where in origin.items()}
    return Origins(replace(Settings(), **heeded), kept, ignored, withheld(wished, origin, ignored))


def reaching(home: Path) -> tuple[dict[str, Any], bytes]:
    """The settings of the home's kb.toml that need trust, and what the file holds. Raises KbError."""
    content = read_content(home / CONFIG_FILE)
    values = _from_file(content, home / CONFIG_FILE)
    return _reaching({name: _coerce(name, values[name], CONFIG_FILE) for name in values}), content


def _reaching(values: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {f.name: f.metadata for f in fields(Settings) if f.metadata["reach"]}
    return {
        name: value
        for name, value in values.items()
        if name in metadata and value and value not in metadata[name]["inside"]
    }


def _layered(
    home: Path, content: bytes, environment: Mapping[str, str], flags: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that are set anywhere, the last word of each, and of every setting who has it."""
    values: dict[str, Any] = {}
    origin = {f.name: "default" for f in fields(Settings)}
    for name, value in read_tuned(home).values.items():
        if name not in TUNABLE:
            known = name if _NAME.fullmatch(name) else "a name"
            raise KbError(f"{TUNED_FILE}: {known} is nothing that is tuned", "put it into kb.toml")
        values[name], origin[name] = _coerce(name, value, TUNED_FILE), TUNED_FILE
    for name, value in _from_file(content, home / CONFIG_FILE).items():
        values[name], origin[name] = _coerce(name, value, CONFIG_FILE), CONFIG_FILE
    for name in origin:
        variable = f"KB_{name.upper()}"
        if environment.get(variable):
            values[name], origin[name] = _coerce(name, environment[variable], variable), variable
    for name, value in flags.items():
        if value is not None:
            values[name], origin[name] = _coerce(name, value, f"--{name}"), "flag"
    return values, origin


def _from_file(content: bytes, path: Path) -> dict[str, Any]:
    hint = "mend the file, or move it away to use the defaults"
    return dict(_flat(parse(content, path, hint)))


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The settings of a file: `model` in a table `[verify]` is `verify_model`."""
    known = {f.name for f in fields(Settings)}
    for name, value in table.items():
        if (
            isinstance(value, dict)
            and name not in known
            and all(f"{name}_{key}" in known for key in value)
        ):
            yield from ((f"{name}_{key}", inner) for key, inner in value.items())
        else:
            yield name, value


_KINDS = {str: "text", int: "a whole number", float: "a number"}
_NAME = re.compile("[a-z_]{1,40}")  # what a setting may be called, and a key hardly is


def _coerce(name: str, value: Any, where: str) -> Any:
    """The value as its setting has it. Raises KbError that repeats no value that may be a secret."""
    known: dict[str, Any] = {f.name: f.default for f in fields(Settings)}
    if name not in known:
        named = f"setting {name!r}" if _NAME.fullmatch(name) else "setting of a name in it"
        raise KbError(f"{where}: there is no {named}", "see: kb config show")
    kind: type[str] | type[int] | type[float] = type(known[name])
    if isinstance(value, dict) and name in ("embedding_options", "llama_index_options"):
        value = json.dumps(value, default=str)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise KbError(f"{where}: {name} must be {_KINDS[kind]}")
    try:
        given = kind(value)
        is_other = isinstance(value, float) and given != value
        if is_other or (isinstance(given, float) and not isfinite(given)):
            raise ValueError
    except (ValueError, OverflowError):
        shown = f", not {value!r}" if is_harmless(str(value)) else ""
        hint = f"its default: {known[name]}"
        raise KbError(f"{where}: {name} must be {_KINDS[kind]}{shown}", hint) from None
    return given


def _check(settings: Settings, origin: Mapping[str, str]) -> None:
    for name in ("min_confidence", "near_duplicate"):
        value = getattr(settings, name)
        if not 0 <= value <= 1:
            raise KbError(
                f"{name} must lie between 0 and 1, not {value:g}", f"it comes from: {origin[name]}"
            )
    for name in TUNABLE:
        if not 0 <= getattr(settings, name) <= MOST_WEIGHT:
            raise KbError(
                f"{name} must lie between 0 and {MOST_WEIGHT:g}", f"it comes from: {origin[name]}"
            )
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
        raise KbError(
            "embedding_dimensions must not be below 0",
            f"it comes from: {origin['embedding_dimensions']}",
        )
    for name, known in (("embedder", EMBEDDERS), ("writer", WRITERS)):
        value = getattr(settings, name)
        if value not in known:
            shown = f"no {name} is called {value!r}"
            if not is_harmless(value):
                shown = f"the {name} that {origin[name]} names is unknown"
            raise KbError(shown, f"one of: {', '.join(known)}")
