"""The account page in Debian's Chromium: from nobody's platform to one with people on it."""

import pytest

from chengmo.identity.instant import utc_now
from chengmo.identity.totp import code_of, step_of

pytestmark = pytest.mark.browser

PASSWORD = "three bridges over han"
ANOTHER = "cranes above the yellow tower"


def fill(page, form="form", **values):
    for name, value in values.items():
        page.locator(form).locator(f"[name={name}]").fill(value)


def no_overflow(page):
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0


@pytest.mark.reader(width=1280, height=900, language="en")
def test_people_come_onto_a_platform(reader, own_platform):
    page = reader.page
    page.goto(f"{own_platform}/app/account.html")
    page.wait_for_selector("text=Set up the first administrator")
    reader.picture("account-first-en")
    fill(page, id="root", name="Wang", password=PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Your account")
    assert page.context.cookies()[0]["httpOnly"]

    # An organisation and a colleague in it.
    page.click("summary:has-text('Add an organisation')")
    opened = "details[open] form"
    fill(page, opened, id="health", name_zh="卫健委", name_en="Health Commission")
    page.locator(opened).locator("button").click()
    page.wait_for_selector("td:has-text('Health Commission')")
    page.click("summary:has-text('Add an account')")
    form = page.locator(opened)
    form.locator("[name=id]").fill("li")
    form.locator("[name=name]").fill("Li")
    form.locator("[name=organisation]").select_option("health")
    form.locator("[name=password]").fill(ANOTHER)
    form.locator("[value=analyst]").check()
    form.locator("button").click()
    page.wait_for_selector("tr:has-text('li') >> text=Health Commission")
    no_overflow(page)
    reader.picture("account-people-en")

    # A key is shown once.
    page.locator("main [name=name]").first.fill("nightly")
    page.click("button:has-text('Make a key')")
    key = page.inner_text("dialog .secret")
    assert key.startswith("chengmo_")
    # The key in the picture opens nothing: its platform is gone with the test.
    reader.picture("account-key-en")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open]):empty", state="attached")
    assert key not in page.content()
    assert page.locator("td:has-text('nightly')").count() == 1

    # The map's page knows who it is, and signing out leads back.
    page.goto(f"{own_platform}/app/")
    page.wait_for_selector(".who:has-text('Wang')")
    page.click(".who button")
    page.wait_for_selector("h1:has-text('Sign in')")
    reader.provokes = "401"
    fill(page, user="root", password="wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=do not fit")
    reader.picture("account-refused-en")
    # What an administrator typed is replaced by its owner.
    fill(page, user="li", password=ANOTHER)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=choose one that only you know")
    no_overflow(page)
    page.fill("[name=new_password]", "a ferry to the other bank")
    page.keyboard.press("Enter")
    page.wait_for_selector(".who:has-text('Li')")
    page.goto(f"{own_platform}/app/account.html")
    page.wait_for_selector("text=Your account")
    assert page.locator("text=Organisations").count() == 0


@pytest.mark.reader(width=390, height=844, language="zh")
def test_the_account_page_fits_a_telephone(reader, own_platform):
    page = reader.page
    page.goto(f"{own_platform}/app/account.html")
    page.wait_for_selector("text=设置第一位管理员")
    no_overflow(page)
    fill(page, id="root", name="王", password=PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=我的账户")
    page.wait_for_selector("text=用户名")
    no_overflow(page)
    page.click("button:has-text('退出')")
    page.wait_for_selector("h1:has-text('登录')")
    no_overflow(page)
    reader.picture("account-phone-zh")


@pytest.mark.reader(width=390, height=844, language="zh")
def test_a_second_factor_is_set_up_and_asked_for(reader, own_platform):
    page = reader.page
    page.goto(f"{own_platform}/app/account.html")
    page.wait_for_selector("text=设置第一位管理员")
    fill(page, id="root", name="王", password=PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=我的账户")
    panel = page.locator("section:has(h2:text-is('第二因素'))")
    panel.locator("[name=password]").fill(PASSWORD)
    panel.locator("button").click()
    secret = page.inner_text("dialog .secret").replace(" ", "")
    assert secret in page.get_attribute("dialog a", "href")
    no_overflow(page)
    reader.picture("account-factor-phone-zh")
    page.fill("dialog [name=code]", code_of(secret, step_of(utc_now())))
    page.click("dialog form button")
    page.wait_for_selector("dialog h2:has-text('恢复码')")
    # The event of the first dialog's closing may come after the second was opened.
    page.evaluate("document.querySelector('dialog').dispatchEvent(new Event('close'))")
    recovery = page.inner_text("dialog .secret").split()
    assert len(recovery) == 10
    reader.picture("account-recovery-phone-zh")
    page.keyboard.press("Escape")
    page.wait_for_selector("button:has-text('取消第二因素')")
    assert secret not in page.content()
    page.click("button:has-text('退出')")
    page.wait_for_selector("h1:has-text('登录')")
    reader.provokes = "401"
    fill(page, user="root", password=PASSWORD)
    page.keyboard.press("Enter")
    page.locator("[name=code]").wait_for(state="visible")
    fill(page, code=recovery[0])
    page.keyboard.press("Enter")
    page.wait_for_selector(".who:has-text('王')")
    # Away from the map, which is still being drawn, before its server goes.
    page.goto(f"{own_platform}/app/account.html")
    page.wait_for_selector("button:has-text('取消第二因素')")
