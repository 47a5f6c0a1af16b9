"""Measurements behind pages of the documentation; each module writes its page to standard output."""
