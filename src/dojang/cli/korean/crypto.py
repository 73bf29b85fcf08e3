"""Korean for what crypto says."""

SENTENCES: dict[str, str] = {}
