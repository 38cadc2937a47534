"""A stand-in for Feishu: the few routes of its API that a bot calls, and stream mode."""

from __future__ import annotations

import json

from aiohttp import WSMsgType, web
from chat_stand_in import ChatStandIn
from lark_oapi.ws.pb.pbbp2_pb2 import Frame

BOT = "ou_bot"
SECRETS = {"FEISHU_APP_ID": "cli_lantern", "FEISHU_APP_SECRET": "secret-lantern"}


class FeishuStandIn(ChatStandIn):
    """`message` and `react` send events to the bot, `acknowledged` are those that it confirmed."""

    def __init__(self):
        self.acknowledged = []
        super().__init__()

    @property
    def environment(self):
        return {**SECRETS, "FEISHU_DOMAIN": f"http://127.0.0.1:{self.port}"}

    def routes(self):
        return [
            web.post("/callback/ws/endpoint", self._endpoint),
            web.post("/open-apis/auth/v3/tenant_access_token/internal", self._token),
            web.get("/open-apis/bot/v3/info", self._bot),
            web.post("/open-apis/im/v1/messages", self._create),
            web.post("/open-apis/im/v1/messages/{root}/reply", self._reply),
            web.get("/socket", self._socket),
        ]

    async def _endpoint(self, request):
        given = await request.json()
        if given["AppSecret"] != SECRETS["FEISHU_APP_SECRET"]:
            return web.json_response({"code": 514, "msg": "app secret is wrong"})
        url = f"ws://127.0.0.1:{self.port}/socket?device_id=d1&service_id=7"
        again = {
            "ReconnectCount": -1,
            "ReconnectInterval": 1,
            "ReconnectNonce": 0,
            "PingInterval": 120,
        }
        return web.json_response({"code": 0, "data": {"URL": url, "ClientConfig": again}})

    async def _token(self, request):
        given = await request.json()
        if given["app_secret"] != SECRETS["FEISHU_APP_SECRET"]:
            return web.json_response({"code": 10014, "msg": "app secret is wrong"})
        return web.json_response({"code": 0, "tenant_access_token": "t-lantern", "expire": 7200})

    async def _bot(self, request):
        assert request.headers["Authorization"] == "Bearer t-lantern"
        return web.json_response({"code": 0, "bot": {"open_id": BOT}})

    async def _create(self, request):
        given = await request.json()
        return self._post({"chat": given["receive_id"], "root": "", **given})

    async def _reply(self, request):
        given = await request.json()
        return self._post({"root": request.match_info["root"], **given})

    def _post(self, given):
        if self.failures:
            return web.json_response({"code": self.failures.pop(0), "msg": "not now"})
        lines = json.loads(given["content"])["zh_cn"]["content"]
        assert all(part["tag"] == "text" for line in lines for part in line)
        given["text"] = "\n".join("".join(part["text"] for part in line) for line in lines)
        given["id"] = f"om_post{len(self.posts) + 1}"
        self.posted(given)
        return web.json_response({"code": 0, "data": {"message_id": given["id"]}})

    async def _socket(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.opened(socket)
        async for message in socket:
            if message.type == WSMsgType.BINARY:
                frame = Frame()
                frame.ParseFromString(message.data)
                if frame.method == 1:
                    self.acknowledged.append(json.loads(frame.payload)["code"])
        return socket

    def message(
        self, id, text, user="ou_1", chat="oc_1", kind="group", root=None, parent=None, at=True
    ):
        """Send an event of a message, with a mention of the bot where it is in a group."""
        mentions = [{"key": "@_user_1", "id": {"open_id": BOT}, "name": "kb"}] if at else []
        content = {"text": f"@_user_1 {text}" if at else text}
        self._send("im.message.receive_v1", {
            "sender": {"sender_type": "user", "sender_id": {"open_id": user}},
            "message": {
                "message_id": id, "root_id": root, "parent_id": parent, "chat_id": chat,
                "chat_type": kind, "message_type": "text", "content": json.dumps(content),
                "mentions": mentions,
            },
        })  # fmt: skip

    def react(self, message, emoji, user="ou_2"):
        """Send an event of a reaction."""
        self._send("im.message.reaction.created_v1", {
            "message_id": message, "operator_type": "user", "user_id": {"open_id": user},
            "reaction_type": {"emoji_type": emoji},
        })  # fmt: skip

    def _send(self, kind, event):
        frame = Frame()
        frame.SeqID, frame.LogID, frame.service, frame.method = 1, 1, 7, 1
        for key, value in {
            "type": "event",
            "message_id": "m",
            "trace_id": "t",
            "sum": "1",
            "seq": "0",
        }.items():
            header = frame.headers.add()
            header.key, header.value = key, value
        body = {"schema": "2.0", "header": {"event_type": kind, "token": ""}, "event": event}
        frame.payload = json.dumps(body).encode()
        self.wait(self.sockets[-1].send_bytes(frame.SerializeToString()))
