"""A language model of somebody's own, which says what it is told to."""

from typing import ClassVar

from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback


class Scripted(CustomLLM):
    answer: str = "The lanterns are lit at dusk [1]."
    fails: str = ""
    model: str = "dusk-1"

    @property
    def metadata(self):
        return LLMMetadata(model_name=self.model)

    @llm_completion_callback()
    def complete(self, prompt, formatted=False, **kwargs):
        print("thinking aloud")  # noqa: T201
        if self.fails:
            raise RuntimeError(self.fails)
        said = "asked: " + prompt if self.answer == "(prompt)" else self.answer
        return CompletionResponse(text=said)

    @llm_completion_callback()
    def stream_complete(self, prompt, formatted=False, **kwargs):
        whole = ""
        for letter in self.complete(prompt).text:
            whole += letter
            yield CompletionResponse(text=whole, delta=letter)
            if self.fails == "later":
                raise RuntimeError("fell over")


class Unstreamed(Scripted):
    def stream_complete(self, prompt, formatted=False, **kwargs):
        raise NotImplementedError


class Whole(Scripted):
    """Streams what it has said so far, again and again, and no deltas."""

    def stream_complete(self, prompt, formatted=False, **kwargs):
        said = self.complete(prompt).text
        for end in range(1, len(said) + 1):
            yield CompletionResponse(text=said[:end])


class Picky(Scripted):
    tried: ClassVar[int] = 0

    def __init__(self, **given):
        Picky.tried += 1
        raise ValueError("no key\nwas given")


class NoModel:
    pass


class Conversing(Scripted):
    """Puts follow-ups as it is told to, and answers what else it is asked."""

    rewrites: str = ""

    def complete(self, prompt, formatted=False, **kwargs):
        return CompletionResponse(
            text=self.rewrites if "understandable by itself" in prompt else self.answer
        )
