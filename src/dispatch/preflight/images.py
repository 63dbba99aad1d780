"""Images: that they are there, are light enough, and are not the only ones who say something."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.edition.model import Image
from dispatch.errors import Place
from dispatch.preflight.document import path
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.manuscript import blocks_of
from dispatch.preflight.proof import Proof

rules = Rules(Group.IMAGES)

_LONG_ALT = 150
"""Characters. Screen readers read an alternative without a pause and cannot go back in it."""
_FILE_NAMES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".heic")


@rules.rule(
    "image-alt",
    Severity.WARNING,
    "An image has no alternative text",
    why="Many inboxes hide images until asked, and screen readers never show them: this is all that these readers get.",
    mend="Write in a sentence what it shows: `![The harbour at low tide](…)`.",
)
def image_alt(proof: Proof) -> Iterator[Found]:
    """Images in the text with a blank alternative, or with a file's name for one."""
    for image, place in _images(proof):
        alt = image.alt.strip()
        if not alt:
            yield Found(f"The image {image.src} has no alternative text.", place)
        elif alt.lower().endswith(_FILE_NAMES):
            yield Found(f"The image's alternative text is a file's name: “{alt}”.", place)


@rules.rule(
    "image-alt-long",
    Severity.NOTE,
    "An image's alternative text is long",
    why="It is read without a pause, and cannot be gone back in.",
    mend="Say the point in a sentence, and the details in the caption.",
)
def image_alt_long(proof: Proof) -> Iterator[Found]:
    """Alternatives of more than 150 characters."""
    for image, place in _images(proof):
        if len(image.alt) > _LONG_ALT:
            yield Found(f"The alternative text of {image.src} has {len(image.alt)} characters.", place)


@rules.rule(
    "image-http",
    Severity.WARNING,
    "An image is not encrypted",
    why="Gmail and Apple Mail fetch it through their own servers, others show a warning or nothing.",
    mend="Write https.",
)
def image_http(proof: Proof) -> Iterator[Found]:
    """Images with the scheme http."""
    for address, place in _sources(proof):
        if address.lower().startswith("http://"):
            yield Found(f"The image {address} is http.", place)


@rules.rule(
    "image-unsupported",
    Severity.WARNING,
    "An image is of a kind that mail programs do not show",
    why="Outlook shows no WebP, and hardly any mail program shows SVG or HEIC.",
    mend="Use PNG or JPEG.",
)
def image_unsupported(proof: Proof) -> Iterator[Found]:
    """SVG, WebP, AVIF and HEIC images, and images that are written into the address (data:)."""
    for address, place in _sources(proof):
        source = address.lower().partition("?")[0]
        if source.startswith("data:"):
            yield Found("An image stands in its own address (data:), which Gmail and Outlook do not show.", place)
        elif source.endswith((".svg", ".webp", ".avif", ".heic")):
            yield Found(f"{address} is {source.rpartition('.')[2].upper()}.", place)


@rules.rule(
    "image-only",
    Severity.WARNING,
    "There is hardly any text beside the images",
    why="With images off the page is blank, and filters take a page of images for spam.",
    mend="Say in words what the images say.",
)
def image_only(proof: Proof) -> Iterator[Found]:
    """Editions with an image and fewer than 50 words to each."""
    images = sum(1 for _ in _images(proof))
    count = sum(len(stretch.text.text.split()) for stretch in proof.stretches)
    if images and count < 50 * images:
        yield Found(f"There are {images} images and {count} words.", proof.at("title"))


@rules.rule(
    "image-size",
    Severity.WARNING,
    "An image of the theme has no width",
    why="Classic Outlook shows an image at its own size where no width attribute says otherwise, however large it is.",
    mend="Give the `<img>` a `width` in the theme.",
)
def image_size(proof: Proof) -> Iterator[Found]:
    """`<img>` elements of the page without a width attribute."""
    for image in proof.document.all("img"):
        if not (image.get("width") or "").rstrip("%").isdigit():
            yield Found(f"The image {image.get('src')} has no width.", element=path(image))


def _sources(proof: Proof) -> Iterator[tuple[str, Place | None]]:
    """The addresses of all pictures, a sponsor's among them."""
    yield from ((image.src, place) for image, place in _images(proof))
    if proof.edition.sponsor and proof.edition.sponsor.image:
        yield proof.edition.sponsor.image, proof.at("sponsor_image")


def _images(proof: Proof) -> Iterator[tuple[Image, Place | None]]:
    for block, source in blocks_of(proof.edition):
        if isinstance(block, Image):
            yield block, Place(source, block.line) if source else None
