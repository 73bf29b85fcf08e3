"""The plan of the house: imports point down, and the core stands on the stdlib and `cryptography` alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "dojang"

FLOORS = {
    "errors": 0,
    "wire": 0,
    "crypto": 1,
    "pki": 2,
    "engine": 3,
    "net": 4,
    "ssl": 4,
    "capture": 4,
    "cli": 5,
    "web": 5,
    "lab": 5,
}
FACADE = ("__init__", "__main__")  # they only hand on what the floors offer
CORE = ("errors", "wire", "crypto", "pki", "engine", "net", "ssl")
EXTRAS = {
    "net/redis_stores.py": "redis",
    "pki/sql_database.py": "sqlalchemy",
}  # nobody imports these but whoever asks for the extra by name
CALLS_PRIMITIVES = ("crypto", "pki")
SIDEWAYS = (0, 5)  # errors and wire know each other's numbers; a command may start a page or a scenario


class Import(NamedTuple):
    file: Path
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(SOURCE.parents[1])}:{self.line} imports {self.target}"

    @property
    def importer(self) -> str:
        """The part of the house the file belongs to: ``engine``, ``ssl``."""
        return self.file.relative_to(SOURCE).parts[0].removesuffix(".py")

    @property
    def imported(self) -> str | None:
        """The part of the house it asks for, None where that lies outside."""
        parts = self.target.split(".")
        return parts[1] if parts[0] == "dojang" and len(parts) > 1 else None


def all_imports() -> list[Import]:
    files = sorted(SOURCE.rglob("*.py"))
    return [found for file in files for found in imports_of(file, file.read_text(encoding="utf-8"))]


def imports_of(file: Path, text: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (Import(file, node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(file, node.lineno, target) for target in targets_of(file, node))


def targets_of(file: Path, node: ast.ImportFrom) -> list[str]:
    module = absolute_module(file, node)
    return [f"dojang.{name.name}" for name in node.names] if module == "dojang" else [module]


def absolute_module(file: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = ("dojang", *file.relative_to(SOURCE).parent.parts)
    base = package[: len(package) - node.level + 1]
    return ".".join((*base, node.module) if node.module else base)


def points_up(found: Import) -> bool:
    if found.imported is None or found.importer in FACADE:
        return False
    if found.imported == found.importer:
        return False
    if found.imported not in FLOORS:
        return True  # the facade itself, or a part without a floor
    here, there = FLOORS[found.importer], FLOORS[found.imported]
    return there > here or (there == here and here not in SIDEWAYS)


def leaves_core(found: Import) -> bool:
    if found.importer not in CORE:
        return False
    root = found.target.split(".")[0]
    if root == "dojang" or root in sys.stdlib_module_names:
        return False
    if EXTRAS.get(found.file.relative_to(SOURCE).as_posix()) == root:
        return False
    return root != "cryptography" or FLOORS[found.importer] == 0


def test_every_part_of_the_house_has_a_floor() -> None:
    parts = {file.relative_to(SOURCE).parts[0].removesuffix(".py") for file in SOURCE.rglob("*.py")}
    assert parts - set(FACADE) <= set(FLOORS)


def test_no_import_points_up_a_floor() -> None:
    assert not [str(found) for found in all_imports() if points_up(found)]


def test_the_core_stands_on_the_stdlib_and_cryptography() -> None:
    assert not [str(found) for found in all_imports() if leaves_core(found)]


def test_the_core_does_not_import_what_needs_an_extra() -> None:
    modules = {f"dojang.{name.removesuffix('.py').replace('/', '.')}" for name in EXTRAS}
    assert not [str(found) for found in all_imports() if found.importer in CORE and found.target in modules]


def test_primitives_are_called_on_the_crypto_floor() -> None:
    """pki/ signs certificates and reads keys; above it nobody touches a primitive."""
    outside = (f for f in all_imports() if f.importer not in CALLS_PRIMITIVES)
    primitives = ("cryptography.hazmat.primitives.ciphers", "cryptography.hazmat.primitives.kdf")
    assert not [str(f) for f in outside if f.target.startswith(primitives)]


def test_capture_reads_what_it_is_given_and_never_runs_the_engine() -> None:
    assert not [str(f) for f in all_imports() if f.importer == "capture" and f.imported in ("engine", "net")]


@pytest.mark.parametrize(
    ("file", "line", "verdict"),
    [
        ("wire/hello.py", "from dojang.engine.config import ClientConfig", True),
        ("wire/hello.py", "from ..engine import config", True),
        ("engine/flight.py", "import dojang.net.blocking", True),
        ("net/blocking.py", "from dojang import ssl", True),
        ("net/blocking.py", "from .. import ssl", True),
        ("engine/client/hello.py", "from dojang.wire.hello import ClientHello", False),
        ("engine/client/hello.py", "from ..flight import expect", False),
        ("cli/serve.py", "from dojang.web.pages import page", False),
        ("pki/path.py", "import datetime", False),
    ],
)
def test_the_check_itself_can_tell(file: str, line: str, verdict: bool) -> None:
    assert [points_up(found) for found in imports_of(SOURCE / file, line)] == [verdict]


@pytest.mark.parametrize(
    ("file", "line", "verdict"),
    [
        ("wire/codec.py", "from cryptography import x509", True),
        ("crypto/hkdf.py", "from cryptography.hazmat.primitives import hashes", False),
        ("net/aio.py", "import trio", True),
        ("net/aio.py", "import asyncio", False),
        ("capture/pcap.py", "import dpkt", False),
    ],
)
def test_the_check_of_the_core_can_tell(file: str, line: str, verdict: bool) -> None:
    assert [leaves_core(found) for found in imports_of(SOURCE / file, line)] == [verdict]
