"""The `celosia` command: one file per subcommand."""
