"""Sets a report: JSON on standard input, PDF on standard output. A process of its own.

A long table takes Typst some hundred megabytes, which a server would never give back.
"""

import sys
from importlib import resources

import typst


def set_report(order: bytes) -> bytes:
    """Return the PDF of a report, given as JSON."""
    return typst.compile(
        resources.files("chengmo.interfaces.compliance").joinpath("report.typ").read_bytes(),
        format="pdf",
        sys_inputs={"report": order.decode()},
        pdf_standards="a-2b",
        # With tags the file is ten times as long; whoever has it read aloud takes the HTML.
        pdf_tags=False,
    )


def main() -> None:
    """Set what comes in."""
    sys.stdout.buffer.write(set_report(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
