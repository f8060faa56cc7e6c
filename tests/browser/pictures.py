"""Pictures small enough to keep: PNGs with a palette of their own colours."""

from io import BytesIO
from pathlib import Path

from PIL import Image


def save_small(png: bytes, path: Path, *, colours: int = 96) -> None:
    """Write the picture with at most `colours` colours; flat surfaces look the same, and a
    quarter of the bytes is left.
    """
    picture = Image.open(BytesIO(png)).convert("RGB")
    small = picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
