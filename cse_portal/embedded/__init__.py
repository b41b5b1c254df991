"""What a portal on one machine needs beside itself: PostgreSQL and a secret key."""
