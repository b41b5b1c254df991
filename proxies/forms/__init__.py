"""Forms about a proxy, its rights and its assignment."""
