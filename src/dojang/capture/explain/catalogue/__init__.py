"""Prose for everything a capture can show, in Korean and English, keyed by what it explains.

Plain tables, no code: (Korean, English). `dojang.capture.explain.prose` looks things up; a test keeps them complete.
"""
