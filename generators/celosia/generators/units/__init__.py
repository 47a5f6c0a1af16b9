"""Registrations of units: a file for each family, each with its ``UNITS``."""
