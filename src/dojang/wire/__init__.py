"""Floor 0: bytes to values and back. No policy, no cryptography, no state."""
