"""The files of docs/deploy are sound, and say what the program takes. They are run by nobody here."""

from __future__ import annotations

import plistlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cli.main import COMMANDS
from kb.settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "docs" / "deploy"
UNIT = (DEPLOY / "kb.service").read_text("utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def test_every_variable_is_a_setting_or_the_home():
    known = {f"KB_{name.upper()}" for name in Settings.__dataclass_fields__} | {"KB_HOME"}
    of_compose = {"KB_SOURCES", "KB_MODELS", "KB_MODEL"}
    for path in DEPLOY.iterdir():
        assert set(re.findall(r"\bKB_[A-Z_]+", path.read_text("utf-8"))) <= known | of_compose


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_no_fault_in_the_unit(tmp_path):
    unit = tmp_path / "kb.service"
    unit.write_text(UNIT.replace("%h/.local/bin/kb", shutil.which("true")), "utf-8")
    argv = ["systemd-analyze", "--user", "verify", str(unit)]
    done = subprocess.run(argv, capture_output=True, text=True, env={"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)})  # fmt: skip
    assert "kb.service" not in done.stderr, done.stderr


def test_the_unit_leaves_time_for_answers_in_work():
    from cli.server.instance import _STOP_SECONDS

    assert f"TimeoutStopSec={_STOP_SECONDS:.0f}" in UNIT
    assert re.search(r"^ExecStart=\S+/kb serve$", UNIT, re.M)


def test_launchd_is_given_a_property_list_that_can_be_read():
    listed = plistlib.loads((DEPLOY / "org.example.kb.plist").read_bytes())
    assert listed["ProgramArguments"][1] in COMMANDS
    assert listed["Umask"] == 0o077
    assert listed["Label"] == "org.example.kb"


def test_the_image_is_made_of_what_is_here_and_is_not_run_by_root():
    lines = DOCKERFILE.replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert steps[0][0] == "FROM"
    for step, rest in steps:
        if step == "COPY" and not rest.startswith("--from"):
            assert all((ROOT / name).exists() for name in shlex.split(rest)[:-1])
    users = [rest for step, rest in steps if step == "USER"]
    assert users == ["kb"]
    assert {"VOLUME", "HEALTHCHECK"} <= {step for step, _ in steps}


def test_compose_builds_that_image_beside_a_model_server():
    services = COMPOSE["services"]
    assert set(services) == {"kb", "model"}
    build = services["kb"]["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    assert services["kb"]["environment"]["KB_OPENAI_URL"].startswith("http://model:")
    assert all(port.startswith("127.0.0.1:") for port in services["kb"]["ports"])
    assert "ports" not in services["model"]
