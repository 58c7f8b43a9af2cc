"""The commented file that ``plaudit arena init`` writes: one for each kind of test."""

from plaudit.arena.session.record import Kind

_QUESTION: dict[Kind, str] = {
    "battle": "two songs for one prompt: which is better? (first, second, tie, neither)",
    "rating": "one song, rated on axes from 1 to 5",
    "mushra": "versions of one song beside a reference, 0 to 100 (ITU-R BS.1534)",
    "rank": "several songs for one prompt, put in order",
}
_KIND: dict[Kind, str] = {
    "battle": """
# Which pair of systems is asked next: informative (most is learned from it), least-seen or uniform.
pairing = "informative"
# Share of battles that go to the pair seen least, so that no pair starves.
floor = 0.2
""",
    "rating": """
axes = ["coherence", "musicality", "memorability", "clarity", "naturalness"]
# Labels from 1 upwards. For degradation beside an open reference (ITU-T P.800, P.808):
# reference = true, axes = ["degradation"], scale = ["very annoying", "annoying",
# "slightly annoying", "audible", "inaudible"].
scale = ["bad", "poor", "fair", "good", "excellent"]
""",
    "mushra": """
# Low-pass copies of the reference that stand among the versions, unnamed.
anchors = ["lowpass-3500", "lowpass-7000"]
""",
    "rank": """
# Songs of a task.
takes = 4
""",
}
_SYSTEMS: dict[Kind, str] = {
    "mushra": """# A table with the columns system, prompt, path and reference; also prompt_id,
# lyrics and instrumental (true or false).
manifest = "songs.csv"
""",
}
_PLAIN = """# A table with the columns system, prompt and path; also prompt_id, lyrics,
# instrumental (true or false).
# manifest = "songs.csv"
# Systems that make songs for prompts, a table with the columns prompt_id and prompt:
# prompts = "prompts.csv"

# Or a folder a system: files of one name, but for the suffix, answer one prompt.
[contestants.folders]
"system A" = "a"
"system B" = "b"

# [contestants.programs."my model"]        # JSON on standard input, a sound file at its "out"
# command = ["python", "generate.py"]
# limit_s = 600
# retries = 2
# [contestants.endpoints."my service"]     # JSON by POST, a sound file back
# url = "https://localhost:8080/generate"
# header = { authorization = "$MY_TOKEN" } # from the environment
# [contestants.composers."plain composer"] # Plaudit's own, always there
# system = "cairn"
"""


def template(name: str, kind: Kind) -> str:
    """Return the text of a new test's file."""
    return f'''# A listening test: {_QUESTION[kind]}.
# `plaudit arena check` says what is missing and how many votes are needed.
name = "{name}"
title = "Which music is better?"
kind = "{kind}"
# Language of the pages that is offered first, and all that there are.
language = "en"
languages = ["en", "de"]
# Text that people agree to; a built-in one without.
# terms = "terms.md"

[listening]
# Seconds of each side that must be heard before an answer is taken.
gate_s = 4
# Seconds that can be heard of a song.
longest_s = 60
# Loudness of all songs (LUFS); lowered for all alike where one would clip.
loudness_lufs = -20
# Whether prompt and lyrics are shown.
show_prompt = true
# Whether each play begins at the start, and whether only what sounds can be rated.
restart = false
rate_playing = false

[tasks]
# Tasks of a voter; 0 for no end.
per_voter = 20
# Tasks before them that do not count.
training = 2
# Shares of tasks that are checks: a damaged copy, a former task again.
checks = 0.1
repeats = 0.05
{_KIND[kind].strip()}

[people]
# Who may come in: whoever has the address; by a token (`plaudit arena add --invitations 20`); by
# ?participant=, with a completion code at the end.
open = true
invited = false
participants = false
# Whether a voter sees after each answer what was behind the songs, and the board.
reveal = true
board = false

[careless]
# Whose votes are flagged: who did something so often that an attentive voter, who does it at the
# rate below at most, would come to it with a chance below `level`. Nothing is deleted by a flag:
# each analysis says with and without.
level = 0.005
# An answer is too fast within so many seconds of the first moment at which one can be given.
fastest_s = 2.0
too_fast = 0.2
same_answer = 0.6
failed_checks = 0.15
changed_answers = 0.35
unheard = 0.02
# Factor by which a voter's own taste may raise the odds of one system.
taste = 2.0

[contestants]
{_SYSTEMS.get(kind, _PLAIN)}'''
