"""Devices that run compiled programs: all offer the same host port, whatever stands behind it."""
