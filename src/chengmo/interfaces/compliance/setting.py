"""Sets a report: JSON on standard input, PDF on standard output. A process of its own.

A long table takes Typst some hundred megabytes, which a server would never give back.
"""

import json
import sys
from importlib import resources

import typst


def set_report(order: bytes) -> bytes:
    """Return the PDF of an order: the report and the folders of fonts, as JSON."""
    stated = json.loads(order)
    return typst.compile(
        resources.files("chengmo.interfaces.compliance").joinpath("report.typ").read_bytes(),
        format="pdf",
        font_paths=stated["folders"],
        sys_inputs={"report": json.dumps(stated["report"], ensure_ascii=False)},
        pdf_standards="a-2b",
        # With tags the file is ten times as long; whoever has it read aloud takes the HTML.
        pdf_tags=False,
    )


def main() -> None:
    """Set what comes in."""
    sys.stdout.buffer.write(set_report(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
