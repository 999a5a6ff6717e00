"""The pictures of the documentation: every state of the pages, as the tests reach it."""

import base64
import os
import struct
import zlib
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

IMAGES = Path(__file__).parents[3] / "docs" / "images"

# Every state that has a picture; docs/looks.md shows them all.
STATES = frozenset(
    {
        "account-factor-phone-zh",
        "account-first-en",
        "account-key-en",
        "account-people-en",
        "account-phone-zh",
        "account-recovery-phone-zh",
        "account-refused-en",
        "ceremony-phone-en",
        "ceremony-receipt-zh",
        "ceremony-reveal-zh",
        "ceremony-sealed-zh",
        "ceremony-wait-zh",
        "contest-log-phone-en",
        "contest-phone-zh",
        "contest-published-en",
        "live-broken-en",
        "live-empty-zh",
        "live-lost-link-en",
        "live-replay-en",
        "page-code-zh",
        "page-compare-dark",
        "page-compare-phone-zh",
        "page-compare-zh",
        "page-data-zh",
        "page-decision-dark",
        "page-decision-en",
        "page-decision-zh",
        "page-denied-zh",
        "page-empty-zh",
        "page-error-zh",
        "page-export-zh",
        "page-failed-zh",
        "page-first-en",
        "page-first-zh",
        "page-import-zh",
        "page-infeasible-en",
        "page-loading-zh",
        "page-no-runs-zh",
        "page-phone-zh",
        "page-press-en",
        "page-proof-zh",
        "page-report-zh",
        "page-running-zh",
        "page-runs-zh",
        "page-sky-zh",
        "page-solid-area-zh",
        "page-solid-en",
        "page-solid-phone-zh",
        "page-solid-zh",
        "page-stopped-zh",
        "page-tiles-zh",
        "page-treated-en",
        "page-unreadable-file-zh",
        "page-wrong-value-zh",
        "sharing-approval-en",
        "sharing-audit-en",
        "sharing-catalogue-en",
        "sharing-inventory-en",
        "sharing-noise-en",
        "sharing-phone-zh",
        "sharing-quality-en",
        "sharing-report-en",
        "sharing-request-en",
        "sharing-rules-en",
        "sharing-sql-en",
    }
)

# Gives the pixels of a picture, four bytes each.
PIXELS = """async (taken) => {
    const bytes = Uint8Array.from(atob(taken), (one) => one.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = "";
    for (const one of data) text += String.fromCharCode(one);
    return [bitmap.width, bitmap.height, btoa(text)];
}"""


def indexed_png(width: int, height: int, pixels: bytes) -> bytes:
    """Return RGBA pixels as a PNG of 256 colours: a third of the bytes, and nobody sees it."""
    colours = np.frombuffer(pixels, np.uint8).reshape(-1, 4)[:, :3]
    bins = (colours >> 3).astype(np.int64) @ np.array([1024, 32, 1])
    counts = np.bincount(bins, minlength=32768)
    chosen = np.argsort(counts)[::-1][:256]
    # Of each bin its most frequent colour: flat areas stay exactly as they are.
    packed = colours.astype(np.int64) @ np.array([65536, 256, 1])
    exact, frequency = np.unique(packed, return_counts=True)
    most = np.zeros(32768, np.int64)
    for one in exact[np.argsort(frequency)].tolist():
        most[(one >> 19 << 10) | (one >> 11 & 31) << 5 | (one >> 3 & 31)] = one
    palette = np.stack([most[chosen] >> 16, most[chosen] >> 8 & 255, most[chosen] & 255], axis=1)
    present = np.flatnonzero(counts)
    centres = np.stack([present >> 10, present >> 5 & 31, present & 31], axis=1) * 8 + 4
    nearest = ((centres[:, None] - palette[None]) ** 2).sum(axis=2).argmin(axis=1)
    index = np.zeros(32768, np.uint8)
    index[present] = nearest
    index[chosen] = np.arange(256)
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = index[bins].reshape(height, width)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def wanted() -> bool:
    """Return whether pictures are to be taken: `make screenshots` asks for them."""
    return bool(os.environ.get("CHENGMO_SCREENSHOTS"))


def keep(page: Page, name: str) -> None:
    """Keep a picture of a state, where pictures are wanted.

    Raises:
        AssertionError: The state is not among `STATES`.
    """
    assert name in STATES, f"{name} is no state of {__name__}"
    if not wanted():
        return
    page.mouse.move(0, 0)
    taken = base64.b64encode(page.screenshot()).decode()
    desk = page.context.new_page()
    width, height, pixels = desk.evaluate(PIXELS, taken)
    desk.close()
    IMAGES.mkdir(parents=True, exist_ok=True)
    (IMAGES / f"{name}.png").write_bytes(indexed_png(width, height, base64.b64decode(pixels)))
