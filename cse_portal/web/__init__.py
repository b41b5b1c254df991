"""Middleware, the web server's process, sessions, the security log and the admin site."""
