"""Commands that may take long: progress, a clean end, and the last run on record."""
