"""Korean for what wire says."""

SENTENCES: dict[str, str] = {}
