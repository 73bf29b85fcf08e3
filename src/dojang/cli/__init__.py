"""FLOOR 5: the command line, a file per command. Its prose stands in Korean and in English, side by side."""
