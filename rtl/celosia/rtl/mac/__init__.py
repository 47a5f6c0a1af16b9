"""Multiply-accumulate units: the pieces that a vendor's primitives may one day replace."""
