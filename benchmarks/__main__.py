"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import bulk, dissect, docs, handshake, idle, issue, machine, pingpong, scale, startup, verify
from benchmarks.certificates import write_certificates
from benchmarks.contestants import NAMES, load
from benchmarks.options import Options
from benchmarks.plan import NAME, Plan
from benchmarks.result import Result
from benchmarks.worker import WorkerFailed

BENCHMARKS = {
    "bulk": bulk.run,
    "handshake": handshake.run,
    "pingpong": pingpong.run,
    "idle": idle.run,
    "startup": startup.run,
    "scale": scale.run,
    "verify": verify.run,
    "issue": issue.run,
    "dissect": dissect.run,
}


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 when a peer is not installed, for then ratios are missing."""
    wanted = _parser().parse_args(arguments)
    present, absent = _contestants()
    names = list(BENCHMARKS) if wanted.name == "all" else [wanted.name]
    with tempfile.TemporaryDirectory() as folder:
        write_certificates(Path(folder), NAME)
        options = Options(plan=Plan(folder=folder), contestants=tuple(present), quick=wanted.quick)
        results = [BENCHMARKS[name](options) for name in names]
    facts = machine.describe(present)
    print(_json(wanted.name, results, facts) if wanted.json else _text(results, facts))
    if wanted.write_docs:
        docs.write(results, facts)
    return 1 if absent else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", default="all", choices=[*BENCHMARKS, "all"])
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--quick", action="store_true", help="few rounds: for trying out, not for quoting")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/benchmarks.md")
    return parser


def _contestants() -> tuple[list[str], list[str]]:
    load("dojang")  # without it there is nothing to compare
    present, absent = [], []
    for name in NAMES:
        try:
            load(name)
            present.append(name)
        except ModuleNotFoundError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            absent.append(name)
    return present, absent


def _json(name: str, results: list[Result], facts: dict[str, str | int]) -> str:
    ratios = {key: round(value, 4) for result in results for key, value in result.ratios.items()}
    figures = {result.name: result.figures for result in results}
    found = {"name": name, "ratios": ratios, "figures": figures if name == "all" else figures[name], "machine": facts}
    return json.dumps(found, indent=2)


def _text(results: list[Result], facts: dict[str, str | int]) -> str:
    head = "\n".join(f"  {key}: {value}" for key, value in facts.items())
    return "\n\n".join([head, *(result.to_text() for result in results)])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkerFailed as error:
        sys.exit(f"the benchmark can't go on: {error}")
