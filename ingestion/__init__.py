"""Sources and landing: every response or file is on disk exactly as it was sent before a cursor moves."""
