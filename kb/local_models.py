"""Models run in this process, on a GPU when there is one: by sentence-transformers, or by
transformers.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kb.errors import KbError, in_one_line
from kb.home import cache_folder
from kb.secrets import complaint

_INSTALL = "install it: pip install 'founders-kb[gpu]'"
_FETCH = "give the folder of a model, or fetch it once: hf download NAME"
_NO_MEMORY = re.compile(
    r"out of memory|can't allocate memory|not enough memory|Cannot allocate memory", re.I
)
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A causal language model of transformers, its tokenizer, and how many tokens it takes."""

    model: Any
    tokenizer: Any
    window: int


def encoder(path: str, failed: type[KbError], options: dict[str, Any]) -> Any:
    """The SentenceTransformer of that folder, or of that name in the Hugging Face cache: nothing is
    downloaded.

    Raises `failed`, also where the package is not installed.
    """

    def load() -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(path, **{**options, "local_files_only": True})

    return _loaded(path, "sentence-transformers", failed, load, options)


def cross_encoder(path: str, failed: type[KbError]) -> Any:
    """The CrossEncoder of that folder or name, with scores from 0 to 1. Raises `failed`, as
    `encoder` does.
    """

    def load() -> Any:
        from sentence_transformers import CrossEncoder
        from torch.nn import Sigmoid

        return CrossEncoder(path, activation_fn=Sigmoid(), local_files_only=True)

    return _loaded(path, "sentence-transformers", failed, load)


def classifier(path: str, failed: type[KbError]) -> tuple[Any, dict[int, str]]:
    """The CrossEncoder of that name or folder, with a probability for each label, and the labels by
    column.

    A name is one in the Hugging Face cache: nothing is downloaded. Raises `failed`, as `encoder`
    does.
    """

    def load() -> Any:
        from sentence_transformers import CrossEncoder
        from torch.nn import Softmax

        return CrossEncoder(_folder(path), activation_fn=Softmax(dim=-1), local_files_only=True)

    model = _loaded(path, "sentence-transformers", failed, load)
    labels = getattr(model.config, "id2label", None) or {}
    return model, {int(column): str(label).lower() for column, label in labels.items()}


@lru_cache(maxsize=2)
def language_model(path: str, device: str) -> LanguageModel:
    """The language model of that folder, or of that name in the Hugging Face cache; loaded once per
    process.

    `device` is cuda, cuda:1, mps or cpu; empty takes the best there is, and all GPUs for a model
    that needs them. bfloat16 on CUDA, elsewhere as stored. Nothing is downloaded. Raises KbError:
    no package, no weights, no memory.
    """
    return _loaded(path, "transformers", KbError, lambda: _language_model(path, device))  # type: ignore[no-any-return]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` means that a GPU, or the machine, had no memory left."""
    return isinstance(error, MemoryError) or bool(_NO_MEMORY.search(str(error)))


def _loaded(
    path: str,
    package: str,
    failed: type[KbError],
    load: Callable[[], Any],
    options: Mapping[str, Any] | None = None,
) -> Any:
    """What `load` gives. Raises `failed`, which repeats no secret of the options."""
    _stay_on_this_machine()
    try:
        with contextlib.redirect_stdout(sys.stderr):  # standard output is the result's
            return load()
    except KbError as error:
        raise failed(str(error), error.hint) from error
    except ImportError as error:
        raise failed(
            f"models in this process need {package}: {in_one_line(error)}", _INSTALL
        ) from error
    except (
        Exception
    ) as error:  # a missing folder, a damaged file, a GPU without memory, an unknown option
        if is_out_of_memory(error):
            raise failed(
                f"there is no memory for the model {path}", "take a smaller or quantised one"
            ) from error
        if isinstance(error, OSError) and not Path(path).expanduser().is_dir():
            raise failed(
                f"the model {path} is not on this machine, or not all of it", _FETCH
            ) from error
        raise failed(
            f"the model {path} can't be loaded: {complaint(error, options)}", _FETCH
        ) from error


def _stay_on_this_machine() -> None:
    """Models come from this machine only, and what torch compiles goes into our cache folder, not a
    shared one.

    The libraries look at these switches once, when they are loaded.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder() / "torch"))


def _language_model(path: str, device: str) -> LanguageModel:
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    folder = _folder(path)
    device = device or _best_device(torch)
    on_cuda = device.startswith("cuda")
    # A prompt whether to run code that comes with a model would wait for an answer: the answer is
    # no.
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    config = transformers.AutoConfig.from_pretrained(folder, **local)
    stored = getattr(config, "dtype", None) or torch.float32
    kind = torch.bfloat16 if on_cuda else torch.float16 if device == "mps" else stored
    needed = _weights(folder) * (
        1.0 if hasattr(config, "quantization_config") else kind.itemsize / stored.itemsize
    )
    free = _free_on_gpus(torch, device) if on_cuda else _free_memory()
    if needed > free:
        raise KbError(
            f"the model {path} needs {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB is free on {device}",
            "take a smaller or quantised one",
        )
    several = device == "cuda" and torch.cuda.device_count() > 1
    placed = {"device_map": "auto" if several else {"": device}} if on_cuda else {}
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, config=config, dtype=kind, **placed, **local
    )
    if not on_cuda:
        model.to(device)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, padding_side="left", **local)
    tokenizer.pad_token = (
        tokenizer.pad_token or tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
    )
    return LanguageModel(model.eval(), tokenizer, _window(config, tokenizer))


def _folder(path: str) -> str:
    """Where the files of a model are: itself a folder, or the newest snapshot in the cache."""
    here = Path(path).expanduser()
    if here.is_dir():
        return str(here)
    from huggingface_hub import snapshot_download

    try:
        return str(snapshot_download(path, local_files_only=True))
    except Exception as error:  # not cached, not a name at all, a cache that can't be read
        raise KbError(f"the model {path} is not on this machine", _FETCH) from error


def _best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _window(config: Any, tokenizer: Any) -> int:
    """How many tokens the model takes, question and answer together."""
    own = config.get_text_config()
    limits = (
        getattr(own, "max_position_embeddings", None),
        getattr(tokenizer, "model_max_length", None),
    )
    return min(
        (limit for limit in limits if isinstance(limit, int) and 0 < limit < 10_000_000),
        default=4096,
    )


def _weights(folder: str) -> int:
    """The bytes of a model's weights as they are stored."""
    for index, files in (
        ("model.safetensors.index.json", "model*.safetensors"),
        ("pytorch_model.bin.index.json", "pytorch_model*.bin"),
    ):
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            return int(
                json.loads((Path(folder) / index).read_text("utf-8"))["metadata"]["total_size"]
            )
        if size := sum(file.stat().st_size for file in Path(folder).glob(files)):
            return size
    return 0


def _free_on_gpus(torch: Any, device: str) -> float:
    """Free bytes on the GPU that is named, or on all of them together."""
    named = [torch.device(device).index] if ":" in device else range(torch.cuda.device_count())
    return float(sum(torch.cuda.mem_get_info(index)[0] for index in named))


def _free_memory() -> float:
    """Bytes of memory that this process may still take: of the machine, and of the container that
    it runs in.
    """
    import psutil

    free = float(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):  # no container, or one without a limit
        limit, used = (int((_CGROUP / f"memory.{name}").read_text()) for name in ("max", "current"))
        inactive = re.search(r"^inactive_file (\d+)", (_CGROUP / "memory.stat").read_text(), re.M)
        free = min(free, limit - used + (int(inactive[1]) if inactive else 0))
    return free
