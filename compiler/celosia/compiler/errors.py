"""What can be wrong with a model for a given machine; every message is made for the user."""


class CompileError(ValueError):
    """A model that cannot be compiled, or a compiled program that cannot be used."""


class UnsupportedError(CompileError):
    """Operators without a hardware form: one line each, with operator, output tensor and reason."""


class CapacityError(CompileError):
    """Resources that a model exceeds: one line each, with the option that would help."""


class ProgramFileError(CompileError):
    """A file that holds no program of this version."""
