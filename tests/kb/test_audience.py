"""The rules of `[audience]`: whose a source is, and what a viewer sees."""

import pytest

from kb.audience import EVERYTHING, OWNER, AudienceRules, Viewer, read_rules, rules_in
from kb.errors import KbError

RULES = rules_in(
    {
        "board/**": "board",
        "hr/*.csv": ["Staff", "board"],
        "/srv/club/open/**": "public",
        "closed/": "nobody",
        "default": "members",
        "channels": {"general": "public", "den": ["members", "board"], "all": EVERYTHING},
    }
)


@pytest.mark.parametrize(
    ("path", "audiences"),
    [
        ("/srv/club/board/2026/minutes.md", {"board"}),
        ("/srv/club/Board/minutes.md", {"board"}),
        ("board/minutes.md", {"board"}),
        ("/srv/club/onboard/minutes.md", None),
        ("/srv/club/hr/pay.csv", {"staff", "board"}),
        ("/srv/club/hr/old/pay.csv", None),
        ("/srv/club/open/guide.md", {"public"}),
        ("/else/srv/club/open/guide.md", None),
        ("/srv/club/closed/a/b.md", {"nobody"}),
    ],
)
def test_the_first_rule_that_fits_a_path_counts(path, audiences):
    assert RULES.of(path) == audiences


@pytest.mark.parametrize(
    ("viewer", "audiences"),
    [
        (OWNER, None),
        (Viewer(), {"members"}),
        (Viewer(("Board ",)), {"board"}),
        (Viewer(("board",), "elsewhere"), {"board"}),
        (Viewer((), "elsewhere"), {"members"}),
        (Viewer((), "general"), {"public"}),
        (Viewer(("board", "public"), "den"), {"board"}),
        (Viewer(("staff",), "den"), set()),
        (Viewer((EVERYTHING,), "den"), {"members", "board"}),
        (Viewer((), "all"), None),
        (Viewer(("staff",), "all"), {"staff"}),
    ],
)
def test_in_a_channel_nobody_sees_more_than_the_channel_does(viewer, audiences):
    assert RULES.seen_by(viewer) == audiences


def test_a_home_without_rules_is_for_the_public(tmp_path):
    assert read_rules(tmp_path) == AudienceRules()
    assert read_rules(tmp_path).seen_by(Viewer()) == {"public"}


@pytest.mark.parametrize(
    "text",
    [
        'audience = "board"',
        '[audience]\n"a/**" = []',
        '[audience]\n"a/**" = 3',
        '[audience]\n"a/**" = ["board", " "]',
        "[audience]\ndefault = false",
        '[audience]\nchannels = "general"',
    ],
)
def test_a_wrong_rule_is_an_error_and_opens_nothing(tmp_path, text):
    (tmp_path / "kb.toml").write_text(text)
    with pytest.raises(KbError, match="audience"):
        read_rules(tmp_path)
