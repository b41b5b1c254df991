"""A connection that takes, before each statement, the role of the current scope."""
