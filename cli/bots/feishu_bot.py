"""Feishu and Lark, by their own SDK in stream mode: no public address is needed."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any, Literal

import lark_oapi as lark
import requests
from lark_oapi.api.im.v1 import (
    CreateMessageRequest,
    CreateMessageRequestBody,
    ReplyMessageRequest,
    ReplyMessageRequestBody,
)
from lark_oapi.core.exception import ObtainAccessTokenException
from lark_oapi.core.log import handler as sdk_log

from cli.bots.chat import Message, PostFailed, Reaction, Take
from cli.bots.tokens import token
from cli.formats.plain import Plain
from kb.errors import KbError

_VERDICTS: dict[str, Literal["up", "down"]] = {"THUMBSUP": "up", "ThumbsDown": "down"}
_TOO_OFTEN = (99991400, 230020)  # requests of the app, messages to one chat
_TRIES = 4
_SECONDS = 30


class FeishuFormat(Plain):
    """Lines of a message of type `post`, whose texts hold no markup and no mention. Feishu takes 30
    kilobytes of one; this is what people read in one piece.
    """

    limit = 4000


class FeishuChat:
    """Feishu as a bot sees it. A place is `CHAT/ROOT`, the message that a thread hangs on, in
    direct messages `CHAT/`.
    """

    name = "feishu"

    def __init__(self) -> None:
        """Raises KbError without its app's id and secret, or where Feishu does not know them."""
        self.format = FeishuFormat()
        self._id, self._secret = token("FEISHU_APP_ID"), token("FEISHU_APP_SECRET")
        self._domain = os.environ.get("FEISHU_DOMAIN") or lark.FEISHU_DOMAIN
        sdk_log.setStream(sys.stderr)
        self._api = (
            lark.Client.builder().app_id(self._id).app_secret(self._secret).domain(self._domain)
            .log_level(lark.LogLevel.ERROR).timeout(_SECONDS).build()
        )  # fmt: skip
        self._user = self._own_id()

    def _own_id(self) -> str:
        request = (
            lark.BaseRequest.builder().http_method(lark.HttpMethod.GET)
            .uri("/open-apis/bot/v3/info").token_types({lark.AccessTokenType.TENANT}).build()
        )  # fmt: skip
        hint = "see docs/bots.md"
        try:
            reply = self._api.request(request)
            bot = json.loads(reply.raw.content).get("bot") or {}
        except ObtainAccessTokenException as error:
            raise KbError(f"Feishu does not know this app: error {error.code}", hint) from None
        except (requests.RequestException, ValueError) as error:
            why = type(error).__name__
            raise KbError(f"Feishu can't be reached: {why}", hint) from None
        if not bot.get("open_id"):
            raise KbError(f"the app has no bot: error {reply.code}", hint)
        return str(bot["open_id"])

    def listen(self, take: Take) -> None:
        """Pass on events from now on; the SDK connects anew by itself."""

        def heard(event: lark.im.v1.P2ImMessageReceiveV1) -> None:
            if message := self._message(event.event):
                take(message)

        def reacted(event: lark.im.v1.P2ImMessageReactionCreatedV1) -> None:
            if reaction := self._reaction(event.event):
                take(reaction)

        events = (
            lark.EventDispatcherHandler.builder("", "").register_p2_im_message_receive_v1(heard)
            .register_p2_im_message_reaction_created_v1(reacted).build()
        )  # fmt: skip
        client = lark.ws.Client(
            self._id, self._secret, event_handler=events, domain=self._domain,
            log_level=lark.LogLevel.ERROR,
        )  # fmt: skip
        threading.Thread(target=client.start, name="kb-feishu", daemon=True).start()

    def post(self, place: str, text: str) -> str:
        """Post a text. Raises PostFailed."""
        chat, _, root = place.partition("/")
        lines = [[{"tag": "text", "text": line}] for line in text.split("\n")]
        content = json.dumps({"zh_cn": {"content": lines}}, ensure_ascii=False)
        for _ in range(_TRIES):
            try:
                reply = self._reply(root, content) if root else self._create(chat, content)
            except (requests.RequestException, ObtainAccessTokenException) as error:
                raise PostFailed(type(error).__name__) from None
            if reply.code not in _TOO_OFTEN:
                break
            time.sleep(1)
        if not reply.success():
            raise PostFailed(f"error {reply.code}")
        return str(reply.data.message_id)

    def _reply(self, root: str, content: str) -> Any:
        body = ReplyMessageRequestBody.builder().msg_type("post").content(content)
        return self._api.im.v1.message.reply(
            ReplyMessageRequest.builder().message_id(root)
            .request_body(body.reply_in_thread(True).build()).build()
        )  # fmt: skip

    def _create(self, chat: str, content: str) -> Any:
        body = CreateMessageRequestBody.builder().receive_id(chat).msg_type("post").content(content)
        return self._api.im.v1.message.create(
            CreateMessageRequest.builder().receive_id_type("chat_id")
            .request_body(body.build()).build()
        )  # fmt: skip

    def close(self) -> None:
        """Nothing: the connection ends with the process."""

    def _message(self, event: Any) -> Message | None:
        """What a message says to the bot; None where it is no text of a person's."""
        told, sender = event.message, event.sender
        if sender.sender_type != "user" or told.message_type not in ("text", "post"):
            return None
        mentions = told.mentions or []
        own = [each.key for each in mentions if each.id and each.id.open_id == self._user]
        is_direct = told.chat_type == "p2p"
        if not (own or is_direct or told.root_id):
            return None
        text = _text(told.content)
        for mention in mentions:
            text = text.replace(mention.key, " " if mention.key in own else mention.name or " ")
        root = told.root_id or ("" if is_direct else told.message_id)
        return Message(
            told.message_id, text, sender.sender_id.open_id, f"{told.chat_id}/{root}", is_direct,
            is_overheard=not (own or is_direct), replies_to=told.parent_id or "",
        )  # fmt: skip

    def _reaction(self, event: Any) -> Reaction | None:
        verdict = _VERDICTS.get(event.reaction_type.emoji_type)
        if event.operator_type != "user" or verdict is None:
            return None
        return Reaction(event.message_id, event.user_id.open_id, verdict)


def _text(content: str | None) -> str:
    """The text of a message, of type `text` or of the lines of a `post`."""
    try:
        told = json.loads(content or "{}")
    except ValueError:
        return ""
    if "text" in told:
        return str(told["text"])
    lines = told.get("content") or []
    parts = [[str(p.get("text") or p.get("user_id") or "") for p in line] for line in lines]
    return "\n".join([str(told.get("title") or ""), *("".join(line) for line in parts)])
