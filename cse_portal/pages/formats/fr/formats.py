"""Dates in words, as French writes them: 22 novembre 2029, 14 h 05."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = r"j F Y, G \h i"
