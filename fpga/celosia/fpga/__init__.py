"""Boards: the accelerator behind a serial line, on an FPGA or simulated as one."""
