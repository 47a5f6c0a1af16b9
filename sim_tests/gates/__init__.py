"""The hardware after synthesis, cell by cell: netlists of FPGA families in the benches of the RTL."""
