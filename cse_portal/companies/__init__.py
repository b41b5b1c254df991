"""Isolation of companies: which company's rows the running code may see."""
