"""The simulated hardware as a device: the accelerator's own RTL, cycle by cycle."""

from celosia.runtime.rtl.design import accelerator_verilog
from celosia.runtime.rtl.device import RtlDevice

__all__ = ["RtlDevice", "accelerator_verilog"]
