"""The configuration: its schema, and which settings make two runs the same."""
