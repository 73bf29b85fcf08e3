"""The tests mirror src/dojang file for file."""
