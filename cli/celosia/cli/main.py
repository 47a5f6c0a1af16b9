"""Entry point of the ``celosia`` command: the group of subcommands, and errors turned into exit codes."""

import gc
import sys
import warnings
from collections.abc import Sequence

import click
from amaranth.hdl import UnusedElaboratable

from celosia.cli.bench import bench
from celosia.cli.build import build
from celosia.cli.compile import compile_command
from celosia.cli.errors import BUILD_ERRORS, USER_ERRORS, explain
from celosia.cli.flash import flash
from celosia.cli.generate import generate
from celosia.cli.list import list_command
from celosia.cli.run import run
from celosia.cli.simulate import simulate
from celosia.runtime.simulation import EnvironmentProblem

EXIT_USER = 1
EXIT_CHECK = 2
EXIT_ENVIRONMENT = 3
EXIT_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="celosia")
def celosia() -> None:
    """Generate neural-network accelerators, and run int8 TFLite models on them, bit for bit.

    \b
    Exit codes: 0 done; 1 the input is at fault; 2 a check or a build failed;
    3 the environment lacks something; 130 interrupted.
    """


for command in (run, simulate, bench, generate, list_command, compile_command, build, flash):
    celosia.add_command(command)


def execute(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code. Errors are a line each on standard error, without traceback."""
    try:
        celosia.main(list(arguments), prog_name="celosia", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return _fail(error.format_message(), EXIT_USER)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", EXIT_INTERRUPTED)
    except EnvironmentProblem as error:
        return _fail(str(error), EXIT_ENVIRONMENT)
    except BUILD_ERRORS as error:
        return _fail(str(error), EXIT_CHECK)
    except USER_ERRORS as error:
        return _fail(explain(error).replace("\n", "\ncelosia: "), EXIT_USER)
    return 0


def _fail(message: str, code: int) -> int:
    click.echo(f"celosia: {message}", err=True)
    return code


def main() -> None:
    """Run as the console script."""
    # Hardware that an error left half built is no news beside the error.
    warnings.simplefilter("ignore", UnusedElaboratable)
    # A compiler keeps nearly all it makes: looking for garbage as often as Python does takes a fifth of its time.
    gc.set_threshold(200_000)
    sys.exit(execute(sys.argv[1:]))
