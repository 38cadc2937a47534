"""Slack, by its own SDK in socket mode: no public address is needed."""

from __future__ import annotations

import html
import os
import re
from typing import Any, Literal

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from cli.bots.chat import Message, PostFailed, Reaction, Take
from cli.bots.tokens import token
from cli.formats import open_format
from kb.errors import KbError

_VERDICTS: dict[str, Literal["up", "down"]] = {
    "+1": "up", "thumbsup": "up", "-1": "down", "thumbsdown": "down",
}  # fmt: skip
_LINK = re.compile(r"<(?:[@#!][^>|]*|[^>|@#!][^>|]*)(?:\|([^>]*))?>")
_RETRIES = 3


class SlackChat:
    """Slack as a bot sees it. A place is `CHANNEL/THREAD`, in direct messages `CHANNEL/`."""

    name = "slack"

    def __init__(self) -> None:
        """Raises KbError without its two tokens, or where Slack does not know them."""
        self.format = open_format("slack")
        base = os.environ.get("SLACK_API_URL") or WebClient.BASE_URL
        self._web = WebClient(token("SLACK_BOT_TOKEN"), base_url=base)
        self._web.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=_RETRIES))
        self._socket = SocketModeClient(token("SLACK_APP_TOKEN"), web_client=self._web)
        try:
            self._user = str(self._web.auth_test()["user_id"])
        except (SlackClientError, OSError) as error:
            self._socket.close()
            raise KbError(f"Slack can't be reached: {_reason(error)}", "see docs/bots.md") from None

    def listen(self, take: Take) -> None:
        """Pass on events from now on; connections that end are opened anew. Raises KbError."""

        def heard(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
            event = request.payload.get("event") if request.type == "events_api" else None
            if isinstance(event, dict) and (read := self._read(event)):
                take(read)

        self._socket.socket_mode_request_listeners.append(heard)
        try:
            self._socket.connect()
        except (SlackClientError, OSError) as error:
            raise KbError(f"Slack can't be reached: {_reason(error)}", "see docs/bots.md") from None

    def post(self, place: str, text: str) -> str:
        """Post a text. Raises PostFailed."""
        channel, _, thread = place.partition("/")
        try:
            posted = self._web.chat_postMessage(
                channel=channel, text=text, thread_ts=thread or None,
                unfurl_links=False, unfurl_media=False,
            )  # fmt: skip
        except (SlackClientError, OSError) as error:
            raise PostFailed(_reason(error)) from None
        return f"{channel}/{posted['ts']}"

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _read(self, event: dict[str, Any]) -> Message | Reaction | None:
        """What an event says to the bot; None for what is not meant for it."""
        kind, user = event.get("type"), event.get("user")
        if not user or user == self._user or event.get("bot_id") or event.get("subtype"):
            return None
        if kind == "reaction_added":
            item = event.get("item") or {}
            verdict = _VERDICTS.get(str(event.get("reaction")).partition("::")[0])
            message = f"{item.get('channel')}/{item.get('ts')}"
            return Reaction(message, user, verdict) if verdict else None
        if kind not in ("app_mention", "message"):
            return None
        is_direct = event.get("channel_type") == "im"
        text, thread = str(event.get("text") or ""), event.get("thread_ts")
        is_mention = kind == "app_mention" or f"<@{self._user}>" in text
        if not (is_mention or is_direct or thread):
            return None
        place = f"{event['channel']}/{thread or ('' if is_direct else event['ts'])}"
        return Message(
            f"{event['channel']}/{event['ts']}", self._plain(text), user, place, is_direct,
            is_overheard=not (is_mention or is_direct),
        )  # fmt: skip

    def _plain(self, text: str) -> str:
        """What was written, without Slack's markup of mentions and links."""
        text = text.replace(f"<@{self._user}>", " ")
        text = _LINK.sub(lambda match: match[1] or match[0].strip("<>"), text)
        return html.unescape(text)


def _reason(error: Exception) -> str:
    """Why, in a word of Slack's or a kind of error: a whole one may repeat what was sent."""
    if isinstance(error, SlackApiError):
        return str(error.response.get("error", "unknown"))
    return type(error).__name__
