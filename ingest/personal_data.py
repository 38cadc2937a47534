"""What would be masked in sources: where, as what kind, and never the whole of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.assembly import Prepared
from ingest.plan import Wishes, make_plan
from ingest.prepare import Failed
from ingest.sources import check_paths
from ingest.workers import Workers
from kb.home import Home
from kb.knowledge import open_empty
from kb.settings import Settings
from kb.types import Skip

if TYPE_CHECKING:
    from ingest.pipeline import Progress
    from ingest.redaction import MaskedDatum
    from kb.privacy.redactor import Masking


@dataclass(slots=True)
class PersonalData:
    """What would be masked, by source name, in how many documents; and what could not be read."""

    documents: int = 0
    by_source: dict[str, tuple[MaskedDatum, ...]] = field(default_factory=dict)
    skipped: list[Skip] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How much there is of each kind, the most frequent first."""
        kinds = (datum.kind for data in self.by_source.values() for datum in data)
        return dict(Counter(kinds).most_common())


def personal_data(
    home: Home, settings: Settings, paths: Sequence[Path], masking: Masking, progress: Progress
) -> PersonalData:
    """Read the files below `paths` as an ingest would, and find what would be masked. Nothing is
    stored. Raises KbError for a path that isn't there.
    """
    check_paths(paths)
    wishes = Wishes(None, {}, keep_missing=True, follow_links=False)
    plan = make_plan(open_empty(home, settings), paths, (), wishes)
    found = PersonalData(skipped=list(plan.skipped))
    done = 0
    with Workers(plan.orders, masking) as workers:
        for order, outcome in workers.outcomes():
            done += not order.container
            progress(done, len(plan.orders), order.source)
            match outcome:
                case Failed(skip):
                    found.skipped.append(skip)
                case Prepared(masked=masked):
                    found.documents += 1
                    if masked:
                        found.by_source[order.source] = masked
    return found
