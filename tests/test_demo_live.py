"""`bot demo` as one starts it: the real bot, its phones and its clock, in a real Chromium."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    made = Demo(tmp_path)
    yield made
    made.kill()


def write(page: Page, name: str, *texts: str) -> str:
    """Type one text after the other, each when the last was answered; gives the last answer."""
    answers = page.locator(f"[data-phone={name}] [data-from=bot]")
    field_ = page.locator(f"#write-{name}")
    for text in texts:
        before = answers.count()
        field_.fill(text)
        field_.press("Enter")
        expect(answers).to_have_count(before + 1)
    return answers.last.inner_text()


def test_an_arabic_mother_enrols_plans_and_books_a_talk_by_sms(demo: Demo, browser: Browser) -> None:
    assert demo.url in demo.start()
    page = browser.new_page()
    page.goto(demo.url)
    answers = page.locator("[data-phone=fatima] [data-from=bot]")
    page.locator("#fatima .letter button").click()
    expect(answers).to_contain_text("1 العربية")
    expect(page.locator("#fatima .letter")).to_have_count(0)
    assert f"{demo.url}/privacy/ar" in write(page, "fatima", "١")
    assert "1" in write(page, "fatima", "1", "القراءة", "قبل النوم", "الثلاثاء")
    assert "19:30" in write(page, "fatima", "السابعة والنصف مساء")
    week = page.locator("#fatima .week li")
    expect(week).to_have_text(
        [re.compile("di 19.30 .*herinnering voorlezen"), re.compile("ma 30 nov 16.00 .*vraag over voorlezen")]
    )
    page.get_by_role("button", name="Een uur vooruit").click()  # who has just come is not asked at once
    expect(page.locator("#lately")).to_contain_text("Tot 17.00: er ging één bericht weg")
    said = answers.count()
    assert "25 نوفمبر، الساعة 15:00" in write(page, "fatima", "1"), "an interpreter, please; then one moment"
    assert f"{demo.url}/afspraak/" in write(page, "fatima", "1"), "agreed, with a file for her calendar"
    page.get_by_role("button", name="Een week vooruit").click()
    expect(page.locator("#lately")).to_contain_text("er gingen 6 berichten weg")
    expect(answers).to_have_count(said + 8)
    times = answers.locator("time").evaluate_all("all => all.slice(-6).map(e => e.dateTime.slice(0, 16))")
    talk = {"2026-11-23T19:00", "2026-11-24T15:00", "2026-11-25T13:00"}  # before it, the day before, on the day
    assert [each for each in times if each not in talk] == [
        "2026-11-24T19:30", "2026-11-25T16:30", "2026-11-30T16:00"  # school would like to know her; how did it go
    ]  # fmt: skip
    expect(week.first).to_contain_text("di 19.30")
    expect(week.filter(has_text="vraag over voorlezen")).to_have_count(0)
    page.close()


def test_a_turkish_mother_does_it_by_tapping_on_a_small_screen(demo: Demo, browser: Browser) -> None:
    demo.start()
    page = browser.new_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto(f"{demo.url}/#elif")
    phone = page.locator("[data-phone=elif]")
    page.locator("#elif .letter button").click()
    expect(phone.locator("[data-from=parent]")).to_have_count(1)
    for turn, option in enumerate(("tr", "ja", "voorlezen", "bedtijd", "vr"), 2):
        button = phone.locator(f"button[value={option}]").last
        if not button.is_visible():
            phone.locator(".choices summary").last.click()
        button.click()
        expect(phone.locator("[data-from=parent]")).to_have_count(turn)
    phone.get_by_role("textbox").fill("20:00")
    phone.get_by_role("textbox").press("Enter")
    expect(page.locator("#elif .week li").first).to_contain_text("vr 20.00 herinnering voorlezen")
    page.close()


def test_what_falls_in_quiet_hours_waits_and_says_so(demo: Demo, browser: Browser) -> None:
    demo.start()
    page = browser.new_page()
    page.goto(demo.url)
    for hour in range(17, 23):
        page.get_by_role("button", name="Een uur vooruit").click()
        expect(page.locator("#clock")).to_contain_text(f"{hour}.00")
        expect(page.locator("form[aria-busy]")).to_have_count(0)  # until its answer is there, it takes no other tap
    page.locator("#jan .letter button").click()
    expect(page.locator("[data-phone=jan] [data-from=bot]")).to_have_count(1)
    write(page, "jan", "1", "1", "voorlezen", "bedtijd", "vr", "19:30")
    page.get_by_role("button", name="Een week vooruit").click()
    expect(page.locator("#clock")).to_contain_text("30 nov")
    expect(page.locator("form[aria-busy]")).to_have_count(0)
    page.get_by_role("button", name="Een uur vooruit").click()  # a week after his plan he is asked how it went
    expect(page.locator("#jan .note")).to_contain_text(
        re.compile(r"uitgesteld tot di 7\.\d\d: stille uren")
    )  # not all at once
    page.get_by_role("button", name="Een dag vooruit").click()
    expect(page.locator("#jan .note")).to_contain_text(re.compile(r"bezorgd om 7\.\d\d"))
    page.close()


def test_the_next_start_goes_on_and_fresh_starts_over(demo: Demo, browser: Browser) -> None:
    demo.start()
    page = browser.new_page()
    page.goto(demo.url)
    page.locator("#kofi .letter button").click()
    expect(page.locator("[data-phone=kofi] [data-from=bot]")).to_have_count(1)
    page.get_by_role("button", name="Een uur vooruit").click()
    expect(page.locator("#clock")).to_contain_text("17.00")
    assert demo.stop() == (0, "")
    demo.start()
    page.goto(demo.url)
    expect(page.locator("#clock")).to_contain_text("17.00")
    assert "SMS" in write(page, "kofi", "1")
    assert demo.stop() == (0, "")
    demo.start("--fresh")
    page.goto(demo.url)
    expect(page.locator("#clock")).to_contain_text("16.00")
    expect(page.locator("[data-from]")).to_have_count(0)
    expect(page.locator("#kofi .letter")).to_be_visible()
    page.close()


def test_a_port_or_a_demo_in_use_is_one_clear_line(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.port)):
        taken = demo.refused()
    assert taken.returncode == 2
    assert taken.stderr.count("\n") == 1
    assert f"port {demo.port}" in taken.stderr
    demo.start()
    other = Demo(demo.folder).refused()
    assert other.returncode == 2
    assert "already running" in other.stderr
    assert other.stderr.count("\n") == 1
