"""Where pictures go: beside their places while the walks go on, in them once all are made."""

import re
import shutil
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import FloatRect

from tests.browser.guide.darkroom import Darkroom
from tests.browser.guide.pictures import PICTURES, Picture
from tests.browser.portal import Portal

PROJECT = Path(__file__).parents[3]
SCREENSHOTS, GUIDE_IMAGES = PROJECT / "var" / "screenshots", PROJECT / "docs" / "guide" / "images"
WIDTHS = {1280: 900, 360: 800}  # of a window, and its height
GUIDE = {"width": 1024, "height": 600}
RING = "outline: 4px solid #cb381f; outline-offset: 4px; border-radius: 2px"


def file_name(page: str, state: str) -> str:
    """`create-proxy-rights-in-error-nothing-chosen`."""
    plain = unicodedata.normalize("NFKD", f"{page} {state}".casefold())
    plain = "".join(char for char in plain if char not in "’'" and not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@dataclass
class Gallery:
    """The pictures of one language."""

    language: str
    workshop: Path
    darkroom: Darkroom
    walked: set[str] = field(default_factory=set)
    #: those of the guide that are made
    shown: set[str] = field(default_factory=set)

    def pictures_of(self, portal: Portal, page: str, state: str) -> None:
        """The whole page, as wide as a desk's screen and as a phone's."""
        name = self.free_name(file_name(page, state))
        for width, height in WIDTHS.items():
            portal.page.set_viewport_size({"width": width, "height": height})
            self.keep(portal, Path(SCREENSHOTS.name, self.language, str(width), f"{name}.png"))

    def pictures_for_the_guide(self, portal: Portal, area: str, page: str, state: str) -> None:
        """The pictures that the guide takes here, with a ring around what is to be pressed."""
        for name, picture in PICTURES.items():
            if picture.where == (area, page, state):
                portal.page.set_viewport_size(GUIDE)  # type: ignore[arg-type]
                with_ring(portal, picture)
                part = None if picture.is_whole else place_of_main(portal)
                self.keep(portal, Path(GUIDE_IMAGES.name, f"{self.language}-{name}.png"), part)
                without_ring(portal)
                self.shown.add(name)

    def keep(self, portal: Portal, path: Path, part: FloatRect | None = None) -> None:
        picture = portal.page.screenshot(full_page=True, animations="disabled", clip=part)
        (self.workshop / path).parent.mkdir(parents=True, exist_ok=True)
        (self.workshop / path).write_bytes(self.darkroom.develop(picture))

    def free_name(self, name: str) -> str:
        """Two stops may be called alike: the second one's picture does not replace the first's."""
        folder = self.workshop / SCREENSHOTS.name / self.language / str(min(WIDTHS))
        taken, n = name, 1
        while (folder / f"{taken}.png").exists():
            n += 1
            taken = f"{name}-{n}"
        return taken

    def hang(self) -> None:
        """Put the pictures in their places, and take away those that nothing makes any more."""
        mine = SCREENSHOTS / self.language
        mine.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(mine, ignore_errors=True)
        shutil.move(self.workshop / SCREENSHOTS.name / self.language, mine)
        GUIDE_IMAGES.mkdir(parents=True, exist_ok=True)
        for old in GUIDE_IMAGES.glob(f"{self.language}-*"):
            old.unlink()
        for new in (self.workshop / GUIDE_IMAGES.name).glob(f"{self.language}-*"):
            shutil.move(new, GUIDE_IMAGES / new.name)


def place_of_main(portal: Portal) -> FloatRect:
    """What the page is about, from one side of the window to the other, without header or menu."""
    box = portal.main.bounding_box()
    assert box, "a page without anything in it"
    top = box["y"] + portal.page.evaluate("scrollY")
    return {"x": 0, "y": top, "width": GUIDE["width"], "height": int(box["height"])}


def with_ring(portal: Portal, picture: Picture) -> None:
    if not picture.ring:
        return
    words = portal.words(picture.ring)
    button = portal.main.get_by_role("button", name=words, exact=True)
    link = portal.main.get_by_role("link", name=words, exact=True)
    # through the style's object: the portal's policy lets no `style` attribute in
    button.or_(link).evaluate("(one, css) => { one.style.cssText = css; }", RING)


def without_ring(portal: Portal) -> None:
    portal.page.evaluate(
        "document.querySelectorAll('main [style]').forEach((one) => one.removeAttribute('style'))"
    )
