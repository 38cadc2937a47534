"""What the catalog tells of which passage revises which."""

from __future__ import annotations

from kb.catalog import Catalog

CHAT = """\
2026-03-01 09:00:00 Ana
The demo night starts at 18:30 in the loft

2026-03-02 11:00:00 Ana
demo night moved to the cellar, loft is closed

2026-03-03 11:00:00 Bo
demo night in the cellar cancelled
"""


def test_a_passage_knows_what_became_of_it_and_when(kb, folder):
    (folder / "chat.txt").write_text(CHAT)
    assert kb("ingest", folder).code == 0
    catalog = Catalog(kb.home / "catalog.sqlite3")
    passages = catalog.passages(catalog.passage_ids()).values()
    said = {passage.text.split()[-1]: passage.id for passage in passages}
    (link,) = catalog.revisions_of([said["loft"]])
    assert (link.kind, link.later, link.at) == ("corrected", said["closed"], "2026-03-02T11:00")
    (link,) = catalog.revised_by([said["cancelled"]])
    assert (link.earlier, link.at) == (said["closed"], "2026-03-03T11:00")
    assert catalog.revisions_of([said["cancelled"]]) == []


def test_links_go_with_their_document(kb, folder):
    (folder / "chat.txt").write_text(CHAT)
    assert kb("ingest", folder).code == 0
    (folder / "chat.txt").write_text(CHAT.split("\n\n")[0])
    assert kb("ingest", folder).code == 0
    catalog = Catalog(kb.home / "catalog.sqlite3")
    assert catalog.revisions_of(catalog.passage_ids()) == []
    assert kb("doctor").code == 0
