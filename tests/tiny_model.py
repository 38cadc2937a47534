"""Makes a tiny language model: `python tiny_model.py FOLDER`. Random weights, but for what follows
on each token.

Run by a Python that has torch and transformers, which need not be the one that runs the tests.
"""

from __future__ import annotations

import sys
from itertools import pairwise

ANSWER = " Lanterns are lit at dusk [1]."
_TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
_END = "<|end|>"


def make(folder):
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = pre_tokenizers.ByteLevel(add_prefix_space=False)
    cut = Tokenizer(models.BPE())
    cut.pre_tokenizer, cut.decoder = letters, decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=[_END], initial_alphabet=letters.alphabet()
    )
    cut.train_from_iterator([ANSWER] * 10, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=cut, eos_token=_END, pad_token=_END)
    tokenizer.chat_template = _TEMPLATE
    tokenizer.save_pretrained(folder)

    size = len(tokenizer)
    config = LlamaConfig(
        vocab_size=size + size % 2, hidden_size=size + size % 2, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, head_dim=16, max_position_embeddings=8192, tie_word_embeddings=False,
        bos_token_id=None, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    torch.manual_seed(1)
    model = LlamaForCausalLM(config)
    said = [*tokenizer(":" + ANSWER)["input_ids"], tokenizer.eos_token_id]
    assert len(set(said)) == len(said), "a token of the answer repeats"
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(torch.eye(config.vocab_size))
        model.model.layers[0].self_attn.o_proj.weight.zero_()
        model.model.layers[0].mlp.down_proj.weight.zero_()
        for token, following in pairwise(said):
            model.lm_head.weight[following, token] = 10.0
    model.save_pretrained(folder)


if __name__ == "__main__":
    make(sys.argv[1])
