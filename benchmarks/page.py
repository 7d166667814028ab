"""The page's times, in a real browser: until it can be used, the previews, Stop, and what it costs.

The browser runs already. The sample picture by the default recipe. The first dream is asked for
at once, while the page's worker is still importing TensorFlow, and by somebody who has looked for
five seconds; the later ones of the same page differ in their seed. What the page costs is told by
dreams through it, with previews that the browser draws, beside the same dreams in a warm process,
in turns, by what each says that it took. Medians, and the extremes in parentheses.

usage: python benchmarks/page.py [ROUNDS]    with Chromium, and the packages that the tests need
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from measuring import machine, print_table, seconds

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "python"))

from browsing import Tab  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from requests.cookies import cookiejar_from_dict  # noqa: E402
from visiting import Person, browser_path, visit  # noqa: E402

from deepdreamr import dream, sample_image  # noqa: E402
from deepdreamr.page.background import Background  # noqa: E402
from deepdreamr.page.request import PageRequest  # noqa: E402

PREVIEW, DREAM = 'img[alt="The dream as it is now"]', 'img[alt^="Dream:"]'


def usable(page: Any) -> float:
    """From the command to a page that can be used."""
    command = [sys.executable, "-m", "deepdreamr", "app", "--no-browser"]
    start = time.perf_counter()
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    served: Any = subprocess.Popen(command, text=True, **pipes)
    with served as process:
        page.goto(process.stdout.readline().strip())
        page.wait_for_selector("body.ready")
        took = time.perf_counter() - start
        process.terminate()
    return took


def preview_and_stop(person: Person) -> tuple[float, float]:
    """From Dream to the first preview, and from Stop, some steps later, to a dream."""
    page = person.page
    person.press("Dream")
    first = seconds(page.locator(PREVIEW).wait_for)
    page.wait_for_timeout(1500)
    person.press("Stop")
    return first, seconds(page.locator(DREAM).wait_for)


def previews(browser: Any, looking: float, later: int) -> list[tuple[float, float]]:
    """The first and some later dreams of a page that is opened anew."""
    served = Background(PageRequest(browser=False))
    try:
        with visit(browser, served.address) as person:
            person.press("Take the sample")
            time.sleep(looking)
            return [preview_and_stop(person) for _ in range(1 + later)]
    finally:
        served.stop()


def costs(browser: Any, rounds: int) -> list[float]:
    """Ratios of a dream through the page to the same in this process."""
    served = Background(PageRequest(browser=False))
    try:
        with visit(browser, served.address) as person:
            person.page.set_default_timeout(600_000)
            person.press("Take the sample")
            kept = person.page.context.cookies()
            cookies = cookiejar_from_dict({c["name"]: c["value"] for c in kept})
            found = []
            for number in range(rounds + 1):
                person.press("Dream")
                person.status("The dream is done")
                tab = Tab(person.page.url, cookies)
                took = tab.state()["history"][0]["seconds"]
                recipe = tab.get("api/start")["recipes"][0]["name"]
                again = dream(sample_image("jelly"), recipe=recipe, seed=number)
                found.append(took / again.seconds)
                person.page.reload()
            return found[1:]
    finally:
        served.stop()


def told(values: Sequence[float], unit: str = " s") -> str:
    """The median, and the extremes."""
    return f"{median(values):.2f}{unit} ({min(values):.2f}-{max(values):.2f})"


def main(rounds: int) -> None:
    """Print the table."""
    print(machine())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        page = browser.new_page()
        usable(page)  # files are read from the disk once
        rows = [("from the command to a usable page", told([usable(page) for _ in range(rounds)]))]
        page.close()
        at_once = [previews(browser, 0, 2) for _ in range(rounds)]
        looked = [previews(browser, 5, 0) for _ in range(rounds)]
        firsts, latest = [f[0] for f in at_once], [one for found in at_once for one in found[1:]]
        rows += [
            ("the first preview, asked for at once", told([first for first, _ in firsts])),
            ("the same after looking for 5 s", told([found[0][0] for found in looked])),
            ("the first preview of later dreams", told([first for first, _ in latest])),
            ("from Stop to a dream", told([stop for _, stop in [*firsts, *latest]])),
            ("dreams through the page / in a warm process", told(costs(browser, rounds), "")),
        ]
        browser.close()
    print_table(("what", "median (extremes)"), rows)


if __name__ == "__main__":
    main(int((sys.argv[1:] + ["5"])[0]))
