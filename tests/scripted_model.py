"""A tiny causal language model that says what it is scripted to: a chain of words, each of which
follows from the last.

Its weights are made by hand: attention and the feed-forward layers add nothing, so what comes next
depends on the last token alone. Its chat template ends in the last word of the question, which so
decides the answer.
"""

from __future__ import annotations

import json

TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|> {{ message.content }} <|end|> {% endfor %}"
    "{% set ask = messages[-1].content.split()[-1] %}<|assistant|> {{ ask }}"
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
    + TEMPLATE
)


def script_model(folder, scripts, *, template=TEMPLATE, window=4096):
    """Save a model in `folder` that says each of `scripts` (last word of the question -> text) and
    its tokenizer.
    """
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    follows = {}
    for last, text in scripts.items():
        chain = [last, *text.split()]
        for word, following in zip(
            chain,
            [*chain[1:], *(["</s>"] if chain[-1:] != [last] or not text else [])],
            strict=False,
        ):
            assert follows.setdefault(word, following) == following, (
                f"{word} is followed by two words"
            )
    special = ["<unk>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
    known = list(dict.fromkeys([*special, *follows, *follows.values()]))
    size = -len(known) // 16 * -16
    vocabulary = {
        word: number
        for number, word in enumerate([*known, *(f"<unused{n}>" for n in range(size - len(known)))])
    }
    cut = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    cut.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=cut,
        unk_token="<unk>",
        eos_token="</s>",
        additional_special_tokens=special[2:],
    )
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=size, hidden_size=size, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=window, eos_token_id=1, bos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "norm" not in name:
                weights.zero_()
        model.model.embed_tokens.weight.copy_(torch.eye(size))
        for word, following in follows.items():
            model.lm_head.weight[vocabulary[following], vocabulary[word]] = 1.0
    # A temperature, as instruction-tuned models bring one along.
    model.generation_config.do_sample = True
    model.generation_config.temperature = 0.6
    model.save_pretrained(folder)
    return folder


def without_weights(folder, copy):
    """A copy of a model's folder whose weights are missing."""
    copy.mkdir()
    for file in folder.iterdir():
        if not file.name.endswith(".safetensors"):
            (copy / file.name).write_bytes(file.read_bytes())
    assert json.loads((copy / "config.json").read_text())
    return copy
