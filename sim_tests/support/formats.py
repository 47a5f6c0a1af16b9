"""From the formats of components to those of benches."""

from amaranth.hdl import Shape

from celosia.rtl.mac.operand import Format
from sim_tests.support import numbers


def bench_format(form: Format) -> numbers.Format:
    """What ``sim_tests.support.numbers`` calls the same format."""
    if not isinstance(form, Shape):
        return 1, "b"
    return form.width, "s" if form.signed else "u"


def identifier(value: object) -> str:
    """A short name for a parameter of a test, formats as users write them."""
    if isinstance(value, Shape):
        return f"{'s' if value.signed else 'u'}{value.width}"
    if isinstance(value, tuple):
        return "x".join(identifier(part) for part in value)
    return "b1" if isinstance(value, type) else str(value)
