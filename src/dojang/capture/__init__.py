"""Floor 4: what others sent, read from captures. Never runs the engine, never opens a socket."""
