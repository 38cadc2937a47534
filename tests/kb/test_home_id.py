"""The id of a home: random, made once, and never two for one folder."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from kb.errors import KbError
from kb.home_id import HOME_ID_FILE, home_id, known_home_id


def test_it_is_made_once_and_for_its_owner_alone(tmp_path):
    assert known_home_id(tmp_path) == ""
    made = home_id(tmp_path)
    assert len(made) == 32
    assert (home_id(tmp_path), known_home_id(tmp_path)) == (made, made)
    assert stat.S_IMODE((tmp_path / HOME_ID_FILE).stat().st_mode) == 0o600


def test_two_homes_have_different_ones(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    assert home_id(tmp_path / "one") != home_id(tmp_path / "other")


def test_all_who_make_it_at_once_give_the_same(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(home_id, [tmp_path] * 64))) == 1


def test_a_damaged_one_is_made_anew(tmp_path):
    (tmp_path / HOME_ID_FILE).write_text("rot")
    made = home_id(tmp_path)
    assert known_home_id(tmp_path) == made


def test_a_folder_that_is_not_there_is_a_known_error(tmp_path):
    with pytest.raises(KbError, match=r"home\.id"):
        home_id(tmp_path / "nowhere")
