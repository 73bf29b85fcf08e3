"""Floor 1: what the protocol asks of pyca/cryptography, a row per suite, group and scheme. No sockets, no states."""
