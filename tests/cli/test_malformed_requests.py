"""`kb serve` against requests that schemathesis makes up from its OpenAPI page: no 500."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from serving import serving

from tests.conftest import Cli
from tests.patience import PATIENCE

_NO_DATABASE = {"database": None, "derandomize": True, "deadline": None}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server without tokens, over a home in which something is found and reviewed."""
    root = tmp_path_factory.mktemp("malformed")
    (root / "notes").mkdir()
    (root / "notes" / "lanterns.md").write_text(
        "# Lanterns\n\nLanterns are lit at dusk.\n", "utf-8"
    )
    kb = Cli(root / "home")
    assert kb("ingest", "-q", root / "notes").code == 0
    with serving(kb, env={"KB_SERVER_RATE": "0"}) as opened:
        yield opened


def replies(served, examples):
    """Path and status of the replies to so many requests of each route, half of them malformed on
    purpose.
    """
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json", timeout=PATIENCE)
    seen = []
    with requests.Session() as session:
        session.trust_env = False
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in modes(operation):
                send_all(operation.as_strategy(generation_mode=mode), examples, session, seen)
    return seen


def modes(operation):
    """Any text is a good name in a path, so only bodies and queries can be malformed."""
    is_malformable = operation.body or operation.query
    return list(GenerationMode) if is_malformable else [GenerationMode.POSITIVE]


def send_all(cases, examples, session, seen):
    @settings(
        max_examples=examples, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        **_NO_DATABASE,
    )  # fmt: skip
    @given(cases)
    def send(case):
        reply = case.call(session=session, timeout=PATIENCE)
        seen.append((case.operation.path, reply.status_code))
        assert reply.status_code < 500, (case.as_curl_command(), reply.text)

    send()


def check(served, examples):
    seen = replies(served, examples)
    assert "bug in kb" not in served.log
    assert served.get("/health").status_code == 200
    assert {200, 404, 422} <= {status for _, status in seen}
    assert {"/v1/ask", "/v1/chat/completions", "/v1/responses"} <= {path for path, _ in seen}
    return seen


def test_no_request_fails_within_the_server(served):
    assert len(check(served, 8)) > 100


@pytest.mark.slow
def test_no_request_of_a_thousand_fails_within_the_server(served):
    assert len(check(served, 90)) >= 1000
