"""Real peers on loopback: each TLS stack this machine has, as client and as server, against dojang."""
