"""On-chip memories: the RAM they are all made of, and one component for each region of the machine."""
