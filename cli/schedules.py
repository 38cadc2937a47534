"""What lets the system keep folders in step: lines and units for cron, systemd and launchd."""

from __future__ import annotations

import plistlib
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

WHERE = {
    "cron": "add the line with: crontab -e",
    "systemd": "save it as ~/.config/systemd/user/kb-watch.service, then: "
    "systemctl --user enable --now kb-watch",
    "launchd": "save it as ~/Library/LaunchAgents/kb-watch.plist, then: "
    "launchctl load ~/Library/LaunchAgents/kb-watch.plist",
}


def schedule(system: str, home: Path, folders: Sequence[Path]) -> str:
    """The text for one of the systems in `WHERE`: a watching service, or for cron an ingest every
    ten minutes.
    """
    verb = ["ingest", "--quiet"] if system == "cron" else ["watch"]
    command = [*_program(), "--home", str(home), *verb, *map(str, folders)]
    if system == "cron":
        return f"*/10 * * * * {shlex.join(command).replace('%', chr(92) + '%')}"
    return _systemd(command) if system == "systemd" else _launchd(command)


def _program() -> list[str]:
    """The words that run this program, whatever folder they are run in."""
    called = shutil.which(sys.argv[0])
    if called and Path(called).stem == "kb":
        return [str(Path(called).absolute())]
    return [sys.executable, "-m", "cli.main"]


def _systemd(command: Sequence[str]) -> str:
    words = " ".join(map(_systemd_word, command))
    return f"""[Unit]
Description=Keep folders in step with a knowledge base

[Service]
ExecStart={words}
Restart=on-failure
SuccessExitStatus=130

[Install]
WantedBy=default.target"""


def _systemd_word(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _launchd(command: Sequence[str]) -> str:
    job = {
        "Label": "kb-watch",
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
    }
    return plistlib.dumps(job).decode().rstrip("\n")
