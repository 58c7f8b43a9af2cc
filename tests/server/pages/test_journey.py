"""What people do on the pages, in a real browser on a real server."""

import base64
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import FileChooser, Page, expect

from seen_page import Visiting
from served import Served

pytestmark = pytest.mark.browser

DROP = """([files, selector]) => {
  const carried = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
    carried.items.add(new File([bytes], name, { type: "audio/wav" }));
  }
  const target = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(
      new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""
HEARD = """() => {
  window.heard = [];
  const status = document.getElementById("work-status");
  const hear = () => window.heard.push(status.textContent);
  new MutationObserver(hear).observe(status, { childList: true });
}"""
SOUNDED = """(k) => {
  const { played } = document.querySelectorAll("audio")[k];
  return played.length > 0 && played.end(played.length - 1) - played.start(0) > 0.2;
}"""


def new_song(song: Path, tail: str) -> bytes:
    """Return a song that the server has never seen."""
    return song.read_bytes() + tail.encode()


def drop(page: Page, files: dict[str, bytes]) -> None:
    carried = [[name, base64.b64encode(content).decode()] for name, content in files.items()]
    page.evaluate(DROP, [carried, "#upload"])


def sounds(page: Page, k: int = 0) -> None:
    """Wait until the sound of a page has gone on for a while."""
    page.wait_for_function(SOUNDED, arg=k)


def test_songs_are_dropped_and_judged_one_by_one(visit: Visiting, songs: Path) -> None:
    seen = visit("/")
    page = seen.page
    page.evaluate(HEARD)
    files = {f"dropped {k}.wav": new_song(songs / f"{k}.wav", "dropped") for k in "abc"}
    drop(page, {"no song.wav": b"words", **files})
    expect(page.locator(".job-status")).to_have_text(
        "Finished: 3 of 4 songs judged, 1 could not be judged."
    )
    expect(page.locator(".waiting .failed")).to_contain_text("no song.wav")
    expect(page.locator(".waiting .failed p")).to_contain_text("decoded")
    # The list above has grown without being asked for again, and a screen reader heard of it.
    for name in files:
        row = page.locator(".line", has_text=name.removesuffix(".wav"))
        expect(row.locator(".score .value").first).to_contain_text(re.compile(r"\d\.\d"))
    heard = page.evaluate("window.heard")
    assert heard[-1] == "Finished: 3 of 4 songs judged, 1 could not be judged."
    assert seen.complaints == []
    page.reload()
    expect(page.locator(".line", has_text="dropped a")).to_have_count(1)


def test_songs_are_sent_by_keyboard(visit: Visiting, songs: Path, tmp_path: Path) -> None:
    page = visit("/").page
    # Listened for from the beginning: what opens before Chromium is told to wait is lost.
    choosers: list[FileChooser] = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))  # noqa: PLW0108 - no builtin
    path = tmp_path / "by keyboard.wav"
    path.write_bytes(new_song(songs / "a.wav", "keyboard"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#files")).to_be_focused()
    page.keyboard.press("Enter")
    while not choosers:
        page.wait_for_timeout(50)
    choosers[0].set_files(path)
    expect(page.locator(".job-status")).to_have_text("Finished: 1 of 1 song judged.")
    page.get_by_role("link", name="by keyboard").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("by keyboard.wav")


def test_a_folder_gives_what_sounds_in_it(visit: Visiting, songs: Path, tmp_path: Path) -> None:
    album = tmp_path / "album"
    (album / "side b").mkdir(parents=True)
    (album / "cover.jpg").write_bytes(b"a picture")
    (album / "opener.wav").write_bytes(new_song(songs / "a.wav", "opener"))
    (album / "side b" / "closer.wav").write_bytes(new_song(songs / "c.wav", "closer"))
    page = visit("/").page
    page.set_input_files("#folder", album)
    expect(page.locator(".job-status")).to_have_text("Finished: 2 of 2 songs judged.")
    expect(page.locator(".line", has_text="closer")).to_have_count(1)


def test_without_a_script_a_form_leads_to_the_job(
    visit: Visiting, songs: Path, tmp_path: Path
) -> None:
    path = tmp_path / "plain form.wav"
    path.write_bytes(new_song(songs / "b.wav", "plain"))
    page = visit("/", javascript=False).page
    page.locator("#files").set_input_files(path)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/jobs/*")
    while "Finished" not in page.locator(".job-status").inner_text():
        page.wait_for_timeout(100)
        page.reload()
    expect(page.locator(".line", has_text="plain form")).to_have_count(1)
    page.get_by_role("link", name="plain form").click()
    expect(page.locator("audio")).to_be_visible()


def test_a_list_is_sorted_searched_and_stays_chosen(visit: Visiting, takes: dict[str, str]) -> None:
    page = visit("/").page
    page.get_by_label("Find").fill("tàke")
    names = page.locator("#songs-chart .name a[href^='/songs/']")
    expect(names).to_have_count(4)
    expect(page).to_have_url(re.compile("q=t"))
    page.get_by_label("Choose take 2").check()
    page.get_by_role("link", name="streams", exact=True).click()
    head = page.locator("th[aria-sort]")
    expect(head).to_have_attribute("aria-sort", "descending")
    values = page.locator("td.score:nth-of-type(3) .value").all_inner_texts()
    numbers = [float(re.findall(r"\d+\.\d", value)[0]) for value in values]
    assert numbers == sorted(numbers, reverse=True)
    expect(page.get_by_label("Choose take 2")).to_be_checked()
    page.get_by_label("Find").fill("take ")
    expect(page).to_have_url(re.compile("take(%20|\\+)?&.*by=streams"))
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    compare = page.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    page.get_by_label("Choose take 1").check()
    compare.click()
    expect(page).to_have_url(re.compile(r"/compare\?.*" + takes["take 2.wav"]))


def test_a_song_is_seen_and_really_sounds(visit: Visiting, takes: dict[str, str]) -> None:
    seen = visit(f"/songs/{takes['long take.wav']}")
    page = seen.page
    expect(page.locator(".wave canvas").first).to_be_attached()
    page.get_by_role("button", name="Play").click()
    sounds(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    wave = page.get_by_role("slider")
    wave.press("End")
    expect(wave).to_have_attribute("aria-valuetext", "0:33")
    wave.press("Home")
    wave.press("PageUp")
    wave.press("ArrowRight")
    expect(wave).to_have_attribute("aria-valuenow", re.compile("3[3-5]"))
    expect(page.locator(".lane")).to_have_count(7)
    wave.press("Home")
    first = json.loads(page.locator(".stage").get_attribute("data-spans") or "")[0]
    assert page.locator(".now").all_inner_texts() == first[2]
    expect(page.locator(".like li")).not_to_have_count(0)
    assert seen.complaints == []


def test_two_songs_are_heard_at_one_loudness_from_one_place(
    visit: Visiting, takes: dict[str, str], server: Served
) -> None:
    chosen = [takes["take 1.wav"], takes["long take.wav"]]
    seen = visit(f"/compare?song={chosen[0]}&song={chosen[1]}")
    page = seen.page
    expect(page.locator("#loudness")).to_contain_text("LUFS")
    with server.client() as client:
        outlines = [client._ask("GET", f"/v1/songs/{song}/outline") for song in chosen]
    levels = [outline["loudness_lufs"] for outline in outlines]
    volumes = page.locator("audio").evaluate_all("(all) => all.map((audio) => audio.volume)")
    assert volumes == pytest.approx([10 ** ((min(levels) - x) / 20) for x in levels], abs=1e-6)
    assert max(volumes) == 1
    first, second = page.locator("audio").all()
    page.get_by_role("slider").first.press("ArrowRight")
    page.get_by_role("button", name="Play").click()
    sounds(page)
    expect(first).to_have_attribute("data-began", "5")
    page.get_by_role("button", name="B", exact=True).click()
    expect(page.get_by_role("button", name="B", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    sounds(page, 1)
    assert first.evaluate("(audio) => audio.paused") is True
    left = first.evaluate("(audio) => audio.currentTime")
    began = float(second.get_attribute("data-began") or "nan")
    assert began == pytest.approx(left, abs=0.1), "the other goes on from the same place"
    expect(page.locator(".reasons tbody tr")).to_have_count(7)
    assert seen.complaints == []


def test_takes_are_ranked_and_heard(visit: Visiting, takes: dict[str, str]) -> None:
    query = "&".join(f"song={song}" for song in takes.values())
    page = visit(f"/rank?{query}").page
    expect(page.locator(".places tbody tr")).to_have_count(4)
    expect(page.locator(".kept")).to_have_count(1)
    page.get_by_label("Keep the best").fill("3")
    expect(page.locator(".kept")).to_have_count(3)
    expect(page).to_have_url(re.compile("keep=3"))
    listen = page.locator(".listen").first
    listen.click()
    expect(listen).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Keep the best").fill("2")
    expect(page.locator(".kept")).to_have_count(2)  # the list is drawn again, and sounds on
    expect(listen).to_have_attribute("aria-pressed", "true")
    listen.click()
    expect(listen).to_have_attribute("aria-pressed", "false")


def test_a_collection_is_made_shared_and_taken_away(visit: Visiting, takes: dict[str, str]) -> None:
    seen = visit("/?q=take")
    page = seen.page
    for name in ("take 1", "<b>take<"):
        page.locator(".line", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Collect").click()
    page.get_by_label("To a new one").fill("Winter <script>alert(1)</script>")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Winter <script>alert(1)</script>")
    expect(page.locator(".line")).to_have_count(2)
    page.get_by_role("button", name="Share by a link").click()
    link = page.get_by_label("Whoever has this link").input_value()
    for name, kind in (("Report (HTML)", "html"), ("Table (CSV)", "csv"), ("JSON", "json")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert download.value.suggested_filename == f"collection.{kind}"
        assert "take 1.wav" in text
    assert seen.complaints == []
    shared = visit(link.split("/", 3)[3].join(["/", ""])).page
    expect(shared.locator(".line")).to_have_count(2)
    expect(shared.locator("input, audio, form button")).to_have_count(0)
    page.get_by_label("Choose take 1").check()
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".line")).to_have_count(1)
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Share by a link")).to_be_visible()
    shared.reload()
    expect(shared.get_by_role("heading", level=1)).to_have_text("It is not here")


def test_a_server_that_is_gone_is_said(visit: Visiting, songs: Path) -> None:
    page = visit("/").page
    page.route("**/v1/score", lambda route: route.abort())
    drop(page, {"never sent.wav": new_song(songs / "c.wav", "never")})
    expect(page.locator("#sending-status")).to_contain_text("does not answer")
    page.unroute("**/v1/score")
    full = {"error": {"type": "QueueFull", "message": "The queue is full; send them later."}}
    page.route("**/v1/score", lambda route: route.fulfill(status=503, json=full))
    drop(page, {"refused.wav": new_song(songs / "c.wav", "refused")})
    expect(page.locator("#sending-status")).to_have_text("The queue is full; send them later.")
