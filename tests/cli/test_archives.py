"""Archives are walked as folders are, within limits; nothing gets out of them, and nothing is
written to disk.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import tarfile
import time
import zipfile
from contextlib import closing
from functools import cache

import pytest
from homes import assert_in_step

from ingest import archives
from kb.catalog import Catalog

PIER = "# Pier\n\nThe pier is made of oak.\n"
QUAY = "The quay is made of stone.\n"


@pytest.fixture(autouse=True)
def in_step(kb):
    """Whatever a test did, both projections hold in the end exactly what the catalog holds."""
    yield
    if kb.home.exists():
        assert_in_step(
            kb.home, lost=0.15
        )  # hundreds of notes that differ by a number are one crowd to HNSW


def zipped(members, level=None):
    """A zip of (name or ZipInfo -> content); nothing is packed at level 0, which is quick."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@cache
def crowded():
    """A zip of one member more than are read: most are hidden, and cost no more than to be counted."""
    hidden = {f".hidden/{n}": b"" for n in range(archives.MOST_MEMBERS)}
    return zipped({"quay.txt": QUAY, **hidden}, level=0)


def tarred(members, mode="w:gz"):
    """A tar of (name or TarInfo -> content)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def ingest(kb, *arguments):
    run = kb("ingest", "--json", *arguments)
    assert (run.code, run.err) == (0, ""), run.err
    return run.json


def counts(report):
    return tuple(report[name] for name in ("added", "updated", "unchanged", "removed"))


def reasons(report):
    return {skip["source"]: skip["reason"] for skip in report["skipped"]}


def sources(kb):
    return {each["source"] for each in kb("sources", "list", "--json").json}


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("notes.zip", zipped),
        ("notes.tar", lambda members: tarred(members, "w")),
        ("notes.tar.gz", tarred),
        ("notes.tgz", tarred),
        ("notes.tar.bz2", lambda members: tarred(members, "w:bz2")),
        ("notes.tar.xz", lambda members: tarred(members, "w:xz")),
    ],
)
def test_files_within_are_documents_of_their_own(kb, folder, name, pack):
    sidecar = "title: The old quay\nharbour: north\n"
    (folder / name).write_bytes(
        pack(
            {"a/pier.md": PIER, "a/quay.txt": QUAY, "a/quay.txt.meta.yaml": sidecar, "a/b.dat": "x"}
        )
    )
    report = ingest(kb, folder)
    assert counts(report) == (2, 0, 0, 0)
    assert reasons(report) == {f"{name}/a/b.dat": "no reader for .dat files"}
    (hit,) = kb("search", "--json", "quay", "--where", "harbour=north").json["hits"]
    assert (hit["source"], hit["title"], hit["anchor"]["label"]) == (
        f"{name}/a/quay.txt",
        "The old quay",
        "L1",
    )
    assert counts(ingest(kb, folder)) == (0, 0, 2, 0)
    assert reasons(ingest(kb, folder)) == reasons(report)


def test_an_archive_is_kept_in_step(kb, folder):
    path = folder / "notes.zip"
    path.write_bytes(zipped({"pier.md": PIER, "quay.txt": QUAY}))
    assert counts(ingest(kb, folder)) == (2, 0, 0, 0)
    path.write_bytes(
        zipped(
            {
                "pier.md": PIER,
                "quay.txt": "The quay is made of slate, they say now.\n",
                "new.txt": "New.",
            }
        )
    )
    assert counts(ingest(kb, folder)) == (1, 1, 1, 0)
    path.write_bytes(zipped({"new.txt": "New."}))
    assert counts(ingest(kb, folder)) == (0, 0, 1, 2)
    path.unlink()
    assert counts(ingest(kb, folder)) == (0, 0, 0, 1)


def test_dry_run_and_keep_missing(kb, folder):
    path = folder / "notes.zip"
    path.write_bytes(zipped({"pier.md": PIER, "quay.txt": QUAY}))
    assert counts(ingest(kb, "--dry-run", folder)) == (2, 0, 0, 0)
    assert counts(ingest(kb, folder)) == (2, 0, 0, 0)
    path.unlink()
    assert counts(ingest(kb, "--dry-run", folder)) == (0, 0, 0, 2)
    assert counts(ingest(kb, "--keep-missing", folder)) == (0, 0, 0, 0)
    assert sources(kb) == {"notes.zip/pier.md", "notes.zip/quay.txt"}


def test_archives_of_one_name_in_two_folders(kb, folder):
    for place in ("east", "west"):
        (folder / place).mkdir()
        (folder / place / "notes.zip").write_bytes(
            zipped({"pier.md": f"# Pier\n\nThe {place} pier.\n"})
        )
        run = kb("ingest", folder / place)
        assert run.code == 0
        assert ("named with the folder: west/notes.zip" in run.err) == (place == "west")
    assert sources(kb) == {"notes.zip/pier.md", "west/notes.zip/pier.md"}
    assert counts(ingest(kb, folder)) == (0, 0, 2, 0)


def test_a_damaged_archive_leaves_what_was_there(kb, folder):
    path = folder / "notes.zip"
    path.write_bytes(zipped({"pier.md": PIER}))
    ingest(kb, folder)
    path.write_bytes(path.read_bytes()[:40])
    report = ingest(kb, folder)
    assert counts(report) == (0, 0, 0, 0)
    assert "a damaged archive" in reasons(report)["notes.zip"]
    assert sources(kb) == {"notes.zip/pier.md"}


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_tar_that_ends_too_early(kb, folder, cut):
    whole = tarred({f"{n}.txt": f"Note {n}: {os.urandom(600).hex()}" for n in range(30)})
    (folder / "notes.tar.gz").write_bytes(whole[: int(len(whole) * cut)])
    report = ingest(kb, folder)
    assert "damaged" in " ".join(reasons(report).values())


def test_archives_within_archives_to_a_depth(kb, folder):
    inner = zipped({"pier.md": PIER})
    for _ in range(archives.DEEPEST):
        inner = zipped({"in.zip": inner, "quay.txt": QUAY})
    (folder / "out.zip").write_bytes(inner)
    report = ingest(kb, folder)
    assert sources(kb) == {
        "out.zip/quay.txt",
        "out.zip/in.zip/quay.txt",
        "out.zip/in.zip/in.zip/quay.txt",
    }
    assert "more than 3 deep" in reasons(report)["out.zip/in.zip/in.zip/in.zip"]


def test_nothing_leads_out(kb, folder):
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    names = ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "ok/./fine.txt"]
    (folder / "a.zip").write_bytes(
        zipped({**dict.fromkeys(names, "Evil words."), link: "/etc/passwd"})
    )
    hard, soft = tarfile.TarInfo("hard.txt"), tarfile.TarInfo("soft.txt")
    hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
    soft.type, soft.linkname = tarfile.SYMTYPE, "../../../etc/passwd"
    device = tarfile.TarInfo("device.txt")
    device.type = tarfile.CHRTYPE
    (folder / "b.tar").write_bytes(
        tarred({"../evil.txt": "Evil.", hard: "", soft: "", device: "", "fine.txt": "Fine."}, "w")
    )
    before = {path for path in folder.parent.rglob("*") if kb.home not in path.parents}
    report = ingest(kb, folder)
    assert sources(kb) == {"a.zip/ok/./fine.txt", "b.tar/fine.txt"}
    assert len(report["skipped"]) == 9
    assert {*reasons(report).values()} == {
        "its path leads out of the archive",
        "a link within an archive",
        "a link or a device within an archive",
    }
    assert {path for path in folder.parent.rglob("*") if kb.home not in path.parents} - {
        kb.home
    } == before - {kb.home}


def test_bombs_are_not_unpacked(kb, folder):
    (folder / "ratio.zip").write_bytes(zipped({"zeros.txt": "0" * 30_000_000, "pier.md": PIER}))
    (folder / "large.zip").write_bytes(
        zipped({"large.txt": "0123456789abcdef" * 4_300_000, "quay.txt": QUAY}, level=0)
    )
    (folder / "many.zip").write_bytes(crowded())
    report = ingest(kb, folder)
    found = reasons(report)
    assert found["ratio.zip/zeros.txt"] == "unpacks to more than 200 times its size"
    assert found["large.zip/large.txt"] == "larger than 64 MB"
    assert found["many.zip"] == "more than 10,000 files in it: the rest is left out"
    assert sources(kb) == {"ratio.zip/pier.md", "large.zip/quay.txt", "many.zip/quay.txt"}


def test_a_size_that_lies_is_found_out(kb, folder):
    data = bytearray(zipped({"lie.txt": "0" * 70_000_000}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.find(mark) + offset
        data[place : place + 4] = (1000).to_bytes(4, "little")
    (folder / "lie.zip").write_bytes(data)
    (reason,) = reasons(ingest(kb, folder)).values()
    assert reason.startswith(("damaged in its archive", "larger than"))


def test_hidden_files_and_those_of_systems_are_passed_over(kb, folder):
    names = [
        ".git/config.txt",
        "__MACOSX/a.txt",
        "a/.hidden.md",
        "node_modules/x/readme.md",
        "a/Thumbs.db",
        "fine.txt",
    ]
    (folder / "notes.zip").write_bytes(zipped(dict.fromkeys(names, "Words here.")))
    assert reasons(ingest(kb, folder)) == {}
    assert sources(kb) == {"notes.zip/fine.txt"}


def test_names_in_chinese_encodings(kb, folder):
    for encoding in ("utf-8", "gb18030", "big5"):
        placeholder = "n" * len("股權.txt".encode(encoding))
        data = zipped({placeholder: f"{encoding} 的内容。"}).replace(
            placeholder.encode(), "股權.txt".encode(encoding)
        )
        (folder / f"{encoding}.zip").write_bytes(data)
    ingest(kb, folder)
    assert sources(kb) == {f"{encoding}.zip/股權.txt" for encoding in ("utf-8", "gb18030", "big5")}


def test_a_password_protected_member_is_skipped_with_that_reason(kb, folder):
    data = bytearray(zipped({"secret.txt": "Secret words.", "fine.txt": "Fine words."}))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    (folder / "notes.zip").write_bytes(data)
    assert reasons(ingest(kb, folder)) == {
        "notes.zip/secret.txt": "a password-protected archive member"
    }
    assert sources(kb) == {"notes.zip/fine.txt"}


def test_an_archive_with_nothing_in_it(kb, folder):
    (folder / "empty.zip").write_bytes(zipped({}))
    assert reasons(ingest(kb, folder)) == {"empty.zip": "an archive with nothing to read in it"}
    assert ingest(kb, folder)["skipped"]


def test_one_file_that_kills_its_reader_costs_no_other(kb, folder):
    # Reading this one takes more memory than is given; those around it are read.
    hungry = zipped(
        {"a.txt": "First words.", "b.txt": ("x y " * 9_000_000), "c.txt": "Last words."}
    )
    (folder / "notes.zip").write_bytes(hungry)
    run = kb("ingest", "--json", folder, env={"KB_READER_MB": "400", "KB_READER_SECONDS": "10"})
    assert run.code == 0
    assert sources(kb) >= {"notes.zip/a.txt", "notes.zip/c.txt"}
    assert [skip["source"] for skip in run.json["skipped"]] == ["notes.zip/b.txt"]


def test_a_slack_export_becomes_its_channels(kb, folder):
    people = [
        {"id": "U1", "profile": {"real_name": "Ines"}},
        {"id": "U2", "profile": {"real_name": "苏禾"}},
    ]
    first = [
        {
            "type": "message",
            "user": "U1",
            "ts": "1777600000.000100",
            "text": "How do we split equity, <@U2>?",
        },
        {
            "type": "message",
            "user": "U1",
            "ts": "1777600001.000100",
            "text": "Lunch?",
            "subtype": "channel_join",
        },
    ]
    second = [
        {
            "type": "message",
            "user": "U2",
            "ts": "1777700000.000100",
            "thread_ts": "1777600000.000100",
            "text": "分四年兑现。",
        }
    ]
    members = {
        "users.json": people,
        "channels.json": [{"id": "C1", "name": "general"}],
        "dms.json": [{"id": "D0000001", "members": ["U1", "U2"]}],
        "general/2026-05-01.json": first,
        "general/2026-05-02.json": second,
        "D0000001/2026-05-01.json": [
            {"type": "message", "user": "U1", "ts": "1777600000.1", "text": "Private words."}
        ],
    }
    (folder / "export.zip").write_bytes(
        zipped({name: json.dumps(value, indent=1) for name, value in members.items()})
    )
    report = ingest(kb, folder)
    assert sources(kb) == {"export.zip/general.slack.json"}
    assert reasons(report) == {"export.zip/direct messages": "private: left out of a Slack export"}
    hit = kb("search", "--json", "split equity").json["hits"][0]
    assert hit["title"] == "#general"
    assert hit["text"].startswith("Ines: How do we split equity, @苏禾?")
    assert hit["anchor"]["part"] == "general/2026-05-01.json"
    assert hit["anchor"]["at"] == "2026-05-01 01:46"
    assert hit["meta"]["author"]
    assert not any(
        "Private" in each["text"] for each in kb("search", "--json", "private words").json["hits"]
    )
    assert counts(ingest(kb, folder)) == (0, 0, 1, 0)


def documents(kb):
    """How many documents are stored while another process stores more; -1 before there is a home."""
    try:
        with closing(sqlite3.connect(f"file:{kb.home}/catalog.sqlite3?mode=ro", uri=True)) as rows:
            return rows.execute("SELECT count(*) FROM documents").fetchone()[0]
    except sqlite3.OperationalError:
        return -1


@pytest.mark.parametrize("stored", [0, 1, 150])
def test_a_run_killed_within_an_archive_is_made_up_for(kb, folder, stored):
    """Killed as soon as so many of its 300 notes are stored."""
    (folder / "notes.zip").write_bytes(
        zipped({f"{n}.md": f"# Note {n}\n\nBarrel {n} is full of oil.\n" for n in range(300)})
    )
    process = kb.start("ingest", folder)
    while process.poll() is None and documents(kb) < stored:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert sum(counts(ingest(kb, folder))[:3]) == 300
    assert len(sources(kb)) == 300
    assert counts(ingest(kb, folder)) == (0, 0, 300, 0)


def test_an_archive_cut_off_within_another_is_damaged(kb, folder):
    inner = zipped({"note.md": "# Inner\n\nInner words.\n"})
    outer = zipped({"pier.md": PIER, "deep.zip": inner, "quay.txt": QUAY})
    (folder / "notes.zip").write_bytes(outer)
    assert counts(ingest(kb, folder)) == (3, 0, 0, 0)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("pier.md", PIER)
        archive.writestr("deep.zip", inner)
        archive.writestr("quay.txt", QUAY)
    whole = stream.getvalue()
    (folder / "notes.zip").write_bytes(whole[: whole.index(b"quay.txt") - 20])
    report = ingest(kb, folder)
    assert reasons(report)["notes.zip"].startswith("a damaged archive")
    assert len(sources(kb)) == 3


def test_an_archive_can_be_removed_whole_and_comes_back(kb, folder):
    (folder / "notes.zip").write_bytes(zipped({"pier.md": PIER, "quay.txt": QUAY}))
    ingest(kb, folder)
    assert kb("sources", "remove", "notes.zip").code == 0
    assert sources(kb) == set()
    assert counts(ingest(kb, folder)) == (2, 0, 0, 0)


def test_a_mended_archive_and_one_read_in_part_are_not_read_again(kb, folder):
    def refused():
        catalog = Catalog(kb.home / "catalog.sqlite3")
        try:
            return {
                path.removeprefix(f"{folder}/"): record.mtime_ns
                for path, record in catalog.skips().items()
            }
        finally:
            catalog.close()

    def put(name, data):
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1e9 + len(data), 1e9 + len(data)))

    whole = zipped({"pier.md": PIER})
    put("notes.zip", whole[:40])
    put("many.zip", crowded())
    assert reasons(ingest(kb, folder))["notes.zip"].startswith("a damaged archive")
    put("notes.zip", whole)
    assert counts(ingest(kb, folder)) == (1, 0, 1, 0)
    left = refused()
    assert "notes.zip" not in left
    assert all(left.values()), "a time of 0 has them read again"
    report = ingest(kb, folder)
    assert counts(report) == (0, 0, 2, 0)
    assert reasons(report)["many.zip"] == "more than 10,000 files in it: the rest is left out"
