"""The writer that runs a Hugging Face model in this process: streamed, or several questions at
once.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from kb.errors import BrokenOff, KbError, in_one_line
from kb.home import Notify, silent
from kb.local_models import is_out_of_memory, language_model
from kb.settings import Settings
from kb.types import Hit, Question
from kb.writers.events import without_thoughts
from kb.writers.prompts import Message, messages, packed, trial

if TYPE_CHECKING:
    from kb.local_models import LanguageModel

Asked = tuple[Question, Sequence[Hit]]
_THOUGHT = "<think>"


class Transformers:
    """Writes with a chat model of `transformers`, always the likeliest token. What it thinks aloud
    is left out.
    """

    def __init__(self, settings: Settings, notify: Notify = silent) -> None:
        if not settings.transformers_model:
            raise KbError(
                "the transformers writer needs a model",
                "set transformers_model in kb.toml, or KB_TRANSFORMERS_MODEL, to its folder or its name",
            )
        self._settings = settings
        self._notify = notify
        self._path = settings.transformers_model
        self._failed: KbError | None = None
        self.together = settings.transformers_batch
        here = Path(self._path).expanduser()
        self.name = f"transformers:{here.resolve().name if here.is_dir() else self._path}"

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft as the model writes it. Raises KbError: no model, no memory, an empty answer."""
        return self._streamed(self._packed((question, hits)))

    def reply(self, chat: Sequence[Message]) -> Iterator[str]:
        """The model's answer to a chat, in pieces. Raises KbError as `write` does."""
        return self._streamed(self._fitting(self._prompt(chat)))

    def write_all(self, questions: Sequence[Asked]) -> list[str | KbError]:
        """The drafts for several questions, generated side by side; in place of one that can't be,
        what is wrong.
        """
        drafts: list[str | KbError] = []
        ready: list[tuple[int, str]] = []
        for place, question in enumerate(questions):
            try:
                ready.append((place, self._packed(question)))
                drafts.append("")
            except KbError as error:
                drafts.append(error)
        for (place, _), draft in zip(
            ready, self._generated([prompt for _, prompt in ready]), strict=True
        ):
            drafts[place] = draft
        return drafts

    def check(self) -> None:
        """Load the model and ask it for one word. Raises KbError when that fails."""
        next(self.reply(trial()), None)

    @cached_property
    def _model(self) -> LanguageModel:
        if self._failed:
            raise self._failed  # one attempt is enough for a batch
        try:
            loaded = language_model(self._path, self._settings.transformers_device)
            if not loaded.tokenizer.chat_template:
                raise KbError(
                    f"the model {self._path} has no chat template: it was not made to be asked",
                    "take the variant that follows instructions, often called -Instruct, -Chat or -it",
                )
        except KbError as error:
            self._failed = error
            raise
        return loaded

    @cached_property
    def _tokens(self) -> int:
        """The most tokens that an answer may have."""
        return min(self._settings.transformers_tokens, self._model.window // 2)

    # --- prompts ----------------------------------------------------------------------------------

    def _packed(self, asked: Asked) -> str:
        """The prompt with as many whole hits as the model takes."""
        question, hits = asked
        packed_hits = packed(hits, self._settings.context_tokens)
        while True:
            prompt = self._prompt(messages(question, packed_hits))
            if len(packed_hits) == 1 or self._length(prompt) <= self._model.window - self._tokens:
                return self._fitting(prompt)
            packed_hits = packed(hits, self._settings.context_tokens, most=len(packed_hits) // 2)

    def _fitting(self, prompt: str) -> str:
        if self._length(prompt) > self._model.window - self._tokens:
            raise KbError(
                f"the question and a passage are too long for {self.name}, which takes {self._model.window:,} tokens",
                "take a model with a longer context",
            )
        return prompt

    def _length(self, prompt: str) -> int:
        return len(self._model.tokenizer(prompt, add_special_tokens=False).input_ids)

    def _prompt(self, chat: Sequence[Message]) -> str:
        """A chat in the model's own template, in which no text of a source can end its turn."""
        inert = [{**message, "content": self._inert(message["content"])} for message in chat]
        try:
            return self._templated(inert)
        except (
            Exception
        ) as first:  # templates are programs: they may refuse what they were not made for
            if inert[0]["role"] != "system" or len(inert) < 2:
                raise self._as_kb_error(first) from first
        merged = {"role": "user", "content": f"{inert[0]['content']}\n\n{inert[1]['content']}"}
        try:
            return self._templated([merged, *inert[2:]])
        except Exception as error:
            raise self._as_kb_error(error) from error

    def _templated(self, chat: Sequence[Message]) -> str:
        # Models that think by default take minutes for what stands in the passages; others ignore
        # the word.
        text = self._model.tokenizer.apply_chat_template(
            chat, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return str(text)

    def _inert(self, text: str) -> str:
        return (
            self._control.sub(lambda match: f"{match[0][0]}\u200b{match[0][1:]}", text)
            if self._control
            else text
        )

    @cached_property
    def _control(self) -> re.Pattern[str] | None:
        """The tokens that are no text, such as those around turns."""
        tokenizer = self._model.tokenizer
        control = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
        named = sorted((token for token in control if len(token) > 1), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, named))) if named else None

    # --- generation -------------------------------------------------------------------------------

    def _streamed(self, prompt: str) -> Iterator[str]:
        from transformers import TextIteratorStreamer

        streamer = TextIteratorStreamer(
            self._model.tokenizer, skip_prompt=True, skip_special_tokens=True
        )
        stop = Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                self._generate([prompt], stop, streamer=streamer)
            except (
                BaseException
            ) as error:  # whatever it is, the reader of the stream must not wait for more
                failures.append(error)
                streamer.on_finalized_text("", stream_end=True)

        thread = Thread(target=work, daemon=True)
        thread.start()
        has_text = False
        try:
            for piece in without_thoughts(_opened(prompt, streamer)):
                if piece:
                    has_text = has_text or bool(piece.strip())
                    yield piece
        finally:
            stop.set()  # the reader may have had enough
            thread.join()
        if failures:
            error = self._as_kb_error(failures[0])
            raise BrokenOff(str(error), error.hint) if has_text else error from failures[0]
        if not has_text:
            raise self._empty()

    def _generated(self, prompts: Sequence[str]) -> Iterator[str | KbError]:
        """The drafts of some prompts; by halves from where memory has run out, and one by one where
        something fails.
        """
        if not prompts:
            return
        try:
            texts = self._generate(prompts, Event())
        except Exception as error:
            if len(prompts) == 1:
                yield self._as_kb_error(error)
                return
            middle = len(prompts) // 2
        else:
            for prompt, text in zip(prompts, texts, strict=True):
                draft = "".join(piece or "" for piece in without_thoughts(_opened(prompt, [text])))
                yield draft if draft.strip() else self._empty()
            return
        yield from self._generated(prompts[:middle])
        yield from self._generated(prompts[middle:])

    def _generate(self, prompts: Sequence[str], stop: Event, **further: Any) -> list[str]:
        """The model's continuation of each prompt; the user is notified when one reaches the limit
        of tokens.
        """
        import torch
        from transformers import StoppingCriteria

        class Stopped(StoppingCriteria):  # type: ignore[misc]
            def __call__(self, ids: Any, scores: Any, **_: Any) -> Any:
                return torch.full(
                    (ids.shape[0],), stop.is_set(), dtype=torch.bool, device=ids.device
                )

        model, tokenizer = self._model.model, self._model.tokenizer
        inputs = tokenizer(
            list(prompts), add_special_tokens=False, padding=True, return_tensors="pt"
        )
        config = copy.deepcopy(model.generation_config)
        config.update(
            do_sample=False, temperature=None, top_p=None, top_k=None, num_beams=1, max_length=None,
            max_new_tokens=self._tokens, pad_token_id=tokenizer.pad_token_id,
        )  # fmt: skip
        try:
            output = model.generate(
                input_ids=inputs.input_ids.to(model.device), attention_mask=inputs.attention_mask.to(model.device),
                generation_config=config, stopping_criteria=[Stopped()], **further,
            )  # fmt: skip
        except Exception as error:
            if is_out_of_memory(error) and torch.cuda.is_available():
                torch.cuda.empty_cache()
            raise
        written = output[:, inputs.input_ids.shape[1] :]
        ends = {tokenizer.pad_token_id, *_ids(config.eos_token_id)}
        if written.shape[1] >= self._tokens and not ends.issuperset(written[:, -1].tolist()):
            self._notify(
                f"{self.name} stopped at its limit of {self._tokens:,} tokens, so an answer may not be whole "
                "(transformers_tokens sets it)"
            )
        return [str(text) for text in tokenizer.batch_decode(written, skip_special_tokens=True)]

    def _as_kb_error(self, error: BaseException) -> KbError:
        if isinstance(error, KbError):
            return error
        if is_out_of_memory(error):
            return KbError(
                f"{self.name} ran out of memory",
                "set context_tokens or transformers_batch lower",
            )
        return KbError(
            f"{self.name} failed: {in_one_line(error)}", "try another model, or --writer extractive"
        )

    def _empty(self) -> KbError:
        return KbError(f"{self.name} gave an empty answer", "try another model, or ask again")


def _ids(named: int | list[int] | None) -> list[int]:
    """The tokens that end an answer, however a model's configuration names them."""
    return named if isinstance(named, list) else [] if named is None else [named]


def _opened(prompt: str, pieces: Any) -> Iterator[str]:
    """The pieces; where the template has begun a thought for the model, with its beginning."""
    if prompt.rstrip().endswith(_THOUGHT):
        yield _THOUGHT
    yield from pieces
