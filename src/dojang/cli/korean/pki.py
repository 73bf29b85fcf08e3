"""Korean for what pki says."""

SENTENCES: dict[str, str] = {}
