"""The colours of the flights, the same in every picture and file."""

COLOURS = ("#1f6f8b", "#b5541c", "#5b7f1f", "#7a3e8e", "#9a7b00", "#b03060")
"""Told apart also by those who do not see red from green; the flights are numbered besides."""
