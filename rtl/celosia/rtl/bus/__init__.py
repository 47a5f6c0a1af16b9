"""How a host reaches the accelerator: address map, host port, serial link, bridges from system buses."""
