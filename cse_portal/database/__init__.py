"""The way to PostgreSQL: its address, the pool of connections, a server that is away."""
