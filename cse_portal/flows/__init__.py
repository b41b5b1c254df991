"""A procedure is a value: pages, and the one action that its transmission performs."""
