"""The doors of a real server and of a real bot at which test_leaks.py looks for secrets."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import combinations, count

from bots import running
from serving import serving

from tests.conftest import Cli

CHANNEL = "jetty"  # the bot's
EMPTY = "Ask me something"  # what it says where there is no question
HELD_DOORS = ("/held/{held}", "/review/{held}", "/x/{held}", "/v1/exchanges/{held}")
PAGES = (
    *HELD_DOORS, "/review", "/review/{exchange}", "/x/{exchange}", "/p/{passage}",
    "/sources", "/faq", "/gaps", "/report", "/",
)  # fmt: skip
ROUTES = (
    "/v1/deliveries", "/v1/exchanges/{exchange}", "/v1/passages/{passage}", "/v1/sources",
    "/v1/faq", "/v1/gaps",
)  # fmt: skip
FORMS = ("/ask", "/v1/ask", "/v1/search")
SERVER_DOORS = (*PAGES, *ROUTES, *FORMS)
_NUMBERS = count(1)  # of threads; a bot answers a message once, also after it was started anew
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


class Server:
    """A `kb serve`, with a reviewer's token for each set of one to three audiences."""

    def __init__(self, served, tokens):
        self._served = served
        self._tokens = tokens

    def reply(self, door, caller, question, **names):
        """What a reviewer with the audiences `caller` gets at a door: status and text."""
        headers = {"Authorization": f"Bearer {self._tokens[tuple(sorted(caller))]}"}
        path = door.format(**names)
        if door == "/ask":
            form = {"question": question}
            given = self._served.client.post(
                path, data=form, headers={**headers, **SAME_SITE}, follow_redirects=True
            )
        elif door in FORMS:
            given = self._served.client.post(path, json={"question": question}, headers=headers)
        else:
            given = self._served.client.get(path, headers=headers)
        return given.status_code, given.text


@contextmanager
def server(home, tokens):
    """A server over a home, until the block ends."""
    with serving(Cli(home), env={"KB_SERVER_RATE": "0"}) as served:
        yield Server(served, tokens)


def made_tokens(home, audiences):
    """A reviewer's token for each set of one to three audiences."""
    sets = [names for size in (1, 2, 3) for names in combinations(sorted(audiences), size)]
    return {names: made_token(Cli(home), names) for names in sets}


def made_token(kb, names):
    options = [option for name in names for option in ("--audience", name)]
    run = kb("token", "add", "-".join(names), "--can", "review,ask,search,feedback", *options)
    assert run.code == 0, run
    return run.out.strip()


class SlackBot:
    """A `kb bot slack` against a stand-in for Slack."""

    def __init__(self, slack, bot):
        self._slack = slack
        self._bot = bot

    def says(self, question):
        """All that it posts on a question. It is asked nothing in the same thread next, which it
        answers last, whatever number of posts the answer took.
        """
        number = next(_NUMBERS)
        self._mention(f"<@{self._bot}> {question}", number, "1")
        self._mention(f"<@{self._bot}>", number, "2")
        posts = []
        while not posts or EMPTY not in posts[-1]["text"]:
            posts.append(self._slack.next_post())
        assert len(posts) > 1
        return json.dumps(posts, ensure_ascii=False)

    def _mention(self, text, number, part):
        self._slack.say(
            f"e{number}.{part}", type="app_mention", channel="C1", user=f"U{number}",
            ts=f"{number}.{part}", thread_ts=f"{number}.1", text=text,
        )  # fmt: skip


@contextmanager
def slack_bot(home):
    """A bot over a home in the channel CHANNEL, until the block ends."""
    from slack_stand_in import BOT, SlackStandIn

    slack = SlackStandIn()
    try:
        with running(Cli(home), "slack", slack, KB_BOT_CHANNEL=CHANNEL):
            yield SlackBot(slack, BOT)
    finally:
        slack.close()
