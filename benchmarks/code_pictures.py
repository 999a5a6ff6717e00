"""Draw the pictures of the page on the grid code from real cells: `-m benchmarks.code_pictures`."""

from pathlib import Path

import numpy as np

from chengmo.grid import code_bounds, encode_code, encode_codes, encode_solid_code, parse_solid_code

IMAGES = Path(__file__).parents[1] / "docs" / "images"
# The Yellow Crane Tower in Wuhan.
LON, LAT = 114.3031, 30.5446
SIDE, GAP, HEAD = 180, 26, 46
INK, FAINT, ACT, WASH = "#17262b", "#93a19f", "#0b5d68", "#cfe4e6"
# How many cells a level has across and up in a cell of the level before.
SPLITS = {2: (12, 8), 3: (2, 3), 4: (15, 10), 5: (15, 15), 6: (2, 2), 7: (8, 8)}
SIZES = ("", "6° × 4°", "30′", "15′ × 10′", "1′", "4″", "2″", "1/4″")


def document(width: float, height: float, parts: list[str], title: str) -> str:
    """Return an SVG file."""
    box = f"viewBox='0 0 {width:g} {height:g}' width='{width:g}' height='{height:g}'"
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' {box} role='img' aria-label='{title}'>",
            f"<rect width='{width:g}' height='{height:g}' fill='#ffffff'/>",
            *parts,
            "</svg>\n",
        ]
    )


def rectangle(x: float, y: float, wide: float, high: float, style: str) -> str:
    """Return a rectangle."""
    return f"<rect x='{x:.2f}' y='{y:.2f}' width='{wide:.2f}' height='{high:.2f}' {style}/>"


def text(x: float, y: float, said: str, *, size: int = 12, style: str = "") -> str:
    """Return a line of text; `style` comes last, as CSS, and wins."""
    css = f"font: {size}px sans-serif; fill: {INK}; {style}"
    return f"<text x='{x:.2f}' y='{y:.2f}' style='{css}'>{said}</text>"


def panel(left: float, top: float, level: int) -> list[str]:
    """Return one level: the cells inside the cell before, the one of the place filled."""
    outer, inner = encode_code(LON, LAT, level - 1), encode_code(LON, LAT, level)
    west, south, east, north = (float(edge) for edge in code_bounds(outer))
    across, up = SPLITS[level]
    lon = west + (np.arange(across) + 0.5) * (east - west) / across
    lat = south + (np.arange(up) + 0.5) * (north - south) / up
    codes = encode_codes(*np.meshgrid(lon, lat), level=level)
    parts = [
        text(left, top + 14, f"{level}", size=15, style="font-weight: bold"),
        text(left + 18, top + 14, SIZES[level], size=12),
        text(
            left,
            top + 34,
            f"{outer}<tspan fill='{ACT}' font-weight='bold'>{inner[len(outer) :]}</tspan>",
            size=13,
            style="font-family: monospace",
        ),
    ]
    for code in codes.ravel().astype(str).tolist():
        w, s, e, n = (float(edge) for edge in code_bounds(code))
        x, y = (
            left + (w - west) / (east - west) * SIDE,
            top + HEAD + (north - n) / (north - south) * SIDE,
        )
        wide, high = (e - w) / (east - west) * SIDE, (n - s) / (north - south) * SIDE
        fill = WASH if code == inner else "none"
        parts.append(rectangle(x, y, wide, high, f"fill='{fill}' stroke='{FAINT}'"))
        if across * up <= 8 * 8:
            middle = f"text-anchor: middle; fill-opacity: {1 if code == inner else 0.55}"
            size = 15 if across * up < 10 else 9
            parts.append(
                text(
                    x + wide / 2,
                    y + high / 2 + size / 3,
                    code[len(outer) :],
                    size=size,
                    style=middle,
                )
            )
    parts.append(
        rectangle(left, top + HEAD, SIDE, SIDE, f"fill='none' stroke='{INK}' stroke-width='1.5'")
    )
    return parts


def levels() -> str:
    """Draw levels 2 to 7 around one place."""
    parts: list[str] = []
    for i, level in enumerate(SPLITS):
        column, row = i % 3, i // 3
        parts += panel(GAP + column * (SIDE + GAP), 10 + row * (SIDE + HEAD + GAP), level)
    return document(4 * GAP + 3 * SIDE, 2 * (SIDE + HEAD + GAP) + 4, parts, "levels 2 to 7")


def hemispheres() -> str:
    """Draw the four level-2 cells around 0°, 0°: each counts away from it."""
    parts = [text(10, 18, "0°N 0°E: every hemisphere counts away from it", size=13)]
    middle, unit = 190.0, 300.0
    away = (-0.75, -0.25, 0.25, 0.75)
    for lon, lat in [(x, y) for x in away for y in away]:
        code = encode_code(lon, lat, 2)
        west, south, east, north = (float(edge) for edge in code_bounds(code))
        x, y = middle + 60 + west * unit / 2, middle + 20 - north * unit / 2
        wide = (east - west) * unit / 2
        high = (north - south) * unit / 2
        parts.append(rectangle(x, y, wide, high, f"fill='none' stroke='{FAINT}'"))
        parts.append(
            text(
                x + wide / 2,
                y + high / 2 + 4,
                code,
                size=12,
                style="text-anchor: middle; font-family: monospace",
            )
        )
    parts.append(f"<circle cx='{middle + 60}' cy='{middle + 20}' r='4' fill='#b3361e'/>")
    return document(500, 380, parts, "hemispheres")


def heights() -> str:
    """Draw the layers of level 7 from 20 m below the ellipsoid to 60 m above."""
    parts = [text(10, 18, "level 7: layers of 7.66 m (profile standard)", size=13)]
    scale, ground = 4.4, 300.0
    height = -20.0
    while height < 60:
        solid = parse_solid_code(encode_solid_code(LON, LAT, height, 7))
        top = ground - solid.ceiling_m * scale
        high = (solid.ceiling_m - solid.floor_m) * scale
        parts.append(
            rectangle(
                150,
                top,
                90,
                high,
                f"fill='{WASH if solid.floor_m >= 0 else 'none'}' stroke='{FAINT}'",
            )
        )
        parts.append(
            text(250, top + high / 2 + 4, solid.text, size=12, style="font-family: monospace")
        )
        parts.append(
            text(142, top + high + 4, f"{solid.floor_m:.2f} m", size=11, style="text-anchor: end")
        )
        height = solid.ceiling_m + 0.01
    parts.append(
        f"<line x1='40' x2='470' y1='{ground}' y2='{ground}' stroke='#b3361e' stroke-width='1.5'/>"
    )
    parts.append(text(12, ground - 4, "ellipsoid", size=11, style="fill: #b3361e"))
    return document(500, 412, parts, "heights")


def main() -> None:
    """Write the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, drawing in (
        ("levels", levels()),
        ("hemispheres", hemispheres()),
        ("heights", heights()),
    ):
        (IMAGES / f"code-{name}.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
