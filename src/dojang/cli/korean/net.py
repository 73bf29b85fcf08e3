"""Korean for what net says."""

SENTENCES: dict[str, str] = {}
