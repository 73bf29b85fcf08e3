"""The server's side of the handshake."""
