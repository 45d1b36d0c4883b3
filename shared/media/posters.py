"""A neutral poster for videos of which nobody sent a frame."""

import io

from shared.media.images import JPEG, Rendered

_LONGEST, _SHORTEST = 1200, 64
_GROUND, _DISC, _MARK = (32, 38, 46), (70, 80, 94), (235, 238, 242)


def drawn(width: int, height: int) -> Rendered:
    """Draw a play mark on a plain ground, in the shape of a video.

    The same size always gives the same bytes: drawing again changes nothing.
    """
    from PIL import Image, ImageDraw, JpegImagePlugin

    # The import registers it; otherwise Pillow would import every plugin.
    assert JpegImagePlugin
    scale = min(1.0, _LONGEST / max(width, height))
    size = (max(_SHORTEST, round(width * scale)), max(_SHORTEST, round(height * scale)))
    image = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(image)
    x, y, radius = size[0] / 2, size[1] / 2, min(size) / 5
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_DISC)
    tip, side = radius * 0.55, radius * 0.5
    draw.polygon([(x - tip * 0.7, y - side), (x - tip * 0.7, y + side), (x + tip, y)], fill=_MARK)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return Rendered(out.getvalue(), JPEG, *size)
