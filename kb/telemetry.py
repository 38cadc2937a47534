"""Telemetry that libraries send to their makers. All of it is switched off here.

`import kb` does it, so that it comes before any of those libraries is loaded, in every process: the
command, the workers that read files, and programs which use kb as a library. What a user has set to
the contrary does not count: kb promises that nothing is sent unless a server is configured.
"""

from __future__ import annotations

import os

_SWITCHES = {
    # onnxruntime 1.30 and later, which reads it once, when it is loaded. Else it looks up its
    # maker's server every few seconds, and keeps a number for this machine, and what it has not
    # sent yet, in the cache folder.
    "ORT_DISABLE_TELEMETRY": "1",
    # huggingface_hub, and by it transformers and sentence-transformers.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # What libraries have agreed on: https://donottrack.sh
    "DO_NOT_TRACK": "1",
}


def switch_off() -> None:
    """Switch telemetry off in this process, and in those that it starts, through the environment."""
    os.environ.update(_SWITCHES)
