"""Procedures: their pages, their drafts and their transmission."""
