"""Reading a capture of TLS 1.3 handshakes with its key log: dojang against tshark, scapy and pyshark, each a process.

Each reads every packet, opens what is protected and looks at every handshake message's type. scapy and pyshark are
slow enough that they get a shorter capture; packets per second are compared.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from statistics import median
from time import perf_counter

from benchmarks.options import Options
from benchmarks.recording import Recorded, record
from benchmarks.result import Result
from benchmarks.worker import WorkerFailed, interleave

__all__ = ["run"]

_LONG, _SHORT = 2000, 500
_PATIENCE = 600

_DOJANG = """
import sys
from dojang.capture.conversation import conversations
from dojang.capture.pcap import CaptureFile
from dojang.capture.secrets import Secrets
from dojang.capture.steps import Message
secrets = Secrets()
secrets.add_keylog(open(sys.argv[2], "rb").read())
print(sum(s.value is not None for c in conversations(CaptureFile(sys.argv[1]), secrets) for s in c.tls.steps
          if isinstance(s, Message)))
"""
_SCAPY = """
import sys
from scapy.all import conf, load_layer, sniff
load_layer("tls")
conf.tls_session_enable = True
conf.tls_nss_filename = sys.argv[2]
from scapy.layers.tls.handshake import _TLSHandshake
from scapy.layers.tls.record import TLS
from scapy.layers.tls.session import TLSSession
found = 0
for packet in sniff(offline=sys.argv[1], session=TLSSession, quiet=True):
    if TLS in packet:
        layer = packet[TLS]
        while layer:
            found += sum(isinstance(m, _TLSHandshake) for m in getattr(layer, "msg", ()))
            layer = layer.payload.getlayer(TLS)
print(found)
"""
_PYSHARK = """
import sys, pyshark
capture = pyshark.FileCapture(sys.argv[1], override_prefs={"tls.keylog_file": sys.argv[2]}, keep_packets=False)
found = 0
for packet in capture:
    if "TLS" in packet:
        found += len(packet.tls.handshake_type.all_fields) if hasattr(packet.tls, "handshake_type") else 0
capture.close()
print(found)
"""


def run(options: Options) -> Result:
    long = record(options.plan, options.amount(_LONG), "long")
    short = record(options.plan, options.amount(_SHORT), "short")
    readers = _readers()
    samples: dict[str, list[float]] = {name: [] for name in readers}
    tasks = []
    for name, command in readers.items():
        capture = short if name in ("scapy", "pyshark") else long
        tasks.append(partial(_sample, command, capture, samples[name]))
    for command in readers.values():
        _sample(command, short, [])  # files are in the system's cache
    interleave(options.rounds(3), tasks)
    sizes = {name: short if name in ("scapy", "pyshark") else long for name in readers}
    figures = {name: _figures(sizes[name], median(samples[name])) for name in readers}
    ratios = {
        f"dissect_vs_{name}": figures["dojang"]["packets/s"] / figures[name]["packets/s"]
        for name in readers
        if name != "dojang"
    }
    note = f"{long.handshakes} TLS 1.3 handshakes with key log, whole process"
    return Result(name="dissect", ratios=ratios, figures=figures, note=note)


def _readers() -> dict[str, Callable[[Recorded], list[str]]]:
    """Name to the command line; what is not installed is left out."""
    found: dict[str, Callable[[Recorded], list[str]]] = {"dojang": partial(_script, _DOJANG)}
    if shutil.which("tshark"):
        found["tshark"] = _tshark
        if find_spec("pyshark"):
            found["pyshark"] = partial(_script, _PYSHARK)
    if find_spec("scapy"):
        found["scapy"] = partial(_script, _SCAPY)
    return found


def _script(text: str, recorded: Recorded) -> list[str]:
    return [sys.executable, "-c", text, str(recorded.capture), str(recorded.keylog)]


def _tshark(recorded: Recorded) -> list[str]:
    preference = f"tls.keylog_file:{recorded.keylog}"
    return ["tshark", "-n", "-r", str(recorded.capture), "-o", preference, "-T", "fields", "-e", "tls.handshake.type"]


def _sample(command: Callable[[Recorded], list[str]], recorded: Recorded, into: list[float]) -> None:
    start = perf_counter()
    ended = subprocess.run(command(recorded), capture_output=True, text=True, timeout=_PATIENCE, check=False)
    seconds = perf_counter() - start
    messages = sum(len(line.split(",")) if "," in line else int(line or 0) > 0 for line in ended.stdout.split())
    if ended.returncode or not messages:
        raise WorkerFailed(f"a reader of captures failed: {ended.stderr[-400:]}")
    into.append(seconds)


def _figures(recorded: Recorded, seconds: float) -> dict[str, float]:
    return {
        "packets/s": recorded.packets / seconds,
        "MB/s": recorded.size / seconds / 1e6,
        "seconds": seconds,
        "handshakes": float(recorded.handshakes),
    }
