"""NumPy integer kernels: the definition of every result, equal to TFLite Micro's reference kernels."""
