"""Links below an ingested folder: those that lead out, or to what is ignored, are not read unless
asked for.
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile

import pytest

OUT = "a link that leads out of the folder; --follow-links reads it"
TO_IGNORED = "a link to an ignored file; --follow-links reads it"
FOLDER_OUT = "a link to a folder outside; --follow-links reads it"
SECRET = "The vault opens with the word marmalade."


@pytest.fixture
def outside(tmp_path):
    """A folder beside the ingested one, with a file that nobody chose."""
    path = tmp_path / "private"
    (path / "deep").mkdir(parents=True)
    (path / "vault.md").write_text(SECRET)
    (path / "deep" / "cellar.md").write_text("The cellar key hangs behind the clock.")
    return path


def ingest(kb, *arguments):
    run = kb("ingest", "--json", *arguments)
    assert (run.code, run.err) == (0, "")
    return run.json, {skip["source"]: skip["reason"] for skip in run.json["skipped"]}


def sources(kb):
    return {source["source"] for source in kb("sources", "list", "--json").json}


def test_a_link_out_of_the_folder_is_skipped_with_the_reason(kb, folder, outside):
    (folder / "pier.md").write_text("The pier is made of oak.")
    (folder / "sub").mkdir()
    os.symlink(outside / "vault.md", folder / "absolute.md")
    os.symlink("../../private/vault.md", folder / "sub" / "relative.md")
    os.symlink("relative.md", folder / "sub" / "by-another.md")
    os.symlink(outside, folder / "shelf")
    _report, skipped = ingest(kb, folder)
    assert sources(kb) == {"pier.md"}
    assert skipped == {
        "absolute.md": OUT,
        "sub/relative.md": OUT,
        "sub/by-another.md": OUT,
        "shelf": FOLDER_OUT,
    }
    assert kb("ask", "what word opens the vault?", "--no-log").code == 3


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("draft.md", "draft.md\n"),
        ("drafts/a.md", "drafts/\n"),
        (".notes/a.md", ""),
        ("node_modules/a.md", ""),
    ],
)
def test_a_link_to_what_is_ignored_is_skipped(kb, folder, target, rules):
    (folder / target).parent.mkdir(exist_ok=True)
    (folder / target).write_text("Zebras sleep standing.")
    (folder / ".kbignore").write_text(rules)
    os.symlink(target, folder / "alias.md")
    assert ingest(kb, folder)[1] == {"alias.md": TO_IGNORED}
    assert sources(kb) == set()


def test_a_link_to_a_chosen_file_of_the_folder_is_a_source(kb, folder):
    (folder / "pier.md").write_text("The pier is made of oak.")
    os.symlink("pier.md", folder / "quay.md")
    assert ingest(kb, folder)[1] == {}
    assert sources(kb) == {"pier.md", "quay.md"}


def test_a_path_that_is_given_may_be_a_link(kb, folder, outside, tmp_path):
    os.symlink(outside, tmp_path / "shelf")
    os.symlink("vault.md", outside / "same.md")
    assert ingest(kb, tmp_path / "shelf")[1] == {}
    assert sources(kb) == {"vault.md", "deep/cellar.md", "same.md"}
    os.symlink(outside / "vault.md", folder / "named.md")
    ingest(kb, folder / "named.md")
    assert "named.md" in sources(kb)


class TestFollowing:
    def test_brings_what_the_links_name(self, kb, folder, outside):
        os.symlink(outside / "vault.md", folder / "word.md")
        os.symlink(outside / "deep", folder / "shelf")
        (folder / "store" / ".objects").mkdir(parents=True)
        (folder / "store" / ".objects" / "k1.md").write_text("The orchard is picked in October.")
        os.symlink(".objects/k1.md", folder / "store" / "orchard.md")
        assert ingest(kb, "--follow-links", folder)[1] == {}
        assert sources(kb) == {"word.md", "shelf/cellar.md", "store/orchard.md"}

    def test_brings_nothing_beyond(self, kb, folder, outside, tmp_path):
        (tmp_path / "further.md").write_text("Nobody named this.")
        os.symlink(tmp_path / "further.md", outside / "further.md")
        os.symlink(tmp_path, outside / "up")
        os.symlink(outside, outside / "again")
        os.symlink(outside, folder / "shelf")
        os.symlink(tmp_path, folder / "everything")
        _report, skipped = ingest(kb, "--follow-links", folder)
        assert sources(kb) == {"shelf/vault.md", "shelf/deep/cellar.md"}
        assert skipped == {
            "everything": "a link to a folder that this one is in",
            "shelf/further.md": "a link that leads out of the folder",
            "shelf/up": "a link to a folder that this one is in",
        }

    def test_keeps_to_the_rules_of_what_is_ignored(self, kb, folder, outside):
        (outside / ".kbignore").write_text("deep/\n")
        (outside / ".hidden.md").write_text("Hidden words.")
        (folder / ".kbignore").write_text("vault.md\n")
        os.symlink(outside, folder / "shelf")
        ingest(kb, "--follow-links", folder)
        assert sources(kb) == set()

    def test_never_reads_the_knowledge_base_itself(self, kb, folder):
        (folder / "pier.md").write_text("The pier is made of oak.")
        ingest(kb, folder)
        os.symlink(kb.home, folder / "home")
        (kb.home / "kb.toml").write_text("# nothing\n")
        os.symlink(kb.home / "kb.toml", folder / "settings.toml")
        _report, skipped = ingest(kb, "--follow-links", folder)
        assert set(skipped.values()) == {"a link into the knowledge base itself"}
        assert set(skipped) == {"home", "settings.toml"}

    def test_an_ingest_without_it_takes_out_what_was_brought(self, kb, folder, outside):
        (folder / "pier.md").write_text("The pier is made of oak.")
        os.symlink(outside / "vault.md", folder / "word.md")
        os.symlink(outside, folder / "shelf")
        ingest(kb, "--follow-links", folder)
        assert ingest(kb, "--follow-links", folder)[0]["unchanged"] == 4
        report, skipped = ingest(kb, folder)
        assert (report["removed"], report["unchanged"]) == (3, 1)
        assert skipped == {"word.md": OUT, "shelf": FOLDER_OUT}
        assert sources(kb) == {"pier.md"}

    def test_a_linked_disk_that_is_away_loses_nothing(self, kb, folder, outside):
        os.symlink(outside, folder / "shelf")
        os.symlink(outside / "vault.md", folder / "word.md")
        ingest(kb, "--follow-links", folder)
        outside.rename(outside.with_name("away"))
        report, _skipped = ingest(kb, "--follow-links", folder)
        assert report["removed"] == 0
        assert len(sources(kb)) == 3
        outside.with_name("away").rename(outside)
        (folder / "shelf").unlink()
        assert ingest(kb, "--follow-links", folder)[0]["removed"] == 2


class TestWhatElseIsReadByName:
    def test_a_sidecar_that_leads_out(self, kb, folder, outside):
        (folder / "pier.md").write_text("The pier is made of oak.")
        (outside / "keys.yaml").write_text("token: sk-marmalade\n")
        os.symlink(outside / "keys.yaml", folder / "pier.md.meta.yaml")
        reason = {"pier.md": f"its .meta.yaml is {OUT}"}
        assert ingest(kb, folder)[1] == reason
        run = kb("ingest", "--json", folder / "pier.md")
        assert {skip["source"]: skip["reason"] for skip in run.json["skipped"]} == reason
        assert "marmalade" not in run.out
        assert ingest(kb, "--follow-links", folder)[1] == {}
        assert kb("search", "--json", "pier").json["hits"][0]["meta"] == {"token": "sk-marmalade"}

    def test_a_sidecar_that_several_share(self, kb, folder):
        for name in ("pier.md", "quay.md"):
            (folder / name).write_text(f"The {name[:4]} is made of oak.")
        (folder / "pier.md.meta.yaml").write_text("place: harbour\n")
        os.symlink("pier.md.meta.yaml", folder / "quay.md.meta.yaml")
        assert ingest(kb, folder)[1] == {}
        assert len(kb("search", "--json", "oak", "--where", "place=harbour").json["hits"]) == 2

    def test_a_kbignore_that_leads_out(self, kb, folder, outside):
        (folder / "pier.md").write_text("The pier is made of oak.")
        os.symlink(outside / "vault.md", folder / ".kbignore")
        run = kb("ingest", folder)
        assert run.code == 1
        assert ".kbignore is a link that leads out of the folder" in run.err
        assert "marmalade" not in run.err
        assert ingest(kb, "--follow-links", folder)[0]["added"] == 1

    def test_links_within_archives(self, kb, folder, outside):
        with tarfile.open(folder / "notes.tar", "w") as archive:
            for name, kind in (("soft.md", tarfile.SYMTYPE), ("hard.md", tarfile.LNKTYPE)):
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = kind, str(outside / "vault.md")
                archive.addfile(entry)
            entry = tarfile.TarInfo("pier.md")
            entry.size = 24
            archive.addfile(entry, io.BytesIO(b"The pier is made of oak."))
        with zipfile.ZipFile(folder / "notes.zip", "w") as archive:
            link = zipfile.ZipInfo("soft.md")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, str(outside / "vault.md"))
            archive.writestr("pier.md", "The pier is made of oak.")
        _report, skipped = ingest(kb, folder)
        assert set(skipped) == {"notes.tar/soft.md", "notes.tar/hard.md", "notes.zip/soft.md"}
        assert sources(kb) == {"notes.tar/pier.md", "notes.zip/pier.md"}

    def test_an_archive_that_is_a_link(self, kb, folder, outside):
        with zipfile.ZipFile(outside / "notes.zip", "w") as archive:
            archive.writestr("pier.md", "The pier is made of oak.")
        os.symlink(outside / "notes.zip", folder / "notes.zip")
        assert ingest(kb, folder)[1] == {"notes.zip": OUT}
        ingest(kb, "--follow-links", folder)
        assert sources(kb) == {"notes.zip/pier.md"}
        assert ingest(kb, folder)[0]["removed"] == 1

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.adoc", "= Notes\n\nWords here.\n\ninclude::{secret}[]\n"),
            ("a.rst", "Notes\n=====\n\nWords here.\n\n.. include:: {secret}\n"),
            ("b.rst", "Notes\n=====\n\nWords here.\n\n.. csv-table:: x\n   :file: {secret}\n"),
            ("c.rst", "Notes\n=====\n\nWords here.\n\n.. raw:: html\n   :file: {secret}\n"),
            ("a.md", "# Notes\n\nWords here.\n\n!include {secret}\n\n{{{{#include {secret}}}}}\n"),
            ("a.mdx", "import Vault from '{secret}'\n\n# Notes\n\nWords here.\n\n<Vault />\n"),
            (
                "a.html",
                "<p>Words here.</p><iframe src='file://{secret}'></iframe><!--#include file='{secret}' -->",
            ),
            (
                "a.xhtml",
                '<!DOCTYPE h [<!ENTITY v SYSTEM "file://{secret}">]><html><body><p>Words &v;</p></body></html>',
            ),
            (
                "a.yaml",
                "- {{who: Ada, text: Words here}}\n- {{who: Bo, text: !include '{secret}'}}\n",
            ),
        ],
    )
    def test_no_reader_follows_what_a_source_names(self, kb, folder, outside, name, text):
        (folder / name).write_text(text.format(secret=outside / "vault.md"))
        kb("ingest", folder)
        found = kb("search", "--json", "what word opens the vault? marmalade", "-k", "50").json[
            "hits"
        ]
        assert not [hit for hit in found if "marmalade" in hit["text"]]

    @pytest.mark.parametrize(
        ("name", "inner"), [("a.docx", "word/document.xml"), ("a.epub", "chapter.xhtml")]
    )
    def test_no_entity_brings_a_file(self, kb, folder, outside, name, inner):
        entity = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY v SYSTEM "file://{outside / "vault.md"}">]>'
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr(*_packed(inner, entity))
            for path, body in _SHELLS[name].items():
                archive.writestr(path, body)
        report, skipped = ingest(kb, folder)
        assert report["added"] + len(skipped) == 1, "it is told what became of it"
        found = kb("search", "--json", "what word opens the vault? marmalade", "-k", "50").json[
            "hits"
        ]
        assert not [hit for hit in found if "marmalade" in hit["text"]]


_SHELLS = {
    "a.docx": {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Target="word/document.xml" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    },
    "a.epub": {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        "b.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest><item id="c" href="chapter.xhtml"'
        ' media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>',
    },
}


def _packed(inner, entity):
    if inner.endswith(".xhtml"):
        return inner, f"{entity}<html><body><p>The vault opens with the word &v;</p></body></html>"
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    text = "<w:p><w:r><w:t>The vault opens with the word &v;</w:t></w:r></w:p>"
    return inner, f'{entity}<w:document xmlns:w="{space}"><w:body>{text}</w:body></w:document>'
