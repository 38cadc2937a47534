"""How long tests wait. A machine may be slow, and busy with other work: no test fails for that."""

from __future__ import annotations

# Seconds for what is to end at all: so long that only what hangs is ended.
PATIENCE = 600.0
# Seconds for what is not to wait for something else; what that is takes at least half as long again.
SOON = 20.0
