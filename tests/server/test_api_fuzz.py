"""The study `api_fuzz` in small, and what the API says of itself: whole, with true examples."""

import json
import re
from pathlib import Path

import httpx
import pytest

from api_fuzz import fuzz, fuzz_pages
from plaudit.core.file import sha256_of
from plaudit.core.settings import Record
from plaudit.server.api.comparison import Pair, Takes
from plaudit.server.api.jobs import Jobs
from plaudit.server.api.reference import EXAMPLES
from plaudit.server.api.score import Named
from plaudit.server.refusal import FaultBody
from plaudit.server.view import ItemView, JobView
from served import Served

RECORDS = (JobView, Jobs, ItemView, Named, Pair, Takes, FaultBody)


def test_made_up_requests_get_answers_of_their_kind(keyed: Served, songs: Path) -> None:
    assert keyed.key is not None
    with keyed.client() as client:
        job = client.send([songs / "a.wav"])
        client.wait(job)
    known = {"job_id": job, "sha256": sha256_of(songs / "a.wav")}
    answers, faults = fuzz(keyed.url, keyed.key, known, examples=3, start=1)
    assert faults == []
    assert sum(answers.values()) > 80
    assert not [label for label in answers if label.endswith(" 500")]
    fair = {label for label in answers if label.rsplit(" ", 1)[1] in ("200", "202", "204")}
    assert len(fair) >= 9, "it is not all refused"
    answers, faults = fuzz_pages(keyed.url, keyed.key, known, examples=5, start=1)
    assert faults == []
    assert sum(label.endswith(" 200") for label in answers) > 5


@pytest.mark.parametrize("record", RECORDS)
def test_examples_are_what_they_stand_for(record: type[Record]) -> None:
    record.model_validate_json(json.dumps(EXAMPLES[record.__name__]))
    assert set(EXAMPLES) == {other.__name__ for other in RECORDS}


def test_every_request_is_described_with_its_errors(server: Served) -> None:
    whole = httpx.get(f"{server.url}/openapi.json").json()
    text = json.dumps(whole)
    for name in whole["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text or name in EXAMPLES
    for used in text.split("#/components/schemas/")[1:]:
        assert used.split('"')[0] in whole["components"]["schemas"]
    for path, methods in whole["paths"].items():
        for operation in methods.values():
            assert operation["description"]
            if path.startswith("/v1"):
                assert {"401", "403", "421", "429"} <= set(operation["responses"])


def test_the_page_of_requests_is_plain_html(server: Served) -> None:
    page = httpx.get(f"{server.url}/api")
    assert page.headers["content-type"].startswith("text/html")
    for path in httpx.get(f"{server.url}/openapi.json").json()["paths"]:
        assert path in page.text
    loaded = re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"([^\"]*)", page.text)
    assert [name for name in loaded if not name.startswith(("/assets/", "data:image/svg"))] == []
    for inline in ("<script>", " style=", "<style"):
        assert inline not in page.text
    assert '"keep": 1' in page.text
