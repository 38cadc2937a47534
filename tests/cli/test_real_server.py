"""The openai writer through a real model server: `transformers serve`, with a tiny model that is
made here.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.patience import PATIENCE

TINY = Path(__file__).parents[1] / "tiny_model.py"
ANSWER = "Lanterns are lit at dusk [1]."
QUESTION = "when are lanterns lit?"
# A Python with torch and transformers[serving], where the one that runs the tests has none: they
# are large.
PYTHON = os.environ.get("KB_TEST_TRANSFORMERS_PYTHON", sys.executable)
NEEDS = ("torch", "transformers", "fastapi", "uvicorn", "openai")
LACKS = (
    f"import sys; from importlib.util import find_spec; sys.exit(not all(map(find_spec, {NEEDS})))"
)
STARTS_WITHIN = 90.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The base URL and the name of a model that a real server offers."""
    if subprocess.run([PYTHON, "-c", LACKS], capture_output=True, check=False).returncode:
        pytest.skip(
            "torch and transformers[serving] are not installed (extra gpu; or KB_TEST_TRANSFORMERS_PYTHON)"
        )
    folder = tmp_path_factory.mktemp("tiny") / "model"
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": "",
        "CUDA_VISIBLE_DEVICES": "",
    }
    subprocess.run([PYTHON, TINY, folder], check=True, capture_output=True, env=environment)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [
        Path(PYTHON).parent / "transformers",
        "serve",
        folder,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with (folder.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [*serve, "--device", "cpu"], stdout=log, stderr=log, env=environment
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1", str(folder)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def models_listed(url):
    """The models that the server lists; none where it can't."""
    try:
        with DIRECT.open(f"{url}/models", timeout=PATIENCE) as listed:
            return [model["id"] for model in json.load(listed)["data"]]
    except OSError:
        return []


def wait_for(url, process):
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            DIRECT.open(url, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.2)


def test_an_answer_streams_through_a_real_server(kb, served, folder):
    (folder / "lanterns.md").write_text("# Lanterns\n\nLanterns are lit at dusk.\n")
    kb("ingest", "-q", folder)
    url, model = served
    env = {"KB_OPENAI_URL": url, "KB_OPENAI_MODEL": model, "NO_PROXY": "127.0.0.1"}
    run = kb("ask", "--writer", "openai", "--format", "json", QUESTION, env=env)
    assert (run.code, run.err) == (0, "")
    given = run.json
    assert (given["status"], given["answer"], given["writer"]) == (
        "answered",
        ANSWER,
        f"openai:{model}",
    )
    assert [(each["n"], each["quote"]) for each in given["citations"]] == [
        (1, "Lanterns are lit at dusk.")
    ]
    run = kb("ask", "--writer", "openai", QUESTION, env=env)
    assert (run.code, run.out.split("\n")[0]) == (0, ANSWER)
    healthy = kb("doctor", "--json", env=env)
    assert {"part": "writer", "problem": ""} in healthy.json["checks"]


def test_without_a_name_the_model_is_the_one_listed_or_one_is_to_be_named(kb, served, folder):
    (folder / "lanterns.md").write_text("# Lanterns\n\nLanterns are lit at dusk.\n")
    kb("ingest", "-q", folder)
    url, model = served
    run = kb(
        "ask", "--writer", "openai", QUESTION, env={"KB_OPENAI_URL": url, "NO_PROXY": "127.0.0.1"}
    )
    # Releases of the server differ: offline, one lists the model that it serves, another answers
    # 500.
    if listed := models_listed(url):
        assert listed[0] == model
        assert (run.code, run.out.split("\n")[0]) == (0, ANSWER)
    else:
        assert (run.code, run.out) == (1, "")
        assert "name one: openai_model" in run.err
