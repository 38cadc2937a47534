"""Every setting: the section of kb.toml that it stands in, its default, what it is for, and
which values it takes.

The sections stand here rather than beside what they set: writers and embedders share servers and
keys, and the rooms above `kb` can't be imported from it. They are dataclasses without the methods
that dataclasses are given: `Settings` has them for all. Making them for each would double what
importing the settings takes.
"""

from __future__ import annotations

import re
from dataclasses import Field, dataclass, field, fields
from functools import partial
from typing import Any

from kb import backends

BUILT_IN = tuple(name for name, backend in backends.EMBEDDERS.items() if backend.built_in)
WRITERS = ("auto", *backends.WRITERS)
MOST_WEIGHT = 100.0
SETTING_NAME = re.compile("[a-z_]{1,40}")  # what a setting may be called, and a key hardly is


def setting(
    default: Any,
    about: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A setting that leaves everything in this process. A number may be bound: `above` one, or
    at `least` and at `most` another.
    """
    bounds = {"above": above, "least": least, "most": most}
    return field(default=default, metadata={**_PLAIN, "about": about, **bounds})


def reaching(
    default: Any,
    about: str,
    *,
    key: str = "",
    secret: bool = False,
    inside: tuple[str, ...] = (),
    choices: tuple[str, ...] = (),
) -> Any:
    """A setting that names a server, class, model, key or options: it may run code or send texts
    away.

    In a home that was found it counts only once it is trusted, but for empty values and those
    `inside`, which leave all in this process. `key` is what its section calls it, where that is
    not its name without the section's.
    """
    details = {"about": about, "key": key, "secret": secret, "inside": inside, "choices": choices}
    return field(default=default, metadata={**_PLAIN, **details, "reach": True})


_PLAIN = {
    "key": "", "secret": False, "reach": False, "inside": (), "choices": (),
    "above": None, "least": None, "most": None,
}  # fmt: skip


@dataclass(frozen=True, init=False, repr=False, eq=False)
class EmbeddingSettings:
    """Settings of the embedder (see `kb.embedders`)."""

    embedder: str = reaching(
        "builtin",
        "what turns passages into vectors: builtin, or static, quicker and weaker",
        inside=BUILT_IN,
        key="name",
        choices=tuple(backends.EMBEDDERS),
    )
    embedding_url: str = reaching(
        "", "base URL of the server of the openai embedder; empty: openai_url"
    )
    embedding_model: str = reaching(
        "", "model to embed with: its name, its folder, or for llama_index MODULE:CLASS"
    )
    embedding_api_key: str = reaching("", "sent to embedding_url as a bearer token", secret=True)
    embedding_dimensions: int = setting(
        0, "numbers in a vector, of models that can be told; 0: as many as it gives", least=0
    )
    embedding_batch: int = setting(32, "most texts sent to the embedding model at once", above=0)
    embedding_timeout: float = setting(
        60.0, "seconds that embedding such a batch may take on the server", above=0
    )
    embedding_options: str = reaching(
        "", "a table, or JSON: what the model's class is made with", secret=True
    )
    query_instruction: str = setting(
        "", "put before questions, or around {text}; empty: as the model wants it"
    )
    passage_instruction: str = setting(
        "", "put before passages, or around {text}; empty: as the model wants it"
    )

    @property
    def reads(self) -> bool:
        """Whether the built-in encoder reads the first hits of a question: not where power must be
        saved.
        """
        return self.embedder != "static"


@dataclass(frozen=True, init=False, repr=False, eq=False)
class RerankerSettings:
    """Settings of the reranker (see `kb.rerankers`)."""

    reranker: str = reaching(
        "",
        f"what puts the first hits in their final order: {', '.join(backends.RERANKERS)}; empty: nothing",
        key="name",
    )
    reranker_url: str = reaching("", "URL of a /rerank endpoint")
    reranker_model: str = reaching("", "model to rerank with: its name or its folder")
    reranker_api_key: str = reaching("", "sent to reranker_url as a bearer token", secret=True)
    reranker_hits: int = setting(30, "how many of the first hits are reranked", above=0)
    reranker_timeout: float = setting(
        10.0, "seconds that reranking may take on the server", above=0
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class WriterSettings:
    """Settings of the writers (see `kb.writers`) and of the model that checks drafts."""

    writer: str = reaching(
        "auto",
        f"who writes answers: {', '.join(WRITERS)}",
        inside=("auto", "extractive"),
        key="name",
        choices=WRITERS,
    )
    openai_url: str = reaching(
        "", "base URL of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1"
    )
    openai_model: str = reaching("", "model to ask there; empty: the first that the server lists")
    openai_api_key: str = reaching("", "sent as a bearer token", secret=True)
    openai_connect_timeout: float = setting(
        5.0, "seconds that connecting to openai_url may take", above=0
    )
    openai_timeout: float = setting(
        60.0, "seconds until the first word of an answer, with connecting and retries", above=0
    )
    openai_stall_timeout: float = setting(
        30.0, "seconds without a further word before the answer is broken off", above=0
    )
    openai_total_timeout: float = setting(600.0, "seconds that a whole answer may take", above=0)
    transformers_model: str = reaching(
        "", "model to run in this process: its folder, or its name in the local cache"
    )
    transformers_device: str = setting(
        "", "where it runs: cuda, cuda:1, mps, cpu; empty: the best there is"
    )
    transformers_tokens: int = setting(1024, "most tokens of an answer that it writes", above=0)
    transformers_batch: int = setting(
        8, "most questions of --stdin that it answers at once", above=0
    )
    llama_index_class: str = reaching("", "MODULE:CLASS of a language model of llama-index")
    llama_index_options: str = reaching(
        "", "a table, or JSON: what that class is made with", secret=True
    )
    verify_model: str = reaching(
        "", "model that judges whether sources support a sentence; empty: rules do"
    )
    sentences: int = setting(
        3, "most sentences in an extractive answer, but for lists, rows and entries", above=0
    )
    context_tokens: int = setting(3000, "most tokens of passages put into a prompt", above=0)
    neighbours: int = setting(
        1,
        "passages each side that a model is given with a hit of the same section or turn",
        least=0,
    )

    @property
    def chosen_writer(self) -> str:
        """The name of the configured writer; for `auto` the first that is configured, else what
        needs nothing.
        """
        if self.writer != "auto":
            return self.writer
        rows = backends.WRITERS.items()
        wanted = (name for name, row in rows if row.needs and getattr(self, row.needs))
        return next(wanted, "extractive")


# A factor on what a part of the score weighs by default; `kb tune` may fit it.
_weight = partial(setting, 1.0, least=0, most=MOST_WEIGHT)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class RetrievalSettings:
    """Settings of the search (see `retrieval.search`)."""

    hits: int = setting(8, "passages given to the writer, and shown by search", above=0)
    min_confidence: float = setting(
        0.15, "below this confidence the program abstains, 0 to 1", least=0, most=1
    )
    fusion_words: float = _weight("how much a question's words count, beside what they usually do")
    fusion_translated: float = _weight("the same of their translations")
    fusion_cosine: float = _weight("the same of the embedder's vectors")
    fusion_heading: float = _weight("the same of the vectors of headings")
    fusion_sentence: float = _weight("the same of words that stand in one sentence")
    boost_title: float = _weight("how much a word in a title counts, beside what it usually does")
    boost_headings: float = _weight("the same of a word in a heading")
    boost_context: float = _weight("the same of a word in what a turn of a transcript answers")
    near_duplicate: float = setting(
        0.8,
        "share of common word pairs from which two passages count as one, 0 to 1",
        least=0,
        most=1,
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class ReadingSettings:
    """Settings of the readers and the splitter (see `ingest`)."""

    passage_chars: int = setting(
        900, "most Latin letters in a passage; a Chinese character counts as 2.5", above=0
    )
    max_file_mb: float = setting(64.0, "larger files are skipped, but for recordings", above=0)
    reader_seconds: float = setting(
        20.0, "processor seconds that a part of a file may take, but for recordings", above=0
    )
    reader_mb: float = setting(
        1000.0, "megabytes of memory that reading a file may take, but for recordings", above=0
    )
    audio_model: str = reaching(
        "", "folder of a faster-whisper model, which transcribes recordings"
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class ServerSettings:
    """Settings of `kb serve` (see `cli.server`)."""

    server_host: str = reaching(
        "127.0.0.1",
        "address that kb serve listens on",
        inside=("127.0.0.1", "localhost", "::1"),
    )
    server_port: int = setting(8765, "port that it listens on", least=0, most=65535)
    server_names: str = reaching(
        "", "names that it is called by in URLs, beside localhost; several with commas between"
    )
    server_threads: int = setting(
        0, "answers that a process works on at once; 0: as many as processors, at most 4", least=0
    )
    server_waiting: int = setting(
        128, "questions that may wait for a thread; more are told to come again", least=0
    )
    server_rate: int = setting(120, "requests a minute of one token or address; 0: any", least=0)
    server_body_kb: int = setting(256, "kilobytes that a request may have", above=0)
    server_timeout: float = setting(120.0, "seconds that an answer may take", above=0)
    server_result_kb: int = setting(
        32, "kilobytes that a result for an assistant may have, as JSON and as text", above=0
    )
    server_webhook_url: str = reaching("", "URL that decided answers are delivered to")
    server_webhook_secret: str = reaching("", "signs what is sent there", secret=True)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class BotSettings:
    """Settings of `kb bot` (see `cli.bots`)."""

    bot_channel: str = setting(
        "", "channel whose rules a bot's answers go by; empty: its platform's name"
    )
    bot_rate: int = setting(6, "questions a minute of one person that a bot answers", above=0)
    bot_quiet: int = setting(
        0,
        "1: a bot posts nothing where the sources are silent, but in direct messages",
        least=0,
        most=1,
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class PrivacySettings:
    """Settings of what is masked before it is stored (see `kb.privacy`)."""

    privacy_mask: str = setting(
        "", "kinds of personal data masked in all that is stored, such as phone, email; or all"
    )
    privacy_journal: str = setting(
        "", "kinds masked in questions, answers and feedback that are kept, beside those of mask"
    )
    privacy_answers: str = setting(
        "", "kinds covered in all that an audience is shown, but for those that unmasked names"
    )
    privacy_unmasked: str = setting(
        "", "audiences that are shown personal data as they are stored, such as staff"
    )


@dataclass(frozen=True, init=False, repr=False, eq=False)
class JournalSettings:
    """Settings of how long exchanges are kept (see `kb.journal.retention`)."""

    journal_keep_days: int = setting(
        0, "days after which exchanges lose their texts and names; 0: never", least=0
    )
    journal_drop: int = setting(
        0, "1: after that time those that nobody judged go whole", least=0, most=1
    )


SECTIONS: dict[str, type[Any]] = {
    "embedding": EmbeddingSettings,
    "reranker": RerankerSettings,
    "writer": WriterSettings,
    "retrieval": RetrievalSettings,
    "reading": ReadingSettings,
    "server": ServerSettings,
    "bot": BotSettings,
    "privacy": PrivacySettings,
    "journal": JournalSettings,
}


@dataclass(frozen=True)
class Settings(
    JournalSettings,
    PrivacySettings,
    BotSettings,
    ServerSettings,
    ReadingSettings,
    RetrievalSettings,
    WriterSettings,
    RerankerSettings,
    EmbeddingSettings,
):
    """Every setting there is, section by section. A function that needs one section says so by its
    type.

    `a_b` is `a_b` in kb.toml or its key in a section (see `section_keys`), and `KB_A_B` in the
    environment.
    """


SETTINGS: dict[str, Field[Any]] = {f.name: f for f in fields(Settings)}
"""The declarations of all settings by name, in the order of their sections."""

TUNABLE = (
    "min_confidence",
    *(name for name in SETTINGS if name.startswith(("fusion_", "boost_"))),
)
"""The settings that `kb tune` fits."""


def section_keys(section: str) -> dict[str, str]:
    """What a section calls its settings: by key their names. `embedding_url` is `url` in
    `[embedding]`; the embedder itself is its `name`.
    """
    declared = fields(SECTIONS[section])
    return {f.metadata["key"] or f.name.removeprefix(f"{section}_"): f.name for f in declared}


def is_reaching(declared: Field[Any], value: Any) -> bool:
    """True where this value of the setting needs trust."""
    metadata = declared.metadata
    return bool(metadata["reach"] and value and value not in metadata["inside"])
