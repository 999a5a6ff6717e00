"""Draw the pictures of the page on the grid code from real cells: `python tools/code_pictures.py`.

With `--check` nothing is written: it fails if a picture is not what would be drawn.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import shapely

from chengmo.grid import (
    GEOSOT_LEVELS,
    code_bounds,
    cover_hierarchical,
    cover_polygon,
    encode_code,
    encode_codes,
    encode_solid_code,
    key_bounds,
    parse_solid_code,
)

IMAGES = Path(__file__).parents[1] / "docs" / "images"
# The Yellow Crane Tower in Wuhan.
LON, LAT = 114.3031, 30.5446
INK, FAINT, ACT, WASH, RED = "#17262b", "#93a19f", "#0b5d68", "#cfe4e6", "#b3361e"
MONO = "font-family: monospace;"
MIDDLE = "text-anchor: middle;"
DIGITS = "0123456789ABCDE"
# How many cells a level has across and up in a cell of the level before.
SPLITS = {2: (12, 8), 3: (2, 3), 4: (15, 10), 5: (15, 15), 6: (2, 2), 7: (8, 8)}
SIZES = ("", "6° × 4°", "30′", "15′ × 10′", "1′", "4″", "2″", "1/4″", "1/32″")
LENGTHS = (
    "",
    "579 × 443 km",
    "48 × 55 km",
    "24 × 18 km",
    "1.6 × 1.8 km",
    "107 × 123 m",
    "54 × 62 m",
    "6.7 × 7.7 m",
    "0.8 × 1.0 m",
)
# Where the height's digits stand in a 3-D code of level 7.
HEIGHT_AT = frozenset((1, 5, 6, 9, 11, 14, 17, 19, 22))


def document(width: float, height: float, parts: Iterable[str], title: str) -> str:
    """Return an SVG file."""
    box = f"viewBox='0 0 {width:g} {height:g}' width='{width:g}' height='{height:g}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {box} role='img' aria-label='{title}'>"
    ground = f"<rect width='{width:g}' height='{height:g}' fill='#ffffff'/>"
    return "\n".join([head, ground, *parts, "</svg>\n"])


def rectangle(x: float, y: float, wide: float, high: float, style: str) -> str:
    """Return a rectangle."""
    return f"<rect x='{x:.2f}' y='{y:.2f}' width='{wide:.2f}' height='{high:.2f}' {style}/>"


def line(x: float, y: float, to_x: float, to_y: float, colour: str = FAINT) -> str:
    """Return a straight line."""
    ends = f"x1='{x:.2f}' y1='{y:.2f}' x2='{to_x:.2f}' y2='{to_y:.2f}'"
    return f"<line {ends} stroke='{colour}' stroke-width='1.5'/>"


def text(x: float, y: float, said: str, *, size: int = 12, style: str = "") -> str:
    """Return a line of text; `style` comes last, as CSS, and wins."""
    css = f"font: {size}px sans-serif; fill: {INK}; {style}"
    return f"<text x='{x:.2f}' y='{y:.2f}' style='{css}'>{said}</text>"


def marked(code: str, at: Iterable[int]) -> str:
    """Return a code whose characters at some positions stand out."""
    chosen = set(at)
    bold = f"<tspan fill='{ACT}' font-weight='bold'>{{}}</tspan>"
    return "".join(bold.format(c) if i in chosen else c for i, c in enumerate(code))


def anatomy() -> str:
    """Draw one code, its characters parted by level, each with its cell."""
    code, wide, parts, at = encode_code(LON, LAT, 8), 31.0, [], 0
    for level in range(9):
        until = 1 if level == 0 else len(encode_code(LON, LAT, level))
        left, right = 16 + at * wide, 16 + until * wide
        fill = f"fill='{WASH if level % 2 else '#eef3f2'}' stroke='#ffffff' stroke-width='3'"
        parts.append(rectangle(left, 34, right - left, 46, fill))
        for i in range(at, until):
            x = 16 + (i + 0.5) * wide
            parts.append(text(x, 66, code[i], size=26, style=MONO + MIDDLE))
        middle, said = (left + right) / 2, str(level) if level else "N/S"
        parts.append(text(middle, 24, said, size=14, style=MIDDLE + "font-weight: bold"))
        drop = 0 if level % 2 else 34
        if level:
            parts.append(line(middle, 82, middle, 92 + drop))
            parts.append(text(middle, 106 + drop, SIZES[level], size=12, style=MIDDLE))
            parts.append(text(middle, 121 + drop, LENGTHS[level], size=10, style=MIDDLE))
        at = until
    return document(32 + len(code) * wide, 170, parts, "the characters of a code by level")


def axes(left: float, top: float, level: int, side: float) -> list[str]:
    """Return the digits of columns below and of rows to the left of a panel."""
    across, up = SPLITS[level]
    style = f"{MONO} fill: {FAINT};"
    parts = [
        text(
            left + (i + 0.5) * side / across,
            top + side + 11,
            DIGITS[i],
            size=9,
            style=style + MIDDLE,
        )
        for i in range(across)
    ]
    for i in range(up):
        y = top + side - (i + 0.5) * side / up + 3
        parts.append(text(left - 4, y, DIGITS[i], size=9, style=style + "text-anchor: end;"))
    return parts


def panel(left: float, top: float, level: int, side: float) -> list[str]:
    """Return one level: the cells inside the cell before, the one of the place filled."""
    outer, inner = encode_code(LON, LAT, level - 1), encode_code(LON, LAT, level)
    west, south, east, north = (float(edge) for edge in code_bounds(outer))
    across, up = SPLITS[level]
    lon = west + (np.arange(across) + 0.5) * (east - west) / across
    lat = south + (np.arange(up) + 0.5) * (north - south) / up
    codes = encode_codes(*np.meshgrid(lon, lat), level=level)
    parts = [
        text(left, top - 26, str(level), size=15, style="font-weight: bold"),
        text(left + 18, top - 26, SIZES[level]),
        text(left, top - 8, marked(inner, range(len(outer), len(inner))), size=13, style=MONO),
    ]
    wide, high = side / across, side / up
    for i, code in enumerate(codes.ravel().astype(str).tolist()):
        x, y = left + i % across * wide, top + side - (i // across + 1) * high
        fill = WASH if code == inner else "none"
        parts.append(rectangle(x, y, wide, high, f"fill='{fill}' stroke='{FAINT}'"))
        # A digit of a Z stands for both directions, and the two of 8 × 8 fit in.
        if across * up <= 8 * 8 or code == inner:
            size = 15 if across * up < 10 else 9
            faint = f"fill-opacity: {1 if code == inner else 0.5};"
            said = code[len(outer) :]
            parts.append(
                text(x + wide / 2, y + high / 2 + size / 3, said, size=size, style=MIDDLE + faint)
            )
    frame = f"fill='none' stroke='{INK}' stroke-width='1.5'"
    parts.append(rectangle(left, top, side, side, frame))
    return parts if len(inner) - len(outer) == 1 else [*parts, *axes(left, top, level, side)]


def levels() -> str:
    """Draw levels 2 to 7 around one place."""
    side, gap, head = 200.0, 34.0, 66.0
    parts: list[str] = []
    for i, level in enumerate(SPLITS):
        parts += panel(gap + i % 3 * (side + gap), 46 + i // 3 * (side + head), level, side)
    return document(4 * gap + 3 * side, 2 * (side + head), parts, "levels 2 to 7")


def hemispheres() -> str:
    """Draw the level-2 cells around 0°, 0°: each counts away from it."""
    unit, left, top = 92.0, 40.0, 20.0
    zero_x, zero_y = left + 2 * unit, top + 2 * unit
    parts: list[str] = []
    away = (-0.75, -0.25, 0.25, 0.75)
    for lon, lat in [(x, y) for x in away for y in away]:
        code = encode_code(lon, lat, 2)
        west, _, _, north = (float(edge) for edge in code_bounds(code))
        x, y = zero_x + west * 2 * unit, zero_y - north * 2 * unit
        nearest = abs(lon) + abs(lat) < 1 - 0.25
        fill = f"fill='{WASH if nearest else 'none'}' stroke='{FAINT}'"
        parts.append(rectangle(x, y, unit, unit, fill))
        said = marked(code, (4, 5))
        parts.append(text(x + unit / 2, y + unit / 2 + 5, said, size=14, style=MONO + MIDDLE))
    for step in (-1.0, -0.5, 0.5, 1.0):
        parts.append(
            text(zero_x + step * 2 * unit, top + 4 * unit + 16, _degrees(step, "EW"), style=MIDDLE)
        )
        y = zero_y - step * 2 * unit + 4
        parts.append(text(left + 4 * unit + 6, y, _degrees(step, "NS")))
    parts.append(f"<circle cx='{zero_x}' cy='{zero_y}' r='5' fill='{RED}'/>")
    parts.append(text(zero_x + 8, zero_y - 8, "0°, 0°", style=f"fill: {RED}"))
    return document(left + 4 * unit + 60, top + 4 * unit + 30, parts, "cells around 0°, 0°")


def _degrees(value: float, sides: str) -> str:
    return f"{abs(value) * 60:.0f}′ {sides[0] if value > 0 else sides[1]}"


def heights() -> str:
    """Draw the layers of level 7 from 20 m below the ellipsoid to 60 m above."""
    scale, ground, parts, height = 4.4, 300.0, [], -20.0
    at_40_m = encode_solid_code(LON, LAT, 40.0, 7)
    while height < 60:
        solid = parse_solid_code(encode_solid_code(LON, LAT, height, 7))
        top, high = ground - solid.ceiling_m * scale, (solid.ceiling_m - solid.floor_m) * scale
        fill = WASH if solid.text == at_40_m else "none"
        parts.append(rectangle(120, top, 100, high, f"fill='{fill}' stroke='{FAINT}'"))
        said = marked(solid.text, HEIGHT_AT)
        parts.append(text(236, top + high / 2 + 4, said, size=13, style=MONO))
        if round(solid.floor_m, 6):
            floor = f"{solid.floor_m:.2f} m"
            parts.append(text(112, top + high + 4, floor, size=11, style="text-anchor: end"))
        height = solid.ceiling_m + 0.01
    parts.append(line(20, ground, 470, ground, RED))
    parts.append(text(20, ground - 5, "ellipsoid, 0 m", size=11, style=f"fill: {RED}"))
    parts.append(text(170, ground - 40 * scale + 4, "40 m", size=11, style=MIDDLE))
    return document(490, 412, parts, "layers of level 7")


def covers() -> str:
    """Draw one area in cells of one size, and in big ones inside with small ones at the edge."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = 0.0105 * (1 + 0.22 * np.sin(3 * angle) + 0.1 * np.cos(5 * angle))
    ring = np.column_stack([LON + 1.15 * radius * np.cos(angle), LAT + radius * np.sin(angle)])
    area, finest = shapely.Polygon(ring), GEOSOT_LEVELS[5]
    flat = cover_polygon(area, level=finest, mode="touching")
    mixed = cover_hierarchical(area, finest_level=finest, mode="touching")
    west, south, east, north = area.buffer(0.002).bounds
    side = 300.0
    across = side / (east - west)
    up = across / np.cos(np.radians(LAT))
    parts: list[str] = []
    drawn = ((flat, np.full(flat.size, finest), 16.0), (*mixed, side + 40.0))
    for keys, its_levels, left in drawn:
        edges = np.column_stack(key_bounds(keys, level=its_levels))
        for w, s, e, n in edges.tolist():
            x, y = left + (w - west) * across, 40 + (north - n) * up
            style = f"fill='{WASH}' stroke='#ffffff'"
            parts.append(rectangle(x, y, (e - w) * across, (n - s) * up, style))
        places = (f"{left + (x - west) * across:.1f},{40 + (north - y) * up:.1f}" for x, y in ring)
        parts.append(
            f"<polygon points='{' '.join(places)}' fill='none' stroke='{ACT}' stroke-width='1.5'/>"
        )
        said = f"{'flat' if left < side else 'mixed'}: {keys.size} cells"
        parts.append(text(left + side / 2, 24, said, size=14, style=MIDDLE))
    return document(2 * side + 56, 52 + (north - south) * up, parts, "a flat and a mixed cover")


DRAWINGS = (anatomy, levels, hemispheres, heights, covers)


def main() -> int:
    """Write the pictures, or compare them."""
    stale: list[str] = []
    for draw in DRAWINGS:
        path, drawing = IMAGES / f"code-{draw.__name__}.svg", draw()
        if "--check" not in sys.argv[1:]:
            path.write_text(drawing, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != drawing:
            stale.append(path.name)
    if stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run tools/code_pictures.py\n")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
