"""The section `[writer]`: who writes answers, checks them, and from how much text."""

from __future__ import annotations

from dataclasses import dataclass

from kb import backends
from kb.settings.fields import reaching, setting

WRITERS = ("auto", *backends.WRITERS)


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
    sentences: int = setting(3, "most sentences in an extractive answer", above=0)
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
