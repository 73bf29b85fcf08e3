"""The client's side of the handshake."""
