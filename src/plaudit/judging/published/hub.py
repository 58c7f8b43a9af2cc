"""Where published files lie: a repository of the model hub, or of GitHub, at one commit.

``HF_HOME``, ``HF_ENDPOINT`` (a mirror), ``HF_TOKEN`` and ``HF_HUB_OFFLINE`` mean what they mean to
``huggingface_hub``. ``PLAUDIT_GITHUB`` is the address of a copy of GitHub, laid out as a GitHub
server of one's own is.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from plaudit.encoders.promise import WeightsNotFoundError
from plaudit.judging.published.download import Remote, asked_wait, faults, persist, status_of

GITHUB = "https://github.com/"
MIRROR = "PLAUDIT_GITHUB"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Repository(Protocol):
    """Published files by name and commit."""

    @property
    def address(self) -> str:
        """Where it is, for messages."""

    def commit(self, revision: str | None) -> str:
        """Return the commit of a revision, of the newest by default."""

    def cached(self, name: str, commit: str) -> Path | None:
        """Return a file that was brought before."""

    def remote(self, name: str, commit: str) -> Remote | None:
        """Return what is stated of a file; None where there is no such file."""

    def local(self, name: str, commit: str) -> Path:
        """Return a file that was brought now."""


def repository(hub: str) -> Repository:
    """Return the repository of a hub id (``owner/name``) or of an address at GitHub."""
    if hub.startswith(GITHUB):
        return GitHubRepository(hub.removeprefix(GITHUB))
    return HubRepository(hub)


@dataclass(frozen=True)
class HubRepository:
    """A repository of the model hub; its files come to lie in the cache that all its tools share.

    Parameters
    ----------
    repo : str
        Its id.
    """

    repo: str

    @property
    def address(self) -> str:
        """Its page."""
        return f"{_api().endpoint}/{self.repo}"

    def commit(self, revision: str | None) -> str:
        """Return the commit of a branch, a tag or a commit; by default of the newest."""
        info = persist(
            lambda: _api().model_info(self.repo, revision=revision, timeout=_timeout_s())
        )
        if not info.sha:
            raise OSError(f"{self.address} names no commit")
        return str(info.sha)

    def cached(self, name: str, commit: str) -> Path | None:
        """Return the file of the shared cache."""
        from huggingface_hub import try_to_load_from_cache

        path = try_to_load_from_cache(self.repo, name, revision=commit)
        return Path(path) if isinstance(path, str) else None

    def remote(self, name: str, commit: str) -> Remote | None:
        """Return address, size and hash of a file; the hub states the SHA-256 of large ones."""
        from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
        from huggingface_hub.file_download import repo_folder_name
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        url = hf_hub_url(self.repo, name, revision=commit, endpoint=_api().endpoint)
        try:
            stated = persist(lambda: get_hf_file_metadata(url, timeout=_timeout_s()))
        except faults() as error:
            if status_of(error) == 404:
                return None
            raise
        if stated.etag is None or stated.commit_hash not in (None, commit):
            raise OSError(
                f"{self.address} states no tag of {name}, or another commit"
                f" ({stated.commit_hash}) than {commit}"
            )
        folder = repo_folder_name(repo_id=self.repo, repo_type="model")
        return Remote(
            name=name,
            url=url,
            place=Path(constants.HF_HUB_CACHE) / folder / "blobs" / stated.etag,
            size=stated.size,
            sha256=stated.etag if _SHA256.fullmatch(stated.etag) else None,
            headers=build_hf_headers(),
        )

    def local(self, name: str, commit: str) -> Path:
        """Return the file, which the hub's client gives its name in the cache."""
        return Path(_api().hf_hub_download(self.repo, name, revision=commit))


@dataclass(frozen=True)
class GitHubRepository:
    """A repository of GitHub; its files come to lie beside the cache of the model hub.

    Parameters
    ----------
    repo : str
        Owner and name.
    """

    repo: str

    @property
    def address(self) -> str:
        """Its page."""
        return f"{_github()}{self.repo}"

    def commit(self, revision: str | None) -> str:
        """Return the commit of a branch, a tag or a commit; by default of the newest."""
        base = f"{_github()}api/v3/" if os.environ.get(MIRROR) else "https://api.github.com/"
        url = f"{base}repos/{self.repo}/commits/{revision or 'HEAD'}"
        return str(persist(lambda: _asked("GET", url)).json()["sha"])

    def cached(self, name: str, commit: str) -> Path | None:
        """Return the file, if it was brought before."""
        place = self._place(name, commit)
        return place if place.is_file() else None

    def remote(self, name: str, commit: str) -> Remote | None:
        """Return address and size of a file; GitHub states no hash."""
        url = f"{self.address}/raw/{commit}/{name}"
        try:
            size = persist(lambda: _asked("HEAD", url)).headers.get("Content-Length")
        except faults() as error:
            if status_of(error) == 404:
                return None
            raise
        return Remote(name, url, self._place(name, commit), None if size is None else int(size))

    def local(self, name: str, commit: str) -> Path:
        """Return the file."""
        return self._place(name, commit)

    def _place(self, name: str, commit: str) -> Path:
        from huggingface_hub import constants

        folder = self.repo.replace("/", "--")
        return Path(constants.HF_HOME) / "plaudit" / "github" / folder / commit / name


def failure(error: Exception, place: Repository, offline_way: str) -> WeightsNotFoundError:
    """Return what to say when a repository did not give what was asked for: one sentence."""
    from huggingface_hub.errors import GatedRepoError, OfflineModeIsEnabled, RevisionNotFoundError

    status, where = status_of(error), place.address
    headers: Any = getattr(getattr(error, "response", None), "headers", {})
    if isinstance(error, OfflineModeIsEnabled):
        text = f"HF_HUB_OFFLINE is set, so nothing is fetched; unset it, or {offline_way}."
    elif isinstance(error, GatedRepoError):
        text = (
            f"{where} is given only to those who accepted its terms; accept them on that page, and"
            " set HF_TOKEN to a token of yours."
        )
    elif status == 429 or (status == 403 and headers.get("x-ratelimit-remaining") == "0"):
        wait = asked_wait(error)
        when = "later" if wait is None else f"in {wait:.0f} s"
        text = (
            f"{where} was asked too often (status {status}); give the same command again {when}, it"
            " goes on where it stopped."
        )
    elif isinstance(error, RevisionNotFoundError) or status == 422:  # GitHub's word for it
        text = f"{where} has no such revision; give one that its page lists."
    elif status in (401, 403):
        text = (
            f"{where} refuses (status {status}): it is not there, or not for everybody; set"
            " HF_TOKEN to a token that may read it."
        )
    elif status == 404:
        text = f"{where} has no such repository or revision (status 404); check --revision."
    elif status is not None:
        text = (
            f"{where} answered with status {status}; give the same command again later, it goes on"
            " where it stopped."
        )
    else:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        text = (
            f"{where} cannot be reached, or the connection broke off ({reason}); give the same"
            f" command again, it goes on where it stopped, or {offline_way}."
        )
    return WeightsNotFoundError(text)


def _api() -> Any:
    from huggingface_hub import HfApi  # a second of import that help spares

    return HfApi()


def _timeout_s() -> float:
    from huggingface_hub import constants

    return constants.HF_HUB_ETAG_TIMEOUT


def _github() -> str:
    return (os.environ.get(MIRROR) or GITHUB).rstrip("/") + "/"


def _asked(method: str, url: str) -> Any:
    """Return the answer of GitHub, which gets no token of the hub."""
    from huggingface_hub import get_session, hf_raise_for_status

    headers = {"Accept-Encoding": "identity"}
    answer = get_session().request(
        method, url, headers=headers, timeout=_timeout_s(), follow_redirects=True
    )
    hf_raise_for_status(answer)
    return answer
