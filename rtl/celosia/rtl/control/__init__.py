"""Command fetch, queues, timeline, registers and counters."""
