"""Comparisons of dojang with other TLS stacks of the Python world, as ratios measured in one run.

`python -m benchmarks NAME` with NAME in bulk, handshake, pingpong, idle, startup, or all; docs/benchmarks.md has the
method.
"""
