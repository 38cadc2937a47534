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
from kb.settings import SECTIONS, SETTINGS, Settings, load, reaching, section_keys
from kb.trust import trust

REACHING = (
    "url model class options key embedder reranker writer command path folder file server host"
)
HARMLESS = {
    "embedding_dimensions", "embedding_batch", "embedding_timeout", "query_instruction", "passage_instruction",
    "reranker_hits", "reranker_timeout", "transformers_device", "max_file_mb", "server_port",
    "server_threads", "server_waiting", "server_rate", "server_body_kb", "server_result_kb",
    "server_timeout",
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


SECTIONED = [(section, key) for section in SECTIONS for key in section_keys(section)]
SAMPLES = {"embedder": "openai", "writer": "openai", "min_confidence": 0.5, "near_duplicate": 0.5}


def sample(name):
    """A value of the setting that is not its default."""
    default = SETTINGS[name].default
    return SAMPLES.get(name, "something" if isinstance(default, str) else default + 1)


def test_every_setting_is_in_one_section():
    names = [name for section in SECTIONS for name in section_keys(section).values()]
    assert names == [setting.name for setting in fields(Settings)]
    assert len(set(SECTIONED)) == len(names)


@pytest.mark.parametrize(("section", "key"), SECTIONED)
def test_a_section_says_what_the_full_name_says(section, key, tmp_path):
    name = section_keys(section)[key]
    value = sample(name)
    loaded = []
    for text in (f"[{section}]\n{key} = ", f"[{section}]\n{name} = ", f"{name} = "):
        (tmp_path / "kb.toml").write_text(f"{text}{json.dumps(value)}\n")
        loaded.append(load(tmp_path, {}))
    assert loaded[0] == loaded[1] == loaded[2]
    assert getattr(loaded[0].settings, name) == value
    assert loaded[0].origin[name] == "kb.toml"


@pytest.mark.parametrize(
    ("section", "key"),
    [each for each in SECTIONED if SETTINGS[section_keys(each[0])[each[1]]].metadata["reach"]],
)
def test_a_section_waits_for_trust_as_the_full_name_does(section, key, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    name = section_keys(section)[key]
    value = sample(name)
    (tmp_path / "kb.toml").write_text(f"[{section}]\n{key} = {json.dumps(value)}\n")
    found = load(tmp_path, {}, found=True)
    assert found.settings == Settings()
    assert (dict(found.ignored), found.origin[name]) == ({name: value}, "default")
    assert reaching(tmp_path)[0] == {name: value}
    trust(tmp_path, (tmp_path / "kb.toml").read_bytes())
    assert getattr(load(tmp_path, {}, found=True).settings, name) == value


def test_options_may_be_a_table_in_a_section(tmp_path):
    (tmp_path / "kb.toml").write_text(
        '[embedding.options]\ntruncate = true\n[writer.llama_index_options]\nmodel = "m"\n'
    )
    settings = load(tmp_path, {}).settings
    assert json.loads(settings.embedding_options) == {"truncate": True}
    assert json.loads(settings.llama_index_options) == {"model": "m"}


@pytest.mark.parametrize(
    "text",
    [
        "min_confidence = 0.2\n[retrieval]\nmin_confidence = 0.3\n",
        'embedding_url = "http://a"\n[embedding]\nurl = "http://a"\n',
        '[embedding]\nembedding_url = "http://a"\nurl = "http://b"\n',
        '[verify]\nmodel = "a"\n[writer]\nverify_model = "b"\n',
    ],
)
def test_what_is_set_twice_is_refused(text, tmp_path):
    (tmp_path / "kb.toml").write_text(text)
    with pytest.raises(KbError, match=r"^kb\.toml: [a-z_]+ is set twice$"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[retrieval]\nhist = 3\n", "there is no setting 'hist' in [retrieval]"),
        ('[writer]\nurl = "http://a"\n', "there is no setting 'url' in [writer]"),
        (f'[writer]\n"{SECRET}" = 1\n', "there is no setting of one of the names in [writer]"),
        ("[elsewhere]\nhits = 3\n", "there is no setting 'elsewhere'"),
    ],
)
def test_an_unknown_key_is_named_in_one_line(text, told, tmp_path):
    (tmp_path / "kb.toml").write_text(text)
    with pytest.raises(KbError) as raised:
        load(tmp_path, {})
    assert (str(raised.value), raised.value.hint) == (f"kb.toml: {told}", "see: kb config show")


@pytest.mark.parametrize(("section", "key"), SECTIONED)
@pytest.mark.parametrize("value", [f'"{SECRET}"', f'["{SECRET}"]', f'{{ a = ["{SECRET}"] }}'])
def test_no_error_about_a_section_repeats_a_secret(section, key, value, tmp_path):
    (tmp_path / "kb.toml").write_text(f"[{section}]\n{key} = {value}\n")
    assert SECRET not in complaint(tmp_path, {}, {})


def test_a_section_comes_before_what_is_tuned_and_after_the_environment(tmp_path):
    (tmp_path / "tuned.toml").write_text("min_confidence = 0.4\nfusion_words = 1.5\n")
    (tmp_path / "kb.toml").write_text("[retrieval]\nmin_confidence = 0.3\nhits = 4\n")
    loaded = load(tmp_path, {"KB_HITS": "5"})
    settings = loaded.settings
    assert (settings.min_confidence, settings.fusion_words, settings.hits) == (0.3, 1.5, 5)
    names = ("min_confidence", "fusion_words", "hits")
    assert [loaded.origin[name] for name in names] == ["kb.toml", "tuned.toml", "KB_HITS"]


def test_tables_named_by_what_their_settings_begin_with_are_still_read(tmp_path):
    (tmp_path / "kb.toml").write_text(
        '[openai]\nurl = "http://a"\n[fusion]\nwords = 2\n[reranker]\nurl = "http://b"\n'
    )
    settings = load(tmp_path, {}).settings
    read = (settings.openai_url, settings.fusion_words, settings.reranker_url)
    assert read == ("http://a", 2, "http://b")


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
