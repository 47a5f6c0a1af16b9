"""The parts of the page that `celosia bench --html` writes: markup, style and script, put into one file."""
