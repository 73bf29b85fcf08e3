"""Verifying a chain of three certificates, cold and warm, against pyca's verifier and OpenSSL's.

Cold is cold: each round verifies chains that this process has never seen, made for the run, all below one root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store

from benchmarks.certificates import intermediate_and_leaf
from benchmarks.options import Options
from benchmarks.plan import NAME
from benchmarks.result import Result, Rows
from benchmarks.worker import interleave

__all__ = ["run"]

Chain = tuple[bytes, bytes]
_COLD, _WARM = "cold us", "warm us"
_COUNT = 40


def run(options: Options) -> Result:
    root_pem = Path(options.plan.root).read_bytes()
    root = x509.load_pem_x509_certificate(root_pem)
    key = load_pem_private_key(Path(options.plan.folder, "root-key.pem").read_bytes(), None)
    samples: dict[str, dict[str, list[float]]] = {}
    names = {"dojang": _dojang, "pyca": _pyca}
    if "pyopenssl" in options.contestants:
        names["openssl"] = _openssl
    measures = []
    for name, make in names.items():
        samples[name] = {_COLD: [], _WARM: []}
        measures.append(partial(_sample, make(root), root, key, samples[name]))
    interleave(options.rounds(21), measures)
    figures: Rows = {name: {column: median(found) for column, found in row.items()} for name, row in samples.items()}
    ratios = {f"cold_vs_{peer}": figures[peer][_COLD] / figures["dojang"][_COLD] for peer in names if peer != "dojang"}
    ratios |= {f"warm_vs_{peer}": figures[peer][_WARM] / figures["dojang"][_WARM] for peer in names if peer != "dojang"}
    note = "leaf, intermediate and root, ECDSA P-256, with the name checked; CPU time of one verification from DER"
    return Result(name="verify", ratios=ratios, figures=figures, note=note)


def _sample(verify: Callable[[Chain], bool], root: x509.Certificate, key: object, into: dict[str, list[float]]) -> None:
    chains = [intermediate_and_leaf(NAME, root, key) for _ in range(_COUNT)]
    ders: Sequence[Chain] = [
        (leaf.public_bytes(Encoding.DER), above.public_bytes(Encoding.DER)) for leaf, above in chains
    ]
    for column in (_COLD, _WARM):
        begun = process_time()
        ok = [verify(chain) for chain in ders]
        into[column].append((process_time() - begun) / len(ders) * 1e6)
        if not all(ok):
            raise RuntimeError("a chain that holds was refused")


def _dojang(root: x509.Certificate) -> Callable[[Chain], bool]:
    from dojang.pki.store import TrustStore
    from dojang.pki.verify import verify

    store = TrustStore.from_pyca([root])
    return lambda chain: verify(chain, store, name=NAME).ok


def _pyca(root: x509.Certificate) -> Callable[[Chain], bool]:
    """From bytes, as a TLS stack has them; the verifier is made once."""
    verifier = PolicyBuilder().store(Store([root])).build_server_verifier(x509.DNSName(NAME))

    def verify(chain: Chain) -> bool:
        leaf, above = map(x509.load_der_x509_certificate, chain)
        return len(verifier.verify(leaf, [above])) == 3

    return verify


def _openssl(root: x509.Certificate) -> Callable[[Chain], bool]:
    """X509_verify_cert; the name is not checked by it, to its advantage."""
    from OpenSSL import crypto

    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(root))

    def verify(chain: Chain) -> bool:
        leaf, above = (crypto.load_certificate(crypto.FILETYPE_ASN1, each) for each in chain)
        crypto.X509StoreContext(store, leaf, [above]).verify_certificate()
        return True

    return verify
