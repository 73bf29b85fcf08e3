"""Certificates: who vouches for whom, issued and judged. Usable alone, without the TLS engine."""
