"""Adding a root to what a machine trusts, and taking it back exactly: one file for each kind of store."""
