"""Every page: no complaint, nothing over the side of a phone, nothing that axe finds serious."""

from collections.abc import Callable

import httpx
import pytest

from seen_page import Visit, found_by_axe, sideways
from served import Served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def addresses(server: Served, takes: dict[str, str]) -> dict[str, str]:
    """Return an address of each page."""
    songs = list(takes.values())
    pair, all_songs = ("&".join(f"song={song}" for song in chosen) for chosen in (songs[:2], songs))
    with httpx.Client(base_url=server.url) as http:
        made = http.post("/collections", content=f"title=Looked+at&{all_songs}")
        collection = made.headers["location"]
        http.post(f"{collection}/share", content="shared=1")
        link = http.get(collection).text.split('readonly value="')[1].split('"')[0]
        judge = http.get("/v1/judges").json()["names"][0]
        job = http.get("/v1/jobs").json()["jobs"][0]["id"]
    return {
        "home": "/",
        "song": f"/songs/{takes['long take.wav']}",
        "pair": f"/compare?{pair}",
        "pair choice": "/compare",
        "takes": f"/rank?{all_songs}&keep=2",
        "takes choice": "/rank",
        "collections": "/collections",
        "collection": collection,
        "collect": f"/collections/add?{pair}",
        "shared": "/" + link.split("/", 3)[3],
        "jobs": "/jobs",
        "job": f"/jobs/{job}",
        "judges": "/judges",
        "judge": f"/judges/{judge}",
        "programs": "/api",
    }


def test_every_page_by_day(
    visit: Callable[..., Visit], addresses: dict[str, str], server: Served
) -> None:
    seen = visit("/judges")
    titles = set()
    for name, address in addresses.items():
        seen.page.goto(server.url + address)
        assert seen.page.locator("h1").count() == 1, name
        titles.add(seen.page.title())
        assert sideways(seen.page) <= 0, name
        assert seen.complaints == [], name
        assert found_by_axe(seen.page, ["color-contrast"]) == [], name
        seen.complaints.clear()  # axe writes styles, which the policy stops
    assert len(titles) == len(addresses) - 1  # a collection has one title, shared or not
    assert all(url.startswith(("http://127.0.0.1:", "data:", "blob:")) for url in seen.requests)


def test_every_page_on_a_phone_by_night(
    visit: Callable[..., Visit], addresses: dict[str, str], server: Served
) -> None:
    seen = visit("/judges", width=390, scheme="dark")
    for name, address in addresses.items():
        seen.page.goto(server.url + address)
        assert sideways(seen.page) <= 0, name
        assert seen.complaints == [], name
        assert found_by_axe(seen.page) == [], name
        seen.complaints.clear()
