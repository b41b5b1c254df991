"""Base view, form fields and language of the pages."""
