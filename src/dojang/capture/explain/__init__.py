"""The explanation of a conversation: one record, read by the terminal, by JSON and by the page alike."""
