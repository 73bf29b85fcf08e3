"""Korean for what engine says."""

SENTENCES: dict[str, str] = {}
