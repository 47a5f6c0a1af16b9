"""How a host reaches the accelerator: the address map and the ports of the memories."""
