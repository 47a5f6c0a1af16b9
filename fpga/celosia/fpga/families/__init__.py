"""What differs between FPGA families: primitives, tools and their options, one file a family."""
