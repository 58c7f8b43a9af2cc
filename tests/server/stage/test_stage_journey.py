"""A listener's way through each kind of test, in a real browser, really listening."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from plaudit.audio.integrated import LoudnessMeter
from seen_page import Visit, sideways
from staged import GATE, Staged, come_in, hear, hear_all, send, staged, task_of, until_ready

pytestmark = pytest.mark.browser
Stages = Callable[[str], Staged]
Windows = Callable[..., Visit]

# What a page starts and turns up, as the browser was asked for it.
LISTENING_IN = """
window.started = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, offset) {
  const loop = this.loop ? [this.loopStart, this.loopEnd] : [];
  window.started.push([when, offset, ...loop]);
  window.sounded = this.buffer;
  return start.call(this, when, offset);
};
window.gains = [];
const ramp = AudioParam.prototype.linearRampToValueAtTime;
AudioParam.prototype.linearRampToValueAtTime = function (value, when) {
  window.gains.push([value, when]);
  return ramp.call(this, value, when);
};
"""


def answers(stage: Staged, page: Page) -> list[Any]:
    """The answers of whoever uses this page, as the database has them."""
    cookies = {c["name"]: c["value"] for c in page.context.cookies()}
    voter = stage.staging.signer.loads(cookies["plaudit_voter"])["voter"]
    return [vote for task, vote in stage.votes() if task.voter == voter]


def test_battles_by_keyboard_alone_to_the_completion_code(
    tmp_path_factory: pytest.TempPathFactory, window: Windows
) -> None:
    folder = tmp_path_factory.mktemp("battles")
    people = {"participants": True}
    with staged(folder, "battle", tasks={"per_voter": 4}, people=people) as stage:
        seen = window()
        page, keys = seen.page, seen.page.keyboard
        page.goto(f"{stage.url}/?participant=worker-7")
        page.locator(".agree button").focus()
        keys.press("Enter")  # without consent the form stays
        assert page.url.endswith("worker-7")
        page.get_by_role("checkbox").focus()
        keys.press("Space")
        keys.press("Tab")
        keys.press("Enter")
        page.wait_for_url("**/check")
        page.locator("#go-on").focus()
        keys.press("Enter")
        until_ready(page)
        for n, outcome in enumerate(("first", "second", "tie", "neither")):
            until_ready(page)
            assert task_of(page)["place"] == n + 1
            page.locator(f'input[value="{outcome}"]').focus()
            keys.press("Space")
            expect(page.locator("#send")).to_be_disabled()  # nothing was heard yet
            page.locator("#content").focus()
            keys.press("Space")
            expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
            hear(page, 0)
            keys.press("b" if n % 2 else "2")
            expect(page.locator(".hear").nth(1)).to_have_attribute("aria-pressed", "true")
            hear(page, 1)
            keys.press("ArrowLeft")
            if n == 0:
                page.locator(".why summary").focus()
                keys.press("Enter")
                page.locator("[data-reason]").first.focus()
                keys.press("Space")
                page.locator("#comment").focus()
                keys.type('<script>alert(1)</script> "quoted" \u266b')
            expect(page.locator("#send")).to_be_enabled()
            page.locator("#send").focus()
            keys.press("Enter")
            expect(page.locator("#revealed li")).to_have_count(2)
            expect(page.locator("#next")).to_be_focused()
            shown = page.locator("#revealed strong").all_inner_texts()
            keys.press("Enter")
            if n < 3:
                page.wait_for_function(
                    f"document.querySelector('#task')?.dataset.task.includes('\"place\":{n + 2}')"
                )
            task, vote = stage.votes()[-1]
            assert [side["system"] for side in task.sides] == shown
            assert vote.outcome == outcome
        page.wait_for_url("**/done")
        code = page.locator(".code output").inner_text()
        assert re.fullmatch(r"[A-Z2-7]{10}", code)
        first = stage.votes()[0][1].answer
        assert first["comment"].startswith("<script>")
        assert list(first["reasons"].values()) == [["coherence"]]
        page.goto(f"{stage.url}/me")
        expect(page.locator("tbody tr")).to_have_count(4)
        assert "<script>alert(1)</script>" in page.locator("tbody").inner_text()
        # The same worker on another device comes back to the same place.
        other = window().page
        other.goto(f"{stage.url}/?participant=worker-7")
        other.get_by_role("checkbox").check()
        other.locator(".agree button").click()
        other.locator("#go-on").click()
        other.wait_for_url("**/done")
        assert other.locator(".code output").inner_text() == code
        # Deleting needs a second press, and leaves nothing.
        page.get_by_text("Delete everything").click()
        page.get_by_role("button", name="Delete all my answers").click()
        expect(page.locator("h1")).to_have_text("Your answers are deleted: 4.")
        assert stage.votes() == []
        page.goto(f"{stage.url}/task")
        assert page.url == f"{stage.url}/"
        assert seen.complaints == []


def test_a_rating_on_a_phone(stage: Stages, window: Windows) -> None:
    rating = stage("rating")
    seen = window(width=390, scheme="dark", has_touch=True)
    page = seen.page
    come_in(page, rating.url, "?language=de")
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("h1").inner_text() == "Wie bewerten Sie dieses Stück?"
    hear_all(page)
    axes = page.locator(".rated")
    assert axes.count() == 5
    for n in range(5):
        expect(page.locator("#send")).to_be_disabled()
        axes.nth(n).locator("label").nth(n).tap()
    assert sideways(page) <= 0
    send(page)
    (vote,) = answers(rating, page)
    assert list(vote.answer["ratings"].values()) == [1, 2, 3, 4, 5]
    assert seen.complaints == []


def test_mushra_switches_at_one_sample_and_loops(stage: Stages, window: Windows) -> None:
    mushra = stage("mushra")
    seen = window()
    page = seen.page
    page.add_init_script(LISTENING_IN)
    come_in(page, mushra.url)
    task = task_of(page)
    labels = [side["label"] for side in task["sides"]]
    assert labels == ["Reference", "A", "B", "C", "D", "E"]  # hidden reference, anchor, 3 systems
    page.locator("#position").fill("4")
    page.locator("#loop-end").click()
    expect(page.locator("#loop-status")).to_have_text("Loop from 0:00 to 0:04")
    hear_all(page)
    started = page.evaluate("window.started")
    assert len(started) % len(labels) == 0
    for n in range(0, len(started), len(labels)):
        together = started[n : n + len(labels)]
        assert all(one == together[0] for one in together)  # one time, one place, one loop
        assert together[0][2:] == [0, 4]
    # Each switch turns one side up and all others down, at the same moment.
    gains = page.evaluate("window.gains")
    for n in range(0, len(gains), len(labels)):
        values, moments = zip(*gains[n : n + len(labels)], strict=True)
        assert sorted(values) == [0] * (len(labels) - 1) + [1]
        assert len(set(moments)) == 1
    sliders = page.locator("[data-score]")
    for n in range(sliders.count()):
        expect(page.locator("#send")).to_be_disabled()
        sliders.nth(n).fill(str(20 * n + 10))
    send(page)
    expect(page.locator("#revealed li")).to_have_count(len(labels))
    notes = page.locator("#revealed").inner_text()
    assert "anchor" in notes
    (vote,) = answers(mushra, page)
    keys = [side["key"] for side in task["sides"][1:]]
    assert vote.answer["scores"] == {key: 20 * n + 10 for n, key in enumerate(keys)}
    assert seen.complaints == []


def test_takes_are_put_in_order_by_keys_and_by_dragging(stage: Stages, window: Windows) -> None:
    rank = stage("rank")
    page = window().page
    come_in(page, rank.url)
    hear_all(page)

    def order() -> str:
        rows = page.locator("#order li").all()
        return "".join(row.get_attribute("data-label") or "" for row in rows)

    assert order() == "ABC"
    page.locator('li[data-label="C"] [data-by="-1"]').focus()
    page.keyboard.press("Enter")
    assert order() == "ACB"
    page.keyboard.press("ArrowUp")
    assert order() == "CAB"
    expect(page.locator("#moved")).to_have_text("C is now at place 1.")
    page.locator("#confirm").check()
    grip, goal = page.locator('li[data-label="B"] .grip'), page.locator('li[data-label="C"]')
    start, end = grip.bounding_box(), goal.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 8, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 8, (start["y"] + end["y"]) / 2, steps=3)
    page.mouse.move(start["x"] + 8, end["y"] + 20, steps=3)
    page.mouse.up()
    assert order() == "BCA"
    expect(page.locator("#send")).to_be_disabled()  # another order has to be confirmed again
    page.locator("#confirm").check()
    keys = {side["label"]: side["key"] for side in task_of(page)["sides"]}
    send(page)
    (vote,) = answers(rank, page)
    assert vote.answer["order"] == [keys[label] for label in "BCA"]


def test_a_lost_connection_loses_nothing_and_doubles_nothing(
    stage: Stages, window: Windows
) -> None:
    battle = stage("battle")
    page = window().page
    come_in(page, battle.url)
    task = task_of(page)["id"]
    hear_all(page)
    page.get_by_role("radio", name="B is better").check()
    page.context.set_offline(True)
    page.locator("#send").click()
    expect(page.locator("#status")).to_contain_text("No connection")
    assert answers(battle, page) == []
    page.context.set_offline(False)
    expect(page.locator("#next")).to_be_visible()
    assert [(vote.task, vote.outcome) for vote in answers(battle, page)] == [(task, "second")]

    # The vote arrives, but its acknowledgement does not; then the page is loaded again.
    page.locator("#next").click()
    page.wait_for_function(f"!document.querySelector('#task')?.dataset.task.includes('{task}')")
    until_ready(page)
    second = task_of(page)["id"]
    hear_all(page)
    page.get_by_role("radio", name="Both are bad").check()
    nonces = []

    def swallow(route: Any) -> None:
        nonces.append(route.request.post_data_json["nonce"])
        route.fetch()
        route.abort()

    page.route("**/answer", swallow)
    page.locator("#send").click()
    expect(page.locator("#status")).to_contain_text("No connection")
    with page.expect_request("**/answer"):
        pass  # it tries again by itself
    page.unroute_all(behavior="ignoreErrors")
    acknowledged = []
    page.on("response", lambda r: acknowledged.append(r) if r.url.endswith("/answer") else None)
    page.reload()
    until_ready(page)
    assert task_of(page)["id"] != second
    page.wait_for_function(
        "!Object.keys(sessionStorage).some((key) => key.includes('" + second + "'))"
    )
    assert [(vote.task, vote.outcome) for vote in answers(battle, page)] == [
        (task, "second"), (second, "neither"),
    ]  # fmt: skip
    assert len(set(nonces)) == 1


def test_reload_back_button_and_a_second_tab(stage: Stages, window: Windows) -> None:
    battle = stage("battle")
    page = window().page
    come_in(page, battle.url)
    task = task_of(page)
    hear(page, 0)
    page.get_by_role("radio", name="Both are equally good").check()
    page.locator("#play").click()
    page.reload()
    until_ready(page)
    assert task_of(page) == task
    expect(page.locator(".hear").first).to_have_class(re.compile(r"\bheard\b"))  # the server knows
    expect(page.get_by_role("radio", name="Both are equally good")).to_be_checked()
    page.go_back()
    page.go_forward()
    until_ready(page)
    assert task_of(page) == task
    other = page.context.new_page()
    other.goto(f"{battle.url}/task")
    until_ready(other)
    assert task_of(other) == task
    hear(other, 1)
    page.locator("#play").click()  # which stops the other tab
    expect(other.locator("#play")).to_have_attribute("aria-label", "Play")
    hear_all(page)
    other.get_by_role("radio", name="A is better").check()
    send(page)
    expect(other.locator("#thanks")).to_have_text(
        "This task was answered in another tab. That answer stands."
    )
    (vote,) = answers(battle, page)
    assert (vote.task, vote.outcome) == (task["id"], "tie")
    other.locator("#next").click()
    page.locator("#next").click()
    for tab in (page, other):
        tab.wait_for_function(
            "document.querySelector('#task')?.dataset.task.includes('\"place\":2')"
        )
    assert task_of(page) == task_of(other)


def test_what_a_test_may_ask_of_the_player(
    tmp_path_factory: pytest.TempPathFactory, window: Windows
) -> None:
    folder = tmp_path_factory.mktemp("options")
    rules = {**GATE, "restart": True, "rate_playing": True}
    with staged(folder, "rating", listening=rules, tasks={"axes": ["groove"]}) as stage:
        page = window().page
        page.add_init_script(LISTENING_IN)
        come_in(page, stage.url)
        first = page.locator(".rated input").first
        expect(first).to_be_disabled()
        hear(page, 0)
        expect(first).to_be_enabled()
        first.check()
        page.locator("#play").click()
        expect(first).to_be_disabled()
        page.locator("#play").click()
        expect(first).to_be_enabled()
        assert [offset for _, offset, *_ in page.evaluate("window.started")] == [0, 0]
        send(page)
        (vote,) = answers(stage, page)
        assert vote.answer["ratings"] == {"groove": 1}
        assert vote.listening[0]["restarts"] == 1


def test_the_level_check_knows_left_from_right(stage: Stages, window: Windows) -> None:
    page = window().page
    page.add_init_script(LISTENING_IN)
    page.goto(f"{stage('battle').url}/?language=de")
    page.get_by_role("checkbox").check()
    page.locator(".agree button").click()
    expect(page.locator("#play-level")).to_be_visible()
    page.locator("#play-level").click()
    expect(page.locator("#play-level")).to_have_attribute("aria-pressed", "true")
    sides = "[0, 1].map((side) => [...window.sounded.getChannelData(side).slice(0, 44100)])"
    meter = LoudnessMeter(44_100, 2)
    meter.push(np.array(page.evaluate(sides), np.float32))
    assert meter.lufs == pytest.approx(-20, abs=0.7)  # as the songs of the test
    # What is drawn is made known: the first of each choice.
    page.evaluate("() => { crypto.getRandomValues = (array) => array.fill(0); }")
    page.locator("#play-level").click()
    expect(page.locator("#play-level")).to_have_attribute("aria-pressed", "false")
    page.locator("#play-side").click()
    page.locator('[data-ear="right"]').click()
    expect(page.locator("#side-status")).to_contain_text("andere")
    for n in range(3):
        page.locator("#play-side").click()
        page.locator('[data-ear="left"]').click()
        expect(page.locator("#side-status")).to_have_text(f"Richtig: {n + 1} von 3.")
    expect(page.locator("#without")).to_be_visible()
    page.locator("#play-tones").click()
    page.locator('[data-tone="1"]').click()
    page.locator("#play-tones").click()
    page.locator('[data-tone="0"]').click()
    expect(page.locator("#fine")).to_be_visible()
    page.locator("#go-on").click()
    page.wait_for_url("**/task")
    kept = page.request.get(f"{stage('battle').url}/me/votes.json").json()
    assert kept["headphones"] == "right"
