"""A stand-in for Discord: the few routes of its API that a bot calls, and its gateway."""

from __future__ import annotations

import json

from aiohttp import WSMsgType, web
from chat_stand_in import ChatStandIn

TOKEN = "token.of.lantern"
BOT = {"id": "900", "username": "kb", "discriminator": "0", "avatar": None, "bot": True}
GUILD = "10"
CHANNEL = "20"


def answer(body, status=200):
    """A reply whose type has no charset, as Discord's: discord.py takes others for text."""
    text = json.dumps(body).encode()
    return web.Response(body=text, status=status, content_type="application/json")


class DiscordStandIn(ChatStandIn):
    """`message` and `react` send events to the bot; `threads` are those that it made."""

    def __init__(self):
        self.environment = {"DISCORD_TOKEN": TOKEN}
        self.threads = {}
        self.sequence = 0
        super().__init__()

    @property
    def prelude(self):
        """What has discord.py ask here."""
        return (
            "import discord.http, discord.gateway, yarl;"
            f"discord.http.Route.BASE = 'http://127.0.0.1:{self.port}/api';"
            "discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY ="
            f" yarl.URL('ws://127.0.0.1:{self.port}/gateway');"
        )

    def routes(self):
        return [
            web.get("/api/users/@me", self._me),
            web.get("/api/oauth2/applications/@me", self._application),
            web.post("/api/channels/{channel}/messages/{message}/threads", self._thread),
            web.post("/api/channels/{channel}/messages", self._create),
            web.get("/gateway", self._gateway),
            web.get("/gateway/", self._gateway),
        ]

    async def _me(self, request):
        if request.headers["Authorization"] != f"Bot {TOKEN}":
            return answer({"message": "401: Unauthorized", "code": 0}, status=401)
        return answer(BOT)

    async def _application(self, request):
        return answer({
            "id": "901", "name": "kb", "description": "", "icon": None, "rpc_origins": None,
            "bot_public": True, "bot_require_code_grant": False, "verify_key": "", "flags": 0,
            "team": None, "owner": {**BOT, "id": "1"}, "hook": True,
        })  # fmt: skip

    async def _thread(self, request):
        given = await request.json()
        message = request.match_info["message"]
        thread = {
            "id": message, "guild_id": GUILD, "parent_id": request.match_info["channel"],
            "owner_id": BOT["id"], "name": given["name"], "type": 11, "message_count": 0,
            "member_count": 1, "rate_limit_per_user": 0, "last_message_id": None, "flags": 0,
            "thread_metadata": {
                "archived": False, "auto_archive_duration": 1440, "locked": False,
                "archive_timestamp": "2026-01-01T00:00:00+00:00",
            },
        }  # fmt: skip
        self.threads[message] = given["name"]
        await self._dispatch("THREAD_CREATE", thread)
        return answer(thread)

    async def _create(self, request):
        if self.failures:
            status, body = self.failures.pop(0)
            return answer(body, status=status)
        given = {"channel": request.match_info["channel"], **await request.json()}
        assert given["allowed_mentions"] == {"parse": []}
        given["id"] = str(5000 + len(self.posts))
        self.posted(given)
        return answer(self._told(given["id"], given["content"], BOT, given["channel"]))

    async def _gateway(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 45000}, "s": None, "t": None})
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await self._heard(socket, json.loads(message.data))
        return socket

    async def _heard(self, socket, told):
        if told["op"] == 1:
            await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
        if told["op"] not in (2, 6):
            return
        self.sockets.append(socket)
        if told["op"] == 6:
            await self._dispatch("RESUMED", {})
        else:
            await self._greet()
        self.connected.set()

    async def _greet(self):
        await self._dispatch("READY", {
            "v": 10, "user": BOT, "session_id": "s1", "application": {"id": "901", "flags": 0},
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway",
            "guilds": [{"id": GUILD, "unavailable": True}],
        })  # fmt: skip
        channel = {
            "id": CHANNEL,
            "type": 0,
            "name": "general",
            "position": 0,
            "permission_overwrites": [],
        }
        await self._dispatch("GUILD_CREATE", {
            "id": GUILD, "name": "Pier", "owner_id": "1", "roles": [], "emojis": [],
            "channels": [channel], "threads": [], "members": [], "member_count": 2,
            "features": [], "verification_level": 0, "explicit_content_filter": 0,
            "default_message_notifications": 0, "mfa_level": 0, "premium_tier": 0, "nsfw_level": 0,
            "preferred_locale": "en-US", "afk_timeout": 60, "system_channel_flags": 0,
        })  # fmt: skip

    async def _dispatch(self, event, body):
        self.sequence += 1
        await self.sockets[-1].send_json({"op": 0, "t": event, "s": self.sequence, "d": body})

    def _told(self, id, content, author, channel):
        return {
            "id": id, "channel_id": channel, "author": author, "content": content,
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mention_roles": [], "attachments": [], "embeds": [],
            "mentions": [BOT] if f"<@{BOT['id']}>" in content else [], "pinned": False, "type": 0,
        }  # fmt: skip

    def message(self, id, content, user="1", channel=CHANNEL, guild=GUILD, under=None):
        """Send an event of a message, in a channel, a thread or, without a guild, a direct one."""
        author = {"id": user, "username": f"user{user}", "discriminator": "0", "avatar": None}
        told = self._told(id, content, author, channel)
        if guild:
            told["guild_id"] = guild
        if under:
            told["message_reference"] = {"message_id": under, "channel_id": channel}
        self.wait(self._dispatch("MESSAGE_CREATE", told))

    def react(self, message, emoji, user="2"):
        """Send an event of a reaction."""
        self.wait(self._dispatch("MESSAGE_REACTION_ADD", {
            "user_id": user, "channel_id": CHANNEL, "message_id": message, "guild_id": GUILD,
            "emoji": {"id": None, "name": emoji}, "burst": False, "type": 0,
        }))  # fmt: skip
