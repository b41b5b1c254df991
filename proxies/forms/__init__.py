"""What is asked of a proxy, of the rights that it bundles, and of its assignment."""
