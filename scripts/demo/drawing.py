"""Pictures of the demo community, drawn when they are needed.

Nothing is random: the same picture comes out each time.
"""

import io
import math

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

# Sky at the top, sky at the bottom, sun, land, bird.
PALETTES: dict[str, tuple[Colour, Colour, Colour, Colour, Colour]] = {
    "mira": ((60, 64, 122), (238, 170, 134), (255, 214, 130), (43, 52, 74), (24, 26, 40)),
    "tobias": ((231, 205, 165), (250, 238, 214), (214, 138, 70), (150, 96, 55), (92, 56, 32)),
    "amara": ((245, 121, 78), (255, 205, 120), (255, 244, 200), (92, 38, 66), (54, 20, 42)),
    "kenji": ((160, 200, 204), (232, 240, 232), (226, 88, 74), (60, 104, 92), (26, 58, 66)),
    "ruth": ((120, 148, 118), (222, 226, 190), (246, 232, 160), (66, 84, 54), (30, 40, 28)),
    "leo": ((38, 104, 150), (160, 212, 224), (255, 226, 150), (18, 66, 104), (10, 34, 60)),
    "nadia": ((84, 126, 170), (190, 216, 224), (250, 240, 210), (40, 112, 120), (18, 58, 70)),
    "otto": ((22, 28, 54), (84, 98, 140), (255, 238, 170), (12, 16, 34), (240, 240, 232)),
    "salma": ((222, 176, 206), (250, 226, 214), (240, 118, 106), (130, 74, 120), (70, 34, 72)),
    "finn": ((110, 130, 146), (206, 214, 214), (236, 236, 220), (70, 88, 84), (32, 46, 52)),
    "ines": ((72, 60, 150), (190, 170, 230), (255, 194, 75), (48, 38, 110), (26, 20, 66)),
    "paul": ((96, 150, 130), (216, 236, 214), (255, 230, 150), (48, 98, 84), (22, 56, 50)),
}


def avatar(name: str, size: int = 400) -> bytes:
    """Return a bird on a sky of the person's colours (PNG)."""
    sky, low, sun, land, bird = PALETTES[name]
    picture = _sky((size, size), sky, low)
    draw = ImageDraw.Draw(picture)
    turn = sum(name.encode()) % 5 - 2
    middle = size // 2 + turn * size // 40
    draw.ellipse(_round(size * 0.74, size * 0.26, size * 0.13), fill=sun)
    draw.ellipse(_round(size * 0.5, size * 1.12, size * 0.5), fill=land)
    draw.ellipse(_round(middle, size * 0.66, size * 0.25), fill=bird)
    draw.ellipse(_round(middle, size * 0.42, size * 0.17), fill=bird)
    beak = [(middle + size * 0.14, size * 0.37), (middle + size * 0.36, size * 0.44),
            (middle + size * 0.13, size * 0.48)]  # fmt: skip
    draw.polygon(beak, fill=sun)
    draw.ellipse(_round(middle + size * 0.06, size * 0.39, size * 0.038), fill=(255, 255, 250))
    draw.ellipse(_round(middle + size * 0.07, size * 0.39, size * 0.018), fill=(20, 20, 26))
    return _png(picture)


def banner(name: str) -> bytes:
    """Return a wide landscape of the person's colours (PNG)."""
    return _png(_landscape((1500, 500), name, birds=9))


def scene(name: str) -> bytes:
    """Return a landscape for a post (PNG)."""
    return _png(_landscape((1200, 800), name, birds=5))


def flood_map() -> bytes:
    """Return a map of a delta (PNG)."""
    picture = Image.new("RGB", (1200, 900), (236, 230, 206))
    draw = ImageDraw.Draw(picture)
    for depth, colour in enumerate(((176, 208, 226), (116, 170, 208), (52, 110, 166))):
        for arm in range(5):
            for y in range(0, 960, 4):
                x = 600 + (arm - 2) * y * 0.28 + 40 * math.sin(y / 70 + arm)
                width = max(4.0, (120 - depth * 42) * (0.25 + y / 900))
                draw.ellipse(_round(x, y, width / 2), fill=colour)
    for line in range(0, 1200, 150):
        draw.line((line, 0, line, 900), fill=(206, 200, 180))
        draw.line((0, line, 1200, line), fill=(206, 200, 180))
    return _png(picture)


def tide(frames: int = 16) -> bytes:
    """Return a moving picture of a rising and falling tide (GIF)."""
    drawn = []
    for number in range(frames):
        picture = _sky((480, 270), (160, 200, 226), (238, 240, 226))
        draw = ImageDraw.Draw(picture)
        level = 170 + 34 * math.cos(2 * math.pi * number / frames)
        draw.rectangle((352, 60, 372, 270), fill=(120, 84, 60))
        for mark in range(70, 270, 20):
            draw.line((352, mark, 372, mark), fill=(250, 246, 230), width=3)
        wave = [(x, level + 5 * math.sin(x / 26 + number)) for x in range(0, 481, 6)]
        draw.polygon([(0, 270), *wave, (480, 270)], fill=(38, 104, 150))
        drawn.append(picture.quantize(64))
    out = io.BytesIO()
    drawn[0].save(out, "GIF", save_all=True, append_images=drawn[1:], loop=0, duration=110)
    return out.getvalue()


def _landscape(size: tuple[int, int], name: str, birds: int) -> Image.Image:
    sky, low, sun, land, bird = PALETTES[name]
    width, height = size
    picture = _sky(size, sky, low)
    draw = ImageDraw.Draw(picture)
    draw.ellipse(_round(width * 0.72, height * 0.5, height * 0.16), fill=sun)
    for layer in range(3):
        top = height * (0.62 + layer * 0.12)
        shade = tuple(int(part + (255 - part) * (0.3 - layer * 0.15)) for part in land)
        hills = [(x, top + height * 0.05 * math.sin(x / (170 - 30 * layer) + layer * 2))
                 for x in range(0, width + 20, 20)]  # fmt: skip
        draw.polygon([(0, height), *hills, (width, height)], fill=shade)
    for number in range(birds):
        x = width * (0.12 + 0.62 * ((number * 37) % 100) / 100)
        y = height * (0.14 + 0.34 * ((number * 61) % 100) / 100)
        wing = height * (0.02 + 0.008 * (number % 4))
        wings = [(x - 2 * wing, y - wing * 0.6), (x - wing, y - wing), (x, y),
                 (x + wing, y - wing), (x + 2 * wing, y - wing * 0.6)]  # fmt: skip
        draw.line(wings, fill=bird, width=max(3, height // 150), joint="curve")
    return picture


def _sky(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    shades = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), shades)


def _round(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius, y - radius, x + radius, y + radius)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
