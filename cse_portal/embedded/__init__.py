"""PostgreSQL and a secret key for a portal on a single machine, such as the sandbox."""
