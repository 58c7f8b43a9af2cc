"""A button that only a script answers cannot be pressed before the script is there."""

import re
from pathlib import Path

import plaudit.server

TEMPLATES = sorted(Path(plaudit.server.__file__).parent.rglob("templates/*.j2"))
SHOWN_BY_SCRIPTS = ("scripted", 'id="stop-sending"')


def test_scripts_enable_their_own_buttons() -> None:
    buttons = [
        (path.name, tag)
        for path in TEMPLATES
        for tag in re.findall(r'<button type="button"[^>]*>', path.read_text())
    ]
    assert len(buttons) > 15
    early = [
        (name, tag)
        for name, tag in buttons
        if " disabled" not in tag and not any(sign in tag for sign in SHOWN_BY_SCRIPTS)
    ]
    assert early == []
