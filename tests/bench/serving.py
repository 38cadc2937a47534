"""How the server bears many who ask at once, and being killed.

    python -m tests.bench.serving load [--clients 64] [--seconds 120] [--workers 1] [--peer PYTHON]
    python -m tests.bench.serving kill [--kills 200] [--seed 0]

`load`: clients ask an invented community's questions in a loop, on this machine, while files are
ingested and answers are reviewed beside them. It counts errors, answers to another question, and
acknowledged exchanges that the journal lacks, and prints the median and the 95th percentile of an
answer, answers a second, and the server's memory. With another environment's Python (fastapi,
uvicorn, llama-index-core), llama-index's own chat engine behind FastAPI is asked the same with the
same clients: its mock language model, which repeats what it was given, and vectors of hashed words:
so it is told what serving costs, not what answers are worth.

`kill`: the server is killed and started again and again while clients ask, judge and review; then
the journal is held against what was acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import httpx

from kb.errors import KbError
from kb.journal import Journal
from retrieval.holding.release import approve
from tests.bench.community_files.grading import questions
from tests.bench.community_files.material import export

_COMMUNITY = "zh"
_CHANNEL = "open"  # where every answer is held
_JUDGED = 0.1  # share of answers that are judged, and after which decided ones are taken
_STARTED = 60.0


@dataclass
class Tally:
    """What clients saw: seconds of each answer, what went wrong, what was acknowledged."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    exchanges: list[tuple[str, str]] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    held: int = 0
    approved: set[str] = field(default_factory=set)
    delivered: list[str] = field(default_factory=list)


class Server:
    """A real `kb serve` over a home."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        command = [sys.executable, "-m", "cli.main", "--home", str(home), "serve", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, *options], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "KB_SERVER_RATE": "0"}, start_new_session=True,
        )  # fmt: skip
        line = self.process.stderr.readline() if self.process.stderr else ""
        self.url = line.rsplit(" ", 1)[-1].strip()
        if not self.url.startswith("http"):
            raise SystemExit(f"the server did not start: {line}")

    def wait(self) -> None:
        """Return once questions can be answered."""
        deadline = time.monotonic() + _STARTED
        while time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/ready", timeout=30).status_code == 200:
                    return
            time.sleep(0.05)
        raise SystemExit("the server is not ready")

    def memory(self) -> float:
        """Megabytes of the process and its children that are in memory now."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(_resident(pid) for pid in pids)

    def kill(self) -> None:
        """Kill the process and its children at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask the process to stop, and wait until it has."""
        self.process.terminate()
        self.process.wait(60)


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [each for child in map(int, text.split()) for each in (child, *_children(child))]
    return []


def _resident(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


async def _client(
    client: httpx.AsyncClient, asked: Sequence[str], tally: Tally, until: float, seed: int,
    judged: float = _JUDGED,
) -> None:  # fmt: skip
    """Ask one question after the other until the time is up; a share of the answers is judged."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        question = chance.choice(asked)
        began = time.monotonic()
        channel = chance.choice(("", _CHANNEL))
        try:
            reply = await client.post("/v1/ask", json={"question": question, "channel": channel})
        except httpx.HTTPError as error:
            tally.errors[type(error).__name__] += 1
            continue
        tally.seconds.append(time.monotonic() - began)
        if reply.status_code != 200:
            tally.errors[str(reply.status_code)] += 1
            continue
        answer = reply.json()
        if answer["question"] != question:
            tally.errors["another question's answer"] += 1
        tally.exchanges.append((answer["id"], question))
        tally.held += answer["status"] == "held"
        if chance.random() < judged:
            await _judge(client, answer["id"], tally)
        if chance.random() < judged:
            await _fetch(client, tally)


async def _judge(client: httpx.AsyncClient, exchange: str, tally: Tally) -> None:
    verdict = {"exchange": exchange, "verdict": "down", "comment": "no", "id": f"bench-{exchange}"}
    with suppress(httpx.HTTPError):
        reply = await client.post("/v1/feedback", json=verdict)
        if reply.status_code == 200:
            tally.verdicts.append(reply.json()["exchange"])
        else:
            tally.errors[f"feedback {reply.status_code}"] += 1


async def _fetch(client: httpx.AsyncClient, tally: Tally) -> None:
    """Take what was decided since."""
    with suppress(httpx.HTTPError):
        reply = await client.get("/v1/deliveries", params={"channel": _CHANNEL})
        if reply.status_code == 200:
            tally.delivered += [given["id"] for given in reply.json()]


async def _fetching(client: httpx.AsyncClient, tally: Tally, until: float) -> None:
    """Take what was decided, again and again, so that kills come between, too."""
    while time.monotonic() < until:
        await _fetch(client, tally)
        await asyncio.sleep(0.1)


def _approve(home: Path, tally: Tally) -> None:
    """Approve what waits, as a reviewer in a terminal does."""
    journal = Journal(home / "journal.sqlite3")
    try:
        for hold in journal.holds.waiting():
            with suppress(KbError):
                approve(journal, hold, "bench")
                tally.approved.add(hold.exchange)
    finally:
        journal.close()


async def _clients(
    url: str, asked: Sequence[str], count: int, seconds: float, judged: float = _JUDGED
) -> Tally:
    tally, until = Tally(), time.monotonic() + seconds
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=url, timeout=300, limits=limits) as client:
        ways = (_client(client, asked, tally, until, seed, judged) for seed in range(count))
        await asyncio.gather(*ways)
    return tally


def _kb(home: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "cli.main", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, timeout=600, check=False).returncode


async def _beside(home: Path, folder: Path, until: float) -> Counter[str]:
    """Ingest changing files and settle complaints until the time is up; how often each was done."""
    done: Counter[str] = Counter()
    while time.monotonic() < until:
        number = done["ingests"]
        (folder / "news.md").write_text(
            f"# 通知\n\n第 {number} 次通知：周会改到 {number} 号会议室。\n"
        )
        failed = await asyncio.to_thread(_kb, home, "ingest", str(folder), "-q")
        done["ingests"] += 1
        done["failed ingests"] += failed != 0
        journal = Journal(home / "journal.sqlite3")
        newest = next((verdict.exchange for verdict in journal.verdicts(1)), None)
        journal.close()
        if newest:
            review = ("feedback", "resolve", newest, "--as", "fine", "--by", "bench", "--again")
            done["reviews"] += await asyncio.to_thread(_kb, home, *review) == 0
    return done


def _missing(home: Path, tally: Tally) -> Counter[str]:
    """What was acknowledged and the journal does not have, or has otherwise."""
    journal = Journal(home / "journal.sqlite3")
    kept = {exchange.id: exchange.question for exchange in journal.outlines()}
    judged = {verdict.exchange for verdict in journal.verdicts()}
    approved = {hold.exchange for hold in journal.holds.all() if hold.state == "approved"}
    journal.close()
    return Counter(
        exchanges=sum(kept.get(name) != question for name, question in tally.exchanges),
        verdicts=sum(name not in judged for name in tally.verdicts),
        approvals=len(tally.approved - approved),
    )


def _made(folder: Path) -> tuple[Path, Path, list[str]]:
    """A home of the community's files, the folder that they are in, and its questions."""
    files, home = folder / "files", folder / "home"
    export(_COMMUNITY, files)
    if _kb(home, "ingest", str(files), "-q"):
        raise SystemExit("the files can't be ingested")
    (home / "community.toml").write_text(f'[channel.{_CHANNEL}]\nhold = "always"\n')
    return home, files, [each.question for each in questions() if each.community == _COMMUNITY]


def _show(name: str, tally: Tally, seconds: float, memory: float) -> None:
    times = sorted(tally.seconds) or [0.0]
    late = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    print(
        f"{name}: {len(times)} answers, {len(times) / seconds:.1f} a second, median "
        f"{median(times):.2f} s, 95th percentile {late:.2f} s, {memory:.0f} MB; "
        f"errors: {dict(tally.errors) or 'none'}"
    )


async def _loaded(
    server: Server, files: Path, asked: Sequence[str], given: argparse.Namespace
) -> tuple[Tally, Counter[str], float]:
    beside = asyncio.create_task(_beside(server.home, files, time.monotonic() + given.seconds))
    tally = await _clients(server.url, asked, given.clients, given.seconds)
    return tally, await beside, server.memory()


def load(given: argparse.Namespace) -> None:
    """Many clients, beside an ingest and a review."""
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        home, files, asked = _made(Path(name))
        server = Server(home, "--workers", str(given.workers))
        server.wait()
        one = asyncio.run(_clients(server.url, asked, 1, given.seconds / 8))
        _show("kb serve, one client, nothing beside", one, given.seconds / 8, server.memory())
        tally, done, memory = asyncio.run(_loaded(server, files, asked, given))
        server.stop()
        _show(f"kb serve, {given.clients} clients", tally, given.seconds, memory)
        print(f"beside: {dict(done)}; acknowledged and not kept: {dict(_missing(home, tally))}")
        if given.peer:
            _peer(given, files, asked)


def _peer(given: argparse.Namespace, files: Path, asked: Sequence[str]) -> None:
    """llama-index's chat engine behind FastAPI, over the text files of the same folder."""
    command = [str(given.peer), str(Path(__file__).with_name("peer_server.py")), str(files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip() if process.stdout else ""
        try:
            tally = asyncio.run(_clients(url, asked, given.clients, given.seconds, judged=0))
            memory = _resident(process.pid)
        finally:
            process.terminate()
    _show(f"llama-index's chat engine, {given.clients} clients", tally, given.seconds, memory)


def kill(given: argparse.Namespace) -> None:
    """A server that is killed and started again and again."""
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        home, _, asked = _made(Path(name))
        total, chance = Tally(), random.Random(given.seed)
        for number in range(given.kills):
            server = Server(home)
            if number % 4:
                server.wait()  # one of four is killed while it starts
            seconds = chance.uniform(0.5, 6.0)
            clients = number + given.kills * given.seed
            asyncio.run(_until_killed(server, asked, total, seconds, clients))
            _approve(home, total)
        again = sum(count > 1 for count in Counter(total.delivered).values())
        print(
            f"{given.kills} kills, seed {given.seed}: acknowledged {len(total.exchanges)} exchanges, {total.held} of "
            f"them held, {len(total.verdicts)} verdicts, {len(total.approved)} approvals; not kept: "
            f"{dict(_missing(home, total))}; {len(total.delivered)} held answers delivered, {again} "
            f"of them twice; doctor: {_kb(home, 'doctor')}"
        )


async def _until_killed(
    server: Server, asked: Sequence[str], tally: Tally, seconds: float, seed: int
) -> None:
    """Clients ask a server until it is killed, at some moment of its life."""
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        until = time.monotonic() + seconds
        tasks = [
            asyncio.create_task(_client(client, asked, tally, until, 97 * seed + number))
            for number in range(8)
        ]
        tasks.append(asyncio.create_task(_fetching(client, tally, until)))
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.serving")
    ways = parser.add_subparsers(required=True)
    loading = ways.add_parser("load")
    loading.add_argument("--clients", type=int, default=64)
    loading.add_argument("--seconds", type=float, default=120)
    loading.add_argument("--workers", type=int, default=1)
    loading.add_argument("--peer", type=Path, metavar="PYTHON")
    loading.set_defaults(run=load)
    killing = ways.add_parser("kill")
    killing.add_argument("--kills", type=int, default=200)
    killing.add_argument("--seed", type=int, default=0, help="of what is asked and when")
    killing.set_defaults(run=kill)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
