"""From a quantised model to a program: import, graph, passes, commands."""
