"""Middleware, sessions, the security log and the admin site."""
