"""The page of the school lottery, held from the sealing to the proof by somebody in a browser."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.browser

SCENARIO = Path(str(files("chengmo_scenarios.school_lottery")))
EXAMPLE = SCENARIO / "example"
PARTIES = ("区教育局", "家长委员会", "公证处")
QUICKNET_123 = (
    "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482"
    "e26cd02df835d3546d23c4b13e0dfc92"
)
MAIN = "#panel .button.is-main"


@pytest.fixture(scope="module")
def ceremony_server(serve, tmp_path_factory):
    """The address of a platform whose steward has brought a synthetic roster and its schools."""
    with serve(tmp_path_factory.mktemp("ceremony")) as address:
        headers = {"X-Chengmo-Request": "1"}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            for name in ("roster", "schools"):
                bring(client, name, (EXAMPLE / "city" / f"{name}.csv").read_bytes())
        yield address


def bring(client, name, content):
    """Import a synthetic dataset, or a new version of it."""
    upload = client.post("/imports", files={"file": (f"{name}.csv", content)}).json()
    title = {"zh": f"合成{name}", "en": f"Synthetic {name}"}
    stated = {"metadata": {"id": name, "title": title, "synthetic": True}}
    answer = client.post(f"/imports/{upload['id']}/commit", json=stated)
    assert answer.status_code == 201, answer.text


def open_ceremony(reader, address):
    reader.page.goto(f"{address}/scenarios/school-lottery/")
    reader.page.wait_for_selector("html[data-ready]", state="attached")


def seal_with_parties(page):
    """Let three parties make their numbers at the desk, and seal; return what they keep secret."""
    page.locator("[data-field=title] input").fill("示例区 2026")
    page.locator("input[value=parties]").check()
    page.locator("summary").last.click()
    secrets = []
    for at, party in enumerate(PARTIES):
        page.locator(".source details input").fill(party)
        page.locator(".source details .is-end .button").click()
        row = page.locator(".source .pair-of-fields").nth(at).locator("input")
        row.nth(0).fill(party)
        row.nth(1).fill(page.locator("#desk-commitment").get_attribute("data-value"))
        secrets.append(page.locator("#desk-secret").get_attribute("data-value"))
    page.locator(MAIN).click()
    page.wait_for_selector("#commitment")
    return secrets


def download(page, selector, folder):
    with page.expect_download() as caught:
        page.locator(selector).click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def check_with_the_verifier(page, folder, commitment):
    """Download transcript and verifiers, and run them where nothing else is."""
    download(page, "a[download='transcript.json']", folder)
    for name in ("verify_lottery.py", "verify_special.py", "verify_drand.py"):
        assert download(page, f"a[download='{name}']", folder).read_bytes() == (
            (SCENARIO / name).read_bytes()
        )
    command = [sys.executable, "-I", "-S", "verify_lottery.py", "transcript.json", commitment]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_draw_is_held_from_seal_to_proof_and_the_proof_holds_elsewhere(
    reader, ceremony_server, tmp_path
):
    open_ceremony(reader, ceremony_server)
    page = reader.page
    secrets = seal_with_parties(page)
    commitment = page.locator("#commitment").get_attribute("data-value")
    with page.expect_download() as caught:
        page.get_by_text("保存名册指纹表").click()
    leaves = json.loads(Path(caught.value.path()).read_text(encoding="utf-8"))
    assert len(leaves) == 71
    assert "合成" in page.locator(".synthetic").inner_text()
    reader.picture("ceremony-sealed-zh")
    page.locator(MAIN).click()
    page.locator("#panel[data-step=wait]").wait_for()
    reader.picture("ceremony-wait-zh")
    page.locator(MAIN).click()
    inputs = page.locator(".party input")
    inputs.nth(0).fill("00")
    assert page.locator(".verdict.is-bad").count() == 1
    page.locator(MAIN).click()
    assert PARTIES[0] in page.locator(".complaint").inner_text()
    for at, value in enumerate(secrets):
        inputs.nth(at).fill(value)
    assert page.locator(".verdict.is-good").count() == 3
    reader.picture("ceremony-reveal-zh")
    page.locator(MAIN).click()
    page.locator("#panel[data-step=draw]").wait_for()
    page.locator(MAIN).click()
    page.wait_for_selector("#digest")
    digest = page.locator("#digest").get_attribute("data-value")
    # The page may be closed and opened again: the ceremony stands where it stood.
    page.reload()
    page.locator("#panel[data-step=receipts] .finder").wait_for()
    found = check_with_the_verifier(page, tmp_path, commitment)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == digest
    transcript = json.loads((tmp_path / "transcript.json").read_text(encoding="utf-8"))
    find_a_child_who_missed_its_first_choice(page, transcript)
    reader.picture("ceremony-receipt-zh")
    page.locator(".proof .button").last.click()
    page.locator("#verdict.is-good").wait_for()
    page.locator("a[href='#family']").click()
    open_as_a_family(page, tmp_path / "transcript.json", commitment)


def open_as_a_family(page, path, commitment):
    """Open a transcript at the address for families, and one that somebody has changed."""
    forged = json.loads(path.read_text(encoding="utf-8"))
    forged["units"][0]["choices"].pop()
    (path.parent / "forged.json").write_text(json.dumps(forged), encoding="utf-8")
    for file, verdict in ((path, "good"), (path.parent / "forged.json", "bad")):
        with page.expect_file_chooser() as chooser:
            page.locator("#panel[data-step=family] .row .button").first.click()
        chooser.value.set_files(file)
        page.locator(f"#roster-verdict.is-{verdict}").wait_for()
    assert page.locator(".verdict").count() == 2
    page.locator("#panel .field input").first.fill(commitment)
    assert page.locator(".verdict.is-good").count() == 1
    page.locator("#panel .field input").first.fill("00" * 32)
    assert page.locator(".verdict.is-bad").count() == 2


def find_a_child_who_missed_its_first_choice(page, transcript):
    rows = (EXAMPLE / "city" / "roster.csv").read_text(encoding="utf-8").splitlines()
    children = [line.split(",") for line in rows[1:]]
    result = {
        unit["ticket"]: row
        for unit, row in zip(transcript["units"], transcript["result"], strict=True)
    }
    for child in children:
        fields = page.locator(".finder .pair-of-fields input")
        fields.nth(0).fill(child[2])
        fields.nth(1).fill(child[3])
        page.locator(".finder button[type=submit]").click()
        if not page.locator(".receipt").count():
            continue  # a twin: the two share a ticket
        ticket = page.locator(".receipt .code").last.inner_text().split()[-1]
        number, rank, _ = result[ticket]
        assert page.locator("#receipt-number").inner_text() == str(number)
        if rank > 0:
            break
    assert page.locator(".reasons li").count() == rank
    page.locator(".receipt > .button").click()
    page.locator(".exact li").first.wait_for()
    assert page.locator(".exact li").count() == rank


@pytest.mark.reader(width=390, height=844, language="en")
def test_a_sealed_draw_goes_on_with_a_round_of_drand_from_a_file_on_a_telephone(
    reader, ceremony_server, tmp_path
):
    open_ceremony(reader, ceremony_server)
    page = reader.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    request = json.loads((EXAMPLE / "request.json").read_text(encoding="utf-8"))
    request |= {"randomness": "drand", "drand_round": 123, "drand_chain": "quicknet"}
    kept = {key: value for key, value in request.items() if not key.startswith("part")}
    seal_by_hand(ceremony_server, kept, tmp_path / "sealed.json")
    with page.expect_file_chooser() as chooser:
        page.locator("#panel .row .button", has_text="Continue").click()
    chooser.value.set_files(tmp_path / "sealed.json")
    page.locator("#commitment").wait_for()
    page.locator(MAIN).click()
    assert "time" in page.locator(".countdown-told").inner_text()
    page.locator(MAIN).click()
    wrong, right = tmp_path / "wrong.json", tmp_path / "right.json"
    wrong.write_text(json.dumps({"round": 124, "signature": QUICKNET_123}))
    right.write_text(json.dumps({"round": 123, "signature": QUICKNET_123}))
    for path, word in ((wrong, "announced"), (right, "Loaded")):
        with page.expect_file_chooser() as chooser:
            page.locator("#panel .row .button", has_text="relay").click()
        chooser.value.set_files(path)
        page.locator(".help[role=status]", has_text=word).wait_for()
    page.locator(MAIN).click()
    page.locator(MAIN).click()
    page.wait_for_selector("#digest")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(MAIN).last.click()
    page.locator(".finder").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    reader.picture("ceremony-phone-en")


def seal_by_hand(address, request, path):
    """Seal by the API alone, as a program would, and keep the file that the page would."""
    headers = {"X-Chengmo-Request": "1"}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        inputs = {**request, "step": "commit"}
        where = "/processes/school-lottery/execution"
        decision = client.post(where, json={"inputs": inputs}).json()
        decision = decision.get("decision", decision)
    path.write_text(
        json.dumps(
            {
                "request": request,
                "commitment": decision["commitment"],
                "plan": decision["plan"],
                "children": 72,
                "sealed": "2026-01-01T00:00:00Z",
                "published": True,
            }
        )
    )


def test_a_draw_can_be_begun_with_the_keyboard_alone(reader, ceremony_server):
    open_ceremony(reader, ceremony_server)
    page = reader.page
    page.locator("input[value=notary]").wait_for()
    page.locator("input[value=drand]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("input[value=notary]").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("第一公证处")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#commitment")


def test_the_form_of_the_model_leads_to_the_page_and_the_page_back(reader, ceremony_server):
    reader.open(ceremony_server, "#ask=school-lottery")
    page = reader.page
    page.locator("a[href$='/scenarios/school-lottery/']").click()
    page.locator("#panel[data-step=seal]").wait_for()
    page.locator(".head a").click()
    page.locator("form.ask").wait_for()


def reveal_all(page, secrets):
    page.locator(MAIN).click()
    page.locator("#panel[data-step=wait]").wait_for()
    page.locator(MAIN).click()
    for at, value in enumerate(secrets):
        page.locator(".party input").nth(at).fill(value)
    page.locator(MAIN).click()
    page.locator("#panel[data-step=draw]").wait_for()


def test_another_window_a_lost_network_and_a_reload_do_not_end_a_draw(reader, ceremony_server):
    reader.provokes = "ERR_INTERNET_DISCONNECTED"
    open_ceremony(reader, ceremony_server)
    page, other = reader.page, reader.page.context.new_page()
    other.goto(f"{ceremony_server}/scenarios/school-lottery/")
    other.locator("[data-field=title] input").wait_for()
    secrets = seal_with_parties(page)
    commitment = page.locator("#commitment").get_attribute("data-value")
    # The window that was open before follows: nobody seals a second time unawares.
    other.locator(f"#commitment[data-value='{commitment}']").wait_for()
    reveal_all(page, secrets)
    page.context.set_offline(True)
    page.locator(MAIN).click()
    page.locator("#panel .box", has_text="连不上").wait_for()
    page.context.set_offline(False)
    page.locator("#digest").wait_for()
    other.locator(".steps button:not(:disabled)").nth(4).wait_for()
    # As if the page had been closed while the seats were drawn: it follows the run that it began.
    drawn = page.evaluate(
        """() => {
            const kept = JSON.parse(localStorage["chengmo.school-lottery"]);
            localStorage["chengmo.school-lottery"] =
                JSON.stringify({ ...kept, drawing: kept.run, run: null });
            return kept.run;
        }"""
    )
    page.reload()
    page.locator("#digest").wait_for()
    assert drawn == page.evaluate("JSON.parse(localStorage['chengmo.school-lottery']).run")


def test_a_wrong_round_and_a_changed_roster_are_refused_with_the_way_out(
    reader, ceremony_server, tmp_path
):
    request = json.loads((EXAMPLE / "request.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in request.items() if not key.startswith("part")}
    kept |= {"randomness": "drand", "drand_round": 123, "drand_chain": "quicknet"}
    seal_by_hand(ceremony_server, kept, tmp_path / "sealed.json")
    open_ceremony(reader, ceremony_server)
    page = reader.page
    with page.expect_file_chooser() as chooser:
        page.locator("#panel .row .button").last.click()
    chooser.value.set_files(tmp_path / "sealed.json")
    page.locator("#commitment").wait_for()
    page.locator(MAIN).click()
    page.locator(MAIN).click()
    page.locator("textarea").fill(QUICKNET_123[:-1] + "3")
    page.locator(MAIN).click()
    page.locator(MAIN).click()
    page.locator(".is-problem").wait_for()
    page.locator("#panel .row .button", has_text="回到揭示").click()
    page.locator("textarea").fill(QUICKNET_123)
    page.locator(MAIN).click()
    schools = (EXAMPLE / "city" / "schools.csv").read_bytes()
    with httpx.Client(
        base_url=ceremony_server, headers={"X-Chengmo-Request": "1"}, timeout=60
    ) as client:
        bring(client, "schools", schools.replace(b"School lake,18", b"School lake,19"))
        page.locator(MAIN).click()
        page.locator(".is-problem").wait_for()
        bring(client, "schools", schools)
    assert page.locator("#digest").count() == 0
    page.locator(MAIN).click()
    page.locator("#digest").wait_for()
