"""Small pictures in the terminal."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.text import Text


def draw_image(pixels: NDArray[Any]) -> Text:
    """A grey picture (rows x columns, any range) as coloured half blocks: two pixel rows in a line of text."""
    low, high = float(pixels.min()), float(pixels.max())
    grey = ((pixels.astype(float) - low) / ((high - low) or 1) * 255).astype(np.uint8)
    if len(grey) % 2:
        grey = np.vstack([grey, np.zeros((1, grey.shape[1]), np.uint8)])
    # Each pixel is two characters wide and one half block high, so it is roughly square.
    text = Text()
    for upper, lower in zip(grey[0::2], grey[1::2], strict=True):
        for top, bottom in zip(upper, lower, strict=True):
            text.append("▀", style=f"rgb({top},{top},{top}) on rgb({bottom},{bottom},{bottom})")
        text.append("\n")
    return text


def draw_plain(pixels: NDArray[Any]) -> str:
    """The same picture in characters, for output that is not a terminal."""
    shades = " .:-=+*#%@"
    low, high = float(pixels.min()), float(pixels.max())
    level = ((pixels.astype(float) - low) / ((high - low) or 1) * (len(shades) - 1)).round().astype(int)
    return "\n".join("".join(shades[value] * 2 for value in row) for row in level)
