"""What is there for speed alone: the portal does the same without it."""
