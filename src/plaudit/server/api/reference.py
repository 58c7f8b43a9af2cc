"""``/openapi.json`` made whole (errors of every route, keys, examples), and ``/api``, its page.

The usual pages for an OpenAPI document load scripts from elsewhere; this one is plain HTML.
"""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from plaudit.server.pages import frame

router = APIRouter(include_in_schema=False)

_ERRORS = {
    "400": "The request is broken, or its sender went away.",
    "401": "A key is missing or wrong.",
    "403": "The key has not the scope, or a page of another site asks.",
    "404": "It is not there, or belongs to somebody else.",
    "408": "The request did not arrive in time.",
    "409": "The judge has not scored the song yet, and the key may send none.",
    "413": "A limit of size, length or number is exceeded.",
    "415": "It is neither a form with files nor JSON.",
    "416": "The range lies outside the file.",
    "421": "The server is not addressed by that name.",
    "422": "A field or value is not as it should be.",
    "429": "Too many requests in a minute; Retry-After says when to come again.",
    "503": "Not now: the queue is full, or a judge is being loaded; Retry-After says when.",
    "507": "There is no room for more songs.",
}
_FAIR = {
    "200": "Here it is.",
    "202": "It is taken in, and done later.",
    "204": "It is done; there is nothing to say.",
}
_ALWAYS = ("401", "403", "421", "429")
_WITH_BODY = ("400", "408", "413", "422")

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_JUDGE = {"name": "bundled", "version": "0.1.0", "hash": _SHA256}
_JOB = {
    "schema_version": 1,
    "id": "pXk3vJ0bTgW8sR2mYq1c5A",
    "state": "running",
    "created": 1767225600.0,
    "ended": None,
    "judges": ["bundled"],
    "judge_ids": [_JUDGE],
    "n_songs": 2,
    "counts": {"done": 1, "running": 1},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "JobView": _JOB,
    "Jobs": {"jobs": [_JOB]},
    "ItemView": {
        "place": 1,
        "name": "b.mp3",
        "sha256": _SHA256,
        "state": "failed",
        "error": {"type": "InputError", "message": "b.mp3 holds no audio."},
        "rows": [],
    },
    "Named": {"paths": ["takes/a.wav", "takes/b.wav"], "judges": ["bundled"], "prompt": "a waltz"},
    "Pair": {"first": _SHA256, "second": _SHA256[::-1], "judge": "bundled", "sure": 0.9},
    "Takes": {
        "songs": [
            {"sha256": _SHA256, "group": "a waltz"},
            {"sha256": _SHA256[::-1], "group": "a waltz"},
        ],
        "keep": 1,
    },
    "FaultBody": {
        "error": {"type": "NotFound", "message": "There is no such job, or it is not yours."}
    },
}
"""Values of records, by their names."""


def describe(app: FastAPI) -> None:
    """Let an app describe itself whole."""
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        whole = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        parts = whole["components"]
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        for name, value in EXAMPLES.items():
            if name in parts["schemas"]:
                parts["schemas"][name]["examples"] = [value]
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, methods in whole["paths"].items():
            for method, operation in methods.items():
                _add_errors(path, method, operation)
                for body in _bodies_of(operation).values():
                    parts["schemas"] |= body["schema"].pop("$defs", {})
                    if (name := _type_of(body["schema"])) in EXAMPLES:
                        body["example"] = EXAMPLES[name]
        app.openapi_schema = whole
    return app.openapi_schema


def _add_errors(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if path.startswith("/v1") or path == "/metrics":
        operation["security"] = [{"key": []}, {}]
        for code in (*_ALWAYS, *(_WITH_BODY if method == "post" else ())):
            answers.setdefault(code, {})
    for code in _FAIR.keys() & answers.keys():
        if answers[code]["description"] in ("Successful Response", "Accepted"):
            answers[code]["description"] = _FAIR[code]
    for code in _ERRORS.keys() & answers.keys():
        answers[code]["description"] = _ERRORS[code]
        if "text/plain" not in answers[code].get("content", {}):
            schema = {"$ref": "#/components/schemas/FaultBody"}
            answers[code]["content"] = {"application/json": {"schema": schema}}
    operation["responses"] = dict(sorted(answers.items()))


@router.get("/api")
def page(request: Request) -> HTMLResponse:
    """Show the requests that the server answers."""
    whole = request.app.openapi()
    return frame.page(request, "api.html.j2", whole=whole, type_of=_type_of, bodies_of=_bodies_of)


def _bodies_of(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bodies that a request may have, by their media types."""
    bodies: dict[str, dict[str, Any]] = operation.get("requestBody", {}).get("content", {})
    return bodies


def _type_of(schema: dict[str, Any]) -> str:
    """Return the type of a value in words; a record by its name."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_type_of(part) for part in schema[key])
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"list of {_type_of(schema.get('items', {}))}"
    if "const" in schema or "enum" in schema:
        return " or ".join(repr(value) for value in schema.get("enum", [schema.get("const")]))
    return str(schema.get("title", kind)) if kind == "object" else str(kind)
