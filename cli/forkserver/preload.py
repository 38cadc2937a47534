"""What the fork server does once for all its forks: imports, and the models and dictionaries."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
from collections.abc import Iterable

_PACKAGES = ("kb", "retrieval", "cli.formats")
# Commands that are forked, with what they import where they need it.
_MODULES = (
    "cli.commands.ask", "cli.commands.search", "cli.forkserver.fork", "cli.help_page",
    "chromadb_rust_bindings", "httpx",
    "numpy", "onnxruntime", "opencc", "platformdirs", "rich.cells", "rjieba", "Stemmer", "tantivy",
    "tokenizers",
)  # fmt: skip
# Not imported beforehand: it takes seconds, and few commands need it.
_LEFT_OUT = "llama"
_SAMPLE = "how many days? 多少天？ 開發軟體"


def preload() -> None:
    """Import what `kb ask` and `kb search` import, and load what they load."""
    import_all(_PACKAGES, _MODULES)
    load_models()
    gc.collect()
    gc.freeze()  # else the collector of a fork would copy all this memory


def import_all(
    packages: Iterable[str], modules: Iterable[str], left_out: Iterable[str] = (_LEFT_OUT,)
) -> None:
    """Import some packages with all that is in them, but for modules with what is to be left out in
    their names, and some modules.
    """
    skipped = tuple(left_out)
    for name in packages:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not any(part in module.name for part in skipped):
                importlib.import_module(module.name)
    for name in modules:
        importlib.import_module(name)


def load_models() -> None:
    """Load the models and dictionaries that a search loads: most of its time.

    A fork has none of its parent's threads, so the encoder is made to have none: it has as many as
    there are processors to run on, less one.
    """
    from kb.embedders.built_in import ContextualEmbedder, StaticEmbedder
    from kb.embedders.late_interaction import weights
    from kb.glossary import edition
    from kb.text import simplified, words

    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if allowed is not None:
        os.sched_setaffinity(0, {min(allowed)})
        ContextualEmbedder().question(_SAMPLE)
        os.sched_setaffinity(0, allowed)
    StaticEmbedder().question(_SAMPLE)
    weights()
    edition()
    words(_SAMPLE)
    simplified(_SAMPLE)
