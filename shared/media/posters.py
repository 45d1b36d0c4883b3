"""A neutral poster for videos of which nobody sent a frame."""

import io

from shared.media.images import JPEG, Rendered

_LONGEST, _SHORTEST = 1200, 64
_GROUND, _DISC, _MARK = (32, 38, 46), (70, 80, 94), (235, 238, 242)
# Shapes are drawn at this size and scaled, which also smooths their edges.
_GRID = 192


def drawn(width: int, height: int) -> Rendered:
    """Draw a play mark on a plain ground, in the shape of a video.

    The same size always gives the same bytes: drawing again changes nothing. Only Pillow's
    core is used, since bundles lack its drawing modules.
    """
    from PIL import Image, JpegImagePlugin

    # The import registers it; otherwise Pillow would import every plugin.
    assert JpegImagePlugin
    scale = min(1.0, _LONGEST / max(width, height))
    size = (max(_SHORTEST, round(width * scale)), max(_SHORTEST, round(height * scale)))
    image = Image.new("RGB", size, _GROUND)
    side = 2 * min(size) // 5
    corner = ((size[0] - side) // 2, (size[1] - side) // 2)
    for colour, shape in ((_DISC, _disc()), (_MARK, _triangle())):
        mask = Image.frombytes("L", (_GRID, _GRID), shape).resize((side, side))
        image.paste(colour, (*corner, corner[0] + side, corner[1] + side), mask)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return Rendered(out.getvalue(), JPEG, *size)


def _disc() -> bytes:
    """Return a mask of the largest disc."""
    middle = (_GRID - 1) / 2
    return bytes(
        255 * ((x - middle) ** 2 + (y - middle) ** 2 <= middle**2)
        for y in range(_GRID)
        for x in range(_GRID)
    )


def _triangle() -> bytes:
    """Return a mask of a triangle that points to the right."""
    left, tip, middle = _GRID * 0.37, _GRID * 0.74, (_GRID - 1) / 2
    return bytes(
        255 * (left <= x <= tip and abs(y - middle) <= (tip - x) * 0.62)
        for y in range(_GRID)
        for x in range(_GRID)
    )
