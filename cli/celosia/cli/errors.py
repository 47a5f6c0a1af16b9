"""Which exceptions are the user's input or device at fault, and how they read."""

from celosia.compiler.errors import CompileError
from celosia.compiler.tflite_import import ModelError
from celosia.rtl.config import ConfigurationError
from celosia.runtime.device import DeviceError
from celosia.runtime.simulation.environment import BuildError


class InputError(ValueError):
    """Something the user gave to the command line cannot be used; the message says what and why."""


class CheckFailed(RuntimeError):
    """The result differs from the reference, or does not meet what was asked for."""


#: Exceptions that end in exit code 2.
BUILD_ERRORS = (CheckFailed, BuildError)


#: Exceptions that end in exit code 1.
USER_ERRORS = (InputError, ConfigurationError, ModelError, CompileError, DeviceError, OSError)


def explain(error: BaseException) -> str:
    """One line a user can act on."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
