"""A million packets for the serial link."""
