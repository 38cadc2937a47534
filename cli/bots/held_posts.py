"""Held answers of a bot's conversations, posted where they were asked once somebody has decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from cli.bots.chat import Chat, PostFailed
from cli.formats.markup import Block, blocks, literal
from cli.formats.messages import messages
from cli.formats.notes import whole
from cli.server.workers import View, Workers
from kb.audience import Viewer
from kb.errors import KbError

if TYPE_CHECKING:
    from kb.journal.held_answers import Hold

T = TypeVar("T")
Keep = Callable[[list[str], str], None]


class HeldPosts:
    """Posts each decided answer once, whichever process comes first; what fails is a dead letter."""

    def __init__(self, chat: Chat, viewer: Viewer, workers: Workers, keep: Keep) -> None:
        from kb.journal.reviews import new_claimant

        self._chat = chat
        self._viewer = viewer
        self._workers = workers
        self._keep = keep
        self._claimant = new_claimant()

    def deliver(self) -> None:
        """Post what was decided since. Raises KbError."""
        for hold, place in self._run(self._decided):
            self._post(hold, place)

    def _decided(self, view: View) -> list[tuple[Hold, str]]:
        """The decided answers of this platform's conversations, with the place of each."""
        from retrieval.holding.policy import load_community
        from retrieval.holding.timeouts import apply_timeouts

        apply_timeouts(view.journal, load_community(view.kb.home.path))
        prefix = f"server:/{self._chat.name}/"
        decided = []
        for hold in view.journal.holds.deliverable(self._viewer.channel):
            terminal = view.journal.exchange(hold.exchange).terminal
            if terminal.startswith(prefix):
                decided.append((hold, terminal.removeprefix(prefix)))
        return decided

    def _post(self, hold: Hold, place: str) -> None:
        """Post a decided answer, unless another process has taken that upon itself."""
        if not self._run(lambda view: view.journal.holds.claim_delivery(hold, self._claimant)):
            return
        try:
            shown = self._run(lambda view: _blocks(view, hold))
            posted = [self._chat.post(place, part) for part in messages(shown, self._chat.format)]
        except (KbError, PostFailed) as error:
            reason = str(error)
            self._run(lambda view: view.journal.holds.failed_delivery(hold, self._claimant, reason))
            return
        self._run(lambda view: view.journal.holds.delivered(hold, self._claimant))
        self._keep(posted, hold.exchange)

    def _run(self, work: Callable[[View], T]) -> T:
        return self._workers.run(work, self._viewer).result()


def _blocks(view: View, hold: Hold) -> Sequence[Block]:
    """What the asker gets: the answer with its sources, or what is said in its place."""
    from retrieval.contract import outcome_text
    from retrieval.holding.stored_answers import stored_answer

    if hold.released is None:
        return [Block("text", literal(outcome_text(hold)))]
    exchange = view.journal.exchange(hold.exchange)
    answer = stored_answer(
        view.kb, hold.question, exchange.confidence, exchange.writer, hold.released
    )
    return whole(answer) if answer else blocks(str(hold.released["answer"]))
