"""Where the published captures are: DOJANG_VECTORS, else ../shared/vectors beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dojang.capture.conversation import Conversation, conversations
from dojang.capture.pcap import CaptureFile
from dojang.capture.secrets import Secrets

ROOT = Path(__file__).parents[2]
VECTORS = Path(os.environ.get("DOJANG_VECTORS") or ROOT.parent / "shared" / "vectors") / "captures"
_OTHER = (".json", ".keylog")

CAPTURES = sorted(p for p in VECTORS.glob("*/*") if p.suffix not in _OTHER) if VECTORS.is_dir() else []
NAMES = [path.name for path in CAPTURES]

needs_captures = pytest.mark.skipif(not CAPTURES, reason=f"no published captures in {VECTORS} (set DOJANG_VECTORS)")


def capture(name: str) -> Path:
    """The path of a published capture; skips where there is none."""
    found = next((path for path in CAPTURES if path.name == name), None)
    if found is None:
        pytest.skip(f"{name} is not in {VECTORS} (set DOJANG_VECTORS)")
    return found


def dissect(path: Path, keylog: bytes = b"", secrets: Secrets | None = None) -> list[Conversation]:
    """Every conversation of a capture, in its order."""
    secrets = secrets or Secrets()
    secrets.add_keylog(keylog)
    return sorted(conversations(CaptureFile(path), secrets), key=lambda c: c.number)
