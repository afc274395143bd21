"""One module per command: from parsed arguments to output and an exit code."""
