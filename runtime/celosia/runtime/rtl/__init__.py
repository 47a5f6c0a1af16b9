"""The simulated hardware as a device: the accelerator's own RTL, cycle by cycle."""

from celosia.runtime.rtl.design import accelerator_verilog
from celosia.runtime.rtl.device import RtlDevice
from celosia.runtime.rtl.events import Event, read_events

__all__ = ["Event", "RtlDevice", "accelerator_verilog", "read_events"]
