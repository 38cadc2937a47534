"""Settings: which of them reach out, what counts of a home that was found, and what errors repeat."""

from __future__ import annotations

import json
from dataclasses import fields
from secrets import token_hex, token_urlsafe
from uuid import uuid4

import pytest

from kb.errors import KbError
from kb.model_client import without_password
from kb.secrets import is_harmless
from kb.settings import Settings, load
from kb.trust import trust

REACHING = (
    "url model class options key embedder reranker writer command path folder file server host"
)
HARMLESS = {
    "embedding_dimensions", "embedding_batch", "embedding_timeout", "query_instruction", "passage_instruction",
    "reranker_hits", "reranker_timeout", "transformers_device", "max_file_mb",
}  # fmt: skip
"""Settings whose names hold such a word, or that speak to a model, and that name nothing to reach:
numbers, text around a text, a place in this machine.
"""
SECRET = "sk-0123-Secret"


def test_every_setting_that_may_reach_out_says_so():
    for setting in fields(Settings):
        if any(word in setting.name for word in REACHING.split()):
            assert setting.metadata["reach"] != (setting.name in HARMLESS), setting.name
        elif setting.metadata["reach"]:
            assert isinstance(setting.default, str), setting.name


def test_numbers_never_reach_out():
    assert all(
        isinstance(setting.default, str)
        for setting in fields(Settings)
        if setting.metadata["reach"]
    )


@pytest.mark.parametrize(
    "name", [setting.name for setting in fields(Settings) if setting.metadata["reach"]]
)
def test_each_of_them_waits_for_trust(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    value = {"embedder": "openai", "writer": "openai"}.get(name, "something")
    (tmp_path / "kb.toml").write_text(f"hits = 3\n{name} = {json.dumps(value)}\n")
    chosen, found = load(tmp_path, {}), load(tmp_path, {}, found=True)
    assert getattr(chosen.settings, name) == value
    assert found.settings == Settings(hits=3)
    assert (dict(found.ignored), found.origin[name]) == ({name: value}, "default")
    trust(tmp_path, (tmp_path / "kb.toml").read_bytes())
    assert load(tmp_path, {}, found=True).settings == chosen.settings


def test_the_environment_needs_no_trust(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "kb.toml").write_text('openai_url = "http://planted"\n')
    loaded = load(tmp_path, {"KB_OPENAI_URL": "http://own"}, found=True)
    assert loaded.settings.openai_url == "http://own"
    assert not loaded.ignored


def complaint(tmp_path, environment, flags):
    """What is said about these values, if anything."""
    try:
        load(tmp_path, environment, flags)
    except KbError as error:
        return f"{error} {error.hint}"
    return ""


@pytest.mark.parametrize("name", [setting.name for setting in fields(Settings)])
@pytest.mark.parametrize("value", [SECRET, [SECRET], {"a": [SECRET]}, True])
def test_no_error_repeats_a_value_that_may_be_a_secret(name, value, tmp_path):
    assert SECRET not in complaint(tmp_path, {}, {name: value})
    assert SECRET not in complaint(tmp_path, {f"KB_{name.upper()}": SECRET}, {})


def test_no_generated_key_is_taken_for_harmless():
    made = (
        lambda: token_urlsafe(16),
        lambda: token_hex(16),
        lambda: str(uuid4()),
        lambda: f"sk-{token_hex(8)}",
    )
    assert not [key for make in made for key in (make() for _ in range(5000)) if is_harmless(key)]


@pytest.mark.parametrize("value", ["many", "8.5", "-1e3", "nan", "1,000"])
def test_a_number_may_be_repeated(value, tmp_path):
    with pytest.raises(KbError, match="hits must be a whole number, not") as raised:
        load(tmp_path, {"KB_HITS": value})
    assert value in str(raised.value)


@pytest.mark.parametrize(
    "content", [b"[" * 5000, b"a = " + b"9" * 5000, b"a = \xff", b"a = 1\na = 2", b"'"]
)
def test_a_file_that_is_no_toml(content, tmp_path):
    (tmp_path / "kb.toml").write_bytes(content)
    with pytest.raises(KbError, match=r"kb\.toml is not valid TOML"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://ines:pass@models.example/v1", "http://models.example/v1"),
        ("http://ines:p@ss@models.example", "http://models.example"),
        ("http://ines:pa/ss@models.example/v1", "http://…"),
        ("http://ines:pa?ss@models.example/v1", "http://…"),
        ("https://models.example/v1?key=pass", "https://models.example/v1?…"),
        ("https://models.example/v1#pass", "https://models.example/v1?…"),
        ("pass", "(no URL)"),
        ("", ""),
    ],
)
def test_urls_as_they_may_be_shown(url, shown):
    assert without_password(url) == shown
