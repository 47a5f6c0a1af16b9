"""The systolic array: a mesh of processing elements and the skew that feeds it."""
