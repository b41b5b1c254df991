"""Whose rows the code that runs now may see: the first wall, the second, and the locks."""
