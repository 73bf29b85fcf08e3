"""Floor 3: TLS without I/O. Bytes in, bytes out, events out."""
