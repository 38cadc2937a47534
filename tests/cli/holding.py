"""What the tests of held answers share: a small harbour, and a community with rules."""

from __future__ import annotations

HARBOUR = """# The harbour

## Lanterns

Lanterns on the north pier are lit at dusk by the keeper, who counts them twice.

## Ferries

The ferry to Cold Island leaves at seven in the morning and costs four crowns.

## 灯塔

灯塔每天傍晚六点由值班员点亮，需要登记两次。
"""
FERRY = "when does the ferry to Cold Island leave?"
FERRY_AGAIN = "At what time does the Cold Island ferry leave?"
LANTERNS = "who lights the lanterns on the north pier?"
LIGHTHOUSE = "灯塔每天几点点亮？"
DENTIST = "which dentist treats horses?"
SEVEN = "seven in the morning"
KEEPER = "at dusk by the keeper"
"""Words of the drafts of the first questions."""

ALWAYS = '[channel.pier]\nhold = "always"\n'


def write_rules(kb, text):
    """Give a home these rules."""
    (kb.home / "community.toml").write_text(text, "utf-8")


def hold(kb, question, *options, channel="pier"):
    """Ask a question whose answer is held; gives the id of the exchange."""
    run = kb("ask", question, "--channel", channel, "--format", "json", *options)
    assert run.code == 5, run
    return run.json["id"]
