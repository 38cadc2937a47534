"""The judge by a model for natural language inference, and the rules where it fails."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from made_hits import hit

from kb.settings import Settings, load
from retrieval.checks.judge import open_judge

FIGURES = "figures"

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] split equity evenly vest never pay a finder".split()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders of tiny models with random weights: `inference`, and `other` without a label called
    entailment.
    """
    pytest.importorskip("torch", reason="the extra gpu is not installed")
    pytest.importorskip("sentence_transformers", reason="the extra gpu is not installed")
    import torch
    import transformers

    root = tmp_path_factory.mktemp("models")
    (root / "vocab.txt").write_text("\n".join(WORDS))
    tokenizer = transformers.BertTokenizerFast.from_pretrained(root)
    torch.manual_seed(1)
    for name, labels in (
        ("inference", ("contradiction", "entailment", "neutral")),
        ("other", ("cat", "dog")),
    ):
        config = transformers.BertConfig(
            vocab_size=len(WORDS), max_position_embeddings=64, hidden_size=32, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=32, id2label=dict(enumerate(labels)), label2id={label: n for n, label in enumerate(labels)},
        )  # fmt: skip
        transformers.BertForSequenceClassification(config).save_pretrained(root / name)
        tokenizer.save_pretrained(root / name)
    return root


def judge(model, notices):
    return open_judge(replace(Settings(), verify_model=str(model)), lambda: None, notices.append)


def test_a_model_judges_when_one_is_configured(models):
    notices = []
    model = judge(models / "inference", notices)
    from kb.entailment import entailment

    (sure,) = entailment(str(models / "inference")).probabilities(
        ["Notes\nSplit equity evenly."], "Unicorns graze."
    )
    found = model.objection("Unicorns graze.", [hit("Split equity evenly.")])
    assert notices == []
    assert (found is None) == (sure >= 0.5)
    assert 0.0 < sure < 1.0
    assert (
        model.objection("pay " * 5000, [hit("Never pay a finder. " * 200)]) is None or notices == []
    )


@pytest.mark.parametrize("name", ["other", "nowhere"])
def test_a_model_that_fails_leaves_judging_to_the_rules_with_one_notice(models, name):
    notices = []
    model = judge(models / name, notices)
    assert model.objection("Split equity evenly.", [hit("Split equity evenly.")]) is None
    assert FIGURES in model.objection("Split equity 7 ways.", [hit("Split equity evenly.")])
    assert len(notices) == 1
    assert "judging by rules" in notices[0]


def test_a_name_is_looked_for_on_this_machine_alone(models):
    notices = []
    assert judge("nobodys/unheard-of", notices).objection("Split it.", [hit("Split it.")]) is None
    assert "is not on this machine" in notices[0]
    assert "hf download" in notices[0]


def test_a_model_that_could_not_be_loaded_is_not_tried_again_for_the_next_question(
    models, tmp_path
):
    notices = []
    for _ in "ab":
        assert FIGURES in judge(tmp_path / "late", notices).objection(
            "Split 7 ways.", [hit("Split 8 ways.")]
        )
        shutil.copytree(models / "inference", tmp_path / "late", dirs_exist_ok=True)
    assert len(notices) == 2  # one a question; `kb` tells the same but once
    assert notices[0] == notices[1]


def test_without_the_extra_the_rules_judge_and_the_notice_says_what_to_install(
    monkeypatch, tmp_path
):
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    notices = []
    assert (
        judge(tmp_path / "unheard-of", notices).objection("Split it.", [hit("Split it.")]) is None
    )
    assert "founders-kb[gpu]" in notices[0]


def test_the_model_is_set_in_a_table_of_its_own(tmp_path):
    (tmp_path / "kb.toml").write_text('[verify]\nmodel = "some-model"\n')
    assert load(tmp_path, {}).settings.verify_model == "some-model"
