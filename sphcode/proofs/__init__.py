"""The checker: exact and ball arithmetic; shares no code with what it checks."""
