"""A report as PDF, set by Typst (extra `pdf`), with a font that has Chinese."""

import importlib
import importlib.util
import json
import subprocess
import sys
import threading
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from chengmo.errors import InvalidQuery, InvalidRequest, PlatformError, ResourceExhausted
from chengmo.interfaces.compliance.document import Document

MEDIA_TYPE = "application/pdf"
# Those that systems have, the best first.
FONTS = (
    "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "SimSun",
)  # fmt: skip
_FALLBACK = "Libertinus Serif"
# A row of twelve cells takes about 0.15 MB while it is set.
MOST_ROWS = 6_000
_PATIENCE_S = 300
# One at a time: two would take the memory twice.
_setting = threading.Lock()


def paper_of(document: Document) -> bytes:
    """Return a report as PDF/A-2b, its fonts inside.

    Raises:
        InvalidQuery: If it has more rows than are set on paper.
        InvalidRequest: If what sets it is not installed, or no font has Chinese characters.
        PlatformError: If it cannot be set.
        ResourceExhausted: If that takes too long.
    """
    fonts = chinese_fonts()
    if not fonts:
        raise InvalidRequest(
            "no font on this machine has Chinese characters, so the PDF cannot be made",
            hint="apt install fonts-noto-cjk (or another Noto CJK), or take the HTML",
        )
    rows = sum(len(block.rows) for section in document.sections for block in section.blocks)
    if rows > MOST_ROWS:
        raise InvalidQuery(
            f"the report has {rows} rows, and a PDF takes {MOST_ROWS}",
            hint="name a shorter period, or take the HTML",
        )
    report = {**asdict(document), "fonts": [*fonts, _FALLBACK]}
    order = json.dumps(report, ensure_ascii=False)
    with _setting:
        return _set(order.encode())


def _set(order: bytes) -> bytes:
    command = [sys.executable, "-m", "chengmo.interfaces.compliance.setting"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, its input on standard input
            command, input=order, capture_output=True, timeout=_PATIENCE_S, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise ResourceExhausted(
            f"the PDF was not made within {_PATIENCE_S} s",
            hint="name a shorter period, or take the HTML",
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", b"") or b""
        last = told.decode(errors="replace").strip().rpartition("\n")[2]
        raise PlatformError(
            f"the PDF could not be made: {last[:300]}", hint="take the HTML"
        ) from error
    return done.stdout


@lru_cache(maxsize=1)
def chinese_fonts() -> tuple[str, ...]:
    """Return the families with Chinese characters that there are, the best first.

    Raises:
        InvalidRequest: If what sets the paper is not installed.
    """
    if importlib.util.find_spec("typst") is None:
        raise InvalidRequest(
            "what makes PDF is not installed", hint='pip install "chengmo[pdf]", or take the HTML'
        )
    typst: Any = importlib.import_module("typst")
    known = set(typst.Fonts().families())
    return tuple(family for family in FONTS if family in known)
