"""Dates in words, as English writes them here: November 22, 2029, 2:05 p.m."""

DATE_FORMAT = "F j, Y"
DATETIME_FORMAT = "F j, Y, g:i a"
