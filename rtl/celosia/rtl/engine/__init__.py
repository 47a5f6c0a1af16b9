"""The engines, each of which runs the commands of its queue: whole loop nests."""
