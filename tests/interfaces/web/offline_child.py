"""What the README promises, on a machine without a network: started by `test_offline.py`.

Takes the home and the command that begins `chengmo demo`; prints the answer's sentence.
"""

import shutil
import socket
import subprocess
import sys
import time

from playwright.sync_api import sync_playwright

PATIENCE_MS = 180_000
ALL_ARRIVED = """async () => (await (await fetch('../datasets')).json()).datasets.length >= 15"""


def main() -> None:
    try:
        socket.create_connection(("93.184.215.14", 80), timeout=3).close()
        sys.exit("there is a network")
    except OSError:
        pass
    process = subprocess.Popen(
        [*sys.argv[2:], "demo", "--no-browser", "--port", "0", "--home", sys.argv[1]],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        address = next(word for word in line.split() if word.startswith("http"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
            )
            page = browser.new_page(locale="zh-CN")
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{address}app/")
            # The city goes on arriving while the page is open.
            until = time.monotonic() + PATIENCE_MS / 1000
            while not page.evaluate(ALL_ARRIVED) and time.monotonic() < until:
                page.wait_for_timeout(250)
            page.goto(f"{address}app/#ask=canteen-siting")
            page.click(".ask button[type=submit]")
            sys.stdout.write(page.locator("#decision .answer").first.inner_text())
            browser.close()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
