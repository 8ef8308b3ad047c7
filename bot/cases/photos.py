"""Photos as bytes: how one looks (to notice the same again), a copy without any metadata, and what the camera noted.

All of it blocks for as long as the picture is large: call it through `aside`. Originals are read, never written.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from PIL import ExifTags, Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
LARGEST = 50_000_000
"""pixels; a bomb of a few kilobytes may have billions"""
LARGEST_JPEG = 125_000_000
"""JPEG is made smaller while it is read, and telephones take 108 million"""
SHOWN = 1600
"""pixels of the longer side of a copy"""
QUALITY = 85
PLAIN = 16
"""shades of grey: a picture with fewer looks like any other wall"""
ALIKE = 6
"""bits of 64 in which two pictures of the same may differ"""

Image.MAX_IMAGE_PIXELS = LARGEST_JPEG  # Pillow warns past it, and refuses at twice as many

P = ParamSpec("P")
T = TypeVar("T")
_room = ThreadPoolExecutor(max_workers=2, thread_name_prefix="photos")


class Unreadable(Exception):
    """No picture, a broken one, one too large, or of a kind we cannot read. It is kept all the same."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the camera wrote into a photo: to be offered, never believed. Its clock may be wrong."""

    at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str = ""

    def __bool__(self) -> bool:
        return self != Taken()


async def aside(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """`work` in a thread of its own room: at most two pictures at once, however many are asked for."""
    return await asyncio.get_running_loop().run_in_executor(_room, partial(work, *args, **named))


def looks(path: Path) -> str:
    """The difference hash as 16 hex digits; «» for what has nothing to be known by. Raises Unreadable."""
    with _opened(path, (256, 256)) as image:
        small = ImageOps.exif_transpose(image).convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    shades = small.tobytes()
    if max(shades) - min(shades) < PLAIN:
        return ""
    rows = [shades[start : start + 9] for start in range(0, 72, 9)]
    bits = [left > right for row in rows for left, right in pairwise(row)]
    return f"{sum(bit << place for place, bit in enumerate(reversed(bits))):016x}"


def alike(one: str, others: Iterable[tuple[int, str]]) -> int | None:
    """The first id whose looks differ from `one` in at most ALIKE bits."""
    mine = int(one, 16)
    return next((id for id, other in others if (mine ^ int(other, 16)).bit_count() <= ALIKE), None)


def copy(path: Path) -> bytes:
    """A JPEG of at most SHOWN pixels, the right way up, with the picture and nothing else. Raises Unreadable."""
    with _opened(path, (SHOWN, SHOWN)) as image:
        image.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(image)
        flat = _on_white(upright) if upright.has_transparency_data else upright.convert("RGB")
    written = BytesIO()
    flat.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    flat, seen = Image.new("RGB", image.size, "white"), image.convert("RGBA")
    flat.paste(seen, mask=seen.getchannel("A"))
    return flat


def taken(path: Path) -> Taken:
    """What the camera noted; nothing where it noted nothing or what it noted makes no sense."""
    try:
        with _opened(path, (64, 64), decoded=False) as image:
            exif = image.getexif()
            details, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
            camera = " ".join(_words(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    except Unreadable:
        return Taken()
    at = _moment(details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime))
    latitude = _degrees(place, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(place, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    if latitude is None or longitude is None:
        latitude = longitude = None
    return Taken(at, latitude, longitude, camera.strip()[:80])


@contextmanager
def _opened(path: Path, wanted: tuple[int, int], *, decoded: bool = True) -> Iterator[Image.Image]:
    """The picture, not larger in memory than it has to be. Whatever is wrong with it: Unreadable."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            jpeg = image.format in ("JPEG", "MPO")
            if image.width * image.height > (LARGEST_JPEG if jpeg else LARGEST):
                raise Unreadable("too large")
            if jpeg:
                image.draft(None, wanted)
            if decoded:
                image.load()
            yield image
    except Unreadable:
        raise
    except Exception as error:  # decoders fail in every way there is
        raise Unreadable(type(error).__name__) from None


def _words(value: object) -> str:
    return re.sub(r"[^\w .\-]", "", value).strip() if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    with suppress(ValueError, TypeError):
        return datetime.strptime(str(value)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - a camera knows no zone
    return None


def _degrees(place: Any, tag: int, ref: int, negative: str, most: int) -> float | None:
    with suppress(ValueError, TypeError, ZeroDivisionError, KeyError):
        degrees, minutes, seconds = (float(part) for part in place[tag])
        value = degrees + minutes / 60 + seconds / 3600
        if 0 <= value <= most:
            return -value if place.get(ref) == negative else value
    return None
