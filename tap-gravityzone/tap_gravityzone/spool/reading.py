"""Reads a spool: the segments of all receivers and other files of bodies, in order of time."""

from __future__ import annotations

import gzip
import heapq
import posixpath
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any, NamedTuple

import fsspec
from edr_tap_kit import times

from tap_gravityzone.spool import names
from tap_gravityzone.spool.names import Segment

_UNFINISHED = (".tmp", ".part", ".swp")
# Lines of an open segment beyond this wait until its sealed name confirms their time.
_LONGEST_SEGMENT = timedelta(days=1)
# Small, because what unpacks from the block of a damaged place is lost with it.
_BLOCK = 8 << 10


class Place(NamedTuple):
    """Where something lies: the receiver, unless the file is of another, the path and the line."""

    receiver: str | None
    path: str
    line: int | None = None


class Delivery(NamedTuple):
    """A body, when it was received (UTC text) and where it lies."""

    received_at: str
    place: Place
    body: bytes


class Damage(NamedTuple):
    """A place of the spool that cannot be read, and what came from there as it is."""

    received_at: str
    place: Place
    reason: str
    content: bytes


class Finished(NamedTuple):
    """The end of a sealed segment, whose last line was received at this time (UTC text)."""

    received_at: str
    place: Place


class SpoolFile(NamedTuple):
    """A file that no receiver of ours wrote: when it was stored (UTC text) and its path."""

    received_at: str
    path: str


@dataclass(frozen=True)
class Range:
    """What of a spool is wanted: lines after the receivers' positions, files stored since.

    Times are UTC texts. ``positions`` are the last times read, by receiver; ``start`` and ``until``
    (exclusive) bound all.
    """

    positions: Mapping[str, str]
    start: str | None = None
    files_since: str | None = None
    until: str | None = None


class Spool:
    """A spool as it was when it was listed.

    Raises:
        FileNotFoundError: There is no such folder.
        ImportError, ValueError, OSError: It cannot be listed.
    """

    def __init__(self, url: str) -> None:
        self.segments: dict[str, list[Segment]] = {}
        self.files: list[SpoolFile] = []
        found = self._listed(url)
        if found is None:
            raise FileNotFoundError(url)
        for path, entry in sorted(found.items()):
            self._add(path, entry)
        self.files.sort()

    def _listed(self, url: str) -> dict[str, Any] | None:
        """Return what lies at a URL, by path; ``None`` where there is no such folder."""
        try:
            self.filesystem, self.root = fsspec.core.url_to_fs(url)
            self.filesystem.invalidate_cache()
            if not self.filesystem.isdir(self.root):
                return None
            found: dict[str, Any] = self.filesystem.find(self.root, detail=True)
        except (ImportError, ValueError, OSError):
            raise
        except Exception as error:  # object stores have errors of their own, as for credentials
            raise OSError(f"{type(error).__name__}: {error}") from error
        return found

    def deliveries(self, wanted: Range) -> Iterator[Delivery | Damage | Finished]:
        """Yield what is wanted, oldest first as far as it is known by now.

        Raises:
            OSError: A file cannot be read, for a reason that may pass.
        """
        feeds = [self._lines_of(receiver, wanted) for receiver in self.segments]
        yield from heapq.merge(*feeds, self._whole_files(wanted), key=lambda each: each.received_at)

    def lines(self, receiver: str, segment: Segment) -> Iterator[Delivery | Damage]:
        """Yield the lines of a segment.

        Raises:
            OSError: It cannot be read, for a reason that may pass.
        """
        path = self.path(receiver, segment)
        last = segment.first
        try:
            with self.filesystem.open(path, "rb") as file:
                content = _unpacked(file) if segment.last else file
                for number, raw in enumerate(content, 1):
                    place = Place(receiver, path, number)
                    line = _line(raw, segment)
                    if line is None:
                        if segment.last is None and not raw.endswith(b"\n"):
                            return  # being written, or torn by a crash
                        yield Damage(last, place, "a damaged line", raw)
                    elif segment.last is None and line.received_at > _latest(segment):
                        return
                    else:
                        last = line.received_at
                        yield Delivery(last, place, line.content)
        except (EOFError, zlib.error) as error:
            reason = f"damaged gzip ({error}); what comes before it was read"
            yield Damage(last, Place(receiver, path), reason, b"")

    def path(self, receiver: str, segment: Segment) -> str:
        """Return where a segment lies."""
        return posixpath.join(self.root, receiver, segment.name)

    def _add(self, path: str, entry: dict[str, Any]) -> None:
        folder, name = posixpath.split(path.removeprefix(self.root).lstrip("/"))
        hidden = any(part.startswith(".") for part in (*folder.split("/"), name))
        if hidden or name.endswith(_UNFINISHED):
            return
        segment = names.segment(name)
        if segment is None:
            self.files.append(SpoolFile(_stored_at(entry), path))
            return
        known = self.segments.setdefault(folder, [])
        # Sealed ones come first; an open one of the same beginning is about to vanish.
        if not known or known[-1].first != segment.first:
            known.append(segment)

    def _lines_of(self, receiver: str, wanted: Range) -> Iterator[Delivery | Damage | Finished]:
        after = max(wanted.positions.get(receiver, ""), _just_before(wanted.start))
        for segment in self.segments[receiver]:
            if segment.last is not None and segment.last <= after:
                continue
            for line in self._lines_now(receiver, segment):
                if line.received_at < after:
                    continue
                if line.received_at == after and isinstance(line, Delivery):
                    continue
                if wanted.until and not times.is_before(line.received_at, wanted.until):
                    return
                yield line
            if segment.last is not None:
                yield Finished(segment.last, Place(receiver, self.path(receiver, segment)))

    def _lines_now(self, receiver: str, segment: Segment) -> Iterator[Delivery | Damage]:
        try:
            yield from self.lines(receiver, segment)
        except FileNotFoundError:
            # Sealed since the spool was listed.
            self.filesystem.invalidate_cache()
            folder = posixpath.join(self.root, receiver)
            listed = [
                names.segment(posixpath.basename(path))
                for path in self.filesystem.ls(folder, detail=False)
            ]
            sealed = [each for each in listed if each and each.first == segment.first]
            if segment.last is not None or not sealed:
                raise
            yield from self.lines(receiver, sealed[0])

    def _whole_files(self, wanted: Range) -> Iterator[Delivery | Damage]:
        for received_at, path in self.files:
            if wanted.files_since and times.is_before(received_at, wanted.files_since):
                continue
            if wanted.until and not times.is_before(received_at, wanted.until):
                continue
            with self.filesystem.open(path, "rb") as file:
                body = file.read()
            try:
                whole = gzip.decompress(body) if path.endswith(".gz") else body
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                yield Damage(received_at, Place(None, path), f"damaged gzip ({error})", body)
            else:
                yield Delivery(received_at, Place(None, path), whole)


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a gzip file, those before a damaged place as well."""
    unpacker = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    while block := file.read(_BLOCK):
        parts.append(unpacker.decompress(block))
        if b"\n" in parts[-1]:
            *lines, rest = b"".join(parts).split(b"\n")
            for line in lines:
                yield line + b"\n"
            parts = [rest]
    if any(parts):
        yield b"".join(parts)
    if not unpacker.eof:
        raise EOFError("it ends too early")


def _line(raw: bytes, segment: Segment) -> names.Line | None:
    """Return a line, or ``None`` when it is damaged: it is no JSON, or its time cannot be."""
    try:
        line = names.LINES.decode(raw)
        names.to_moment(line.received_at)
    except ValueError:
        return None
    if line.received_at < segment.first or (segment.last and line.received_at > segment.last):
        return None
    return line if raw.endswith(b"\n") else None


def _latest(segment: Segment) -> str:
    return names.to_text(names.to_moment(segment.first) + _LONGEST_SEGMENT)


def _just_before(moment: str | None) -> str:
    """Return the line time before a UTC text, which may have any number of digits."""
    if moment is None:
        return ""
    try:
        return names.to_text(datetime.fromisoformat(moment) - timedelta(microseconds=1))
    except OverflowError:
        return ""


def _stored_at(entry: dict[str, Any]) -> str:
    """Return when a file was stored; file systems disagree on name and type of that."""
    stored = entry.get("mtime") or entry.get("LastModified") or entry.get("last_modified") or 0
    if isinstance(stored, int | float):
        stored = datetime.fromtimestamp(stored, UTC)
    return times.to_utc_text(stored.astimezone(UTC).isoformat(timespec="microseconds"))
