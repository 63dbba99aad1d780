"""Images: that they are there, are light enough, and are not the only ones who say something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dispatch.edition.model import Image
from dispatch.errors import Place
from dispatch.online.answer import asked_as
from dispatch.pictures.locate import is_local
from dispatch.pictures.picture import HEAVY, UNPUBLISHED
from dispatch.preflight.document import path
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.manuscript import blocks_of
from dispatch.preflight.proof import Proof

rules = Rules(Group.IMAGES)

_LONG_ALT = 150
"""Characters. Screen readers read an alternative without a pause and cannot go back in it."""
_CAMERA = re.compile(r"(?:IMG|DSC[FN]?|DCIM|PXL|P|MVIMG|GOPR|WA)[_-]?\d{3,}[\w-]*|Screen ?shot[ _-]\d.*", re.IGNORECASE)
"""What cameras, phones and their screens call a file."""
_HOLDS_WORDS = re.compile(
    r"\b(?:flyer|infographic|invitation|leaflet|menu|poster|price list|programme|screen ?shot|timetable|word cloud"
    r"|affiche|cartel|einladung|fahrplan|flugblatt|invitaci[oó]n|plakat|speisekarte)\b",
    re.IGNORECASE,
)
"""What is mostly words, by its name."""
_NAMED = 3
"""Pictures that a finding about several names."""
_FEW = 40
"""Words: an alternative or a caption of so many says what such a picture says."""
_MOST_IN_ALL = 1_000_000
"""Octets of all pictures together."""
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
    for image, place in images_of(proof):
        alt = image.alt.strip()
        if not alt:
            yield Found(f"The image {image.src} has no alternative text.", place)
        elif alt.lower().endswith(_FILE_NAMES) or _CAMERA.fullmatch(alt):
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
    for image, place in images_of(proof):
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
    images = sum(1 for _ in images_of(proof))
    count = sum(len(stretch.text.text.split()) for stretch in proof.stretches)
    if images and count < 50 * images:
        images_said = "There is 1 image" if images == 1 else f"There are {images} images"
        yield Found(f"{images_said} and {count} word{'s' * (count != 1)}.", proof.at("title"))


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


@rules.rule(
    "image-words",
    Severity.NOTE,
    "An image seems to consist of words",
    why="Words in a picture cannot be enlarged, translated, searched, or read with images off or by a screen reader.",
    mend="Say in the text what it says: what, when, where, how much.",
)
def image_words(proof: Proof) -> Iterator[Found]:
    """Images whose alternative or file's name calls them a poster, a flyer, a timetable, a screenshot and the like, and
    whose alternative and caption have fewer than 40 words. The picture itself is not read."""
    for image, place in images_of(proof):
        found = _HOLDS_WORDS.search(image.alt) or _HOLDS_WORDS.search(re.sub(r"[-_%]+", " ", image.src))
        said = len(f"{image.alt} {image.caption or ''}".split())
        if found and said < _FEW:
            yield Found(f"By its name this is a {found[0].lower()}: readers may need what stands in it as text.", place)


@rules.rule(
    "image-file",
    Severity.ERROR,
    "A picture beside the text cannot be used",
    why="Readers would see its alternative text and no picture.",
    mend="Name a JPEG, PNG, GIF or WebP file in the newsletter's folder, by its path from the text's own folder.",
)
def image_file(proof: Proof) -> Iterator[Found]:
    """Pictures that are paths: whether the file is there, lies in the newsletter's folder, can be read, is whole, and
    is of a kind that can be made fit for mail."""
    for error in proof.unusable:
        yield Found(error.message, error.place, hint=error.hint)
    known = {error.place for error in proof.unusable}
    for image, place in images_of(proof):
        if is_local(image.src) and place not in known:
            yield Found(f"{image.src} is a path, which no reader can follow.", place)


@rules.rule(
    "image-unpublished",
    Severity.ERROR,
    "A picture has no address on the web",
    why="Mail programs fetch pictures from the web; this one lies on your machine only.",
    mend="Set `[assets] url` in dispatch.toml to what the folder of pictures is on the web; or put the picture there "
    "yourself and write its https address.",
)
def image_unpublished(proof: Proof) -> Iterator[Found]:
    """Pictures beside the text, where `[assets] url` is not set. `dispatch send` refuses them even with `--force`."""
    found = [each for each in _once(images_of(proof)) if each[0].src.startswith(f"{UNPUBLISHED}/")]
    names = [_name(proof, image) for image, _ in found]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    if len(found) == 1:
        yield Found(f"{names[0]} has no address on the web.", found[0][1])
    elif found:
        said = f"{len(names)} pictures have no address on the web: {', '.join(names[:_NAMED])}{more}."
        yield Found(said, found[0][1])


@rules.rule(
    "image-heavy",
    Severity.WARNING,
    "A picture is heavy",
    why="On a slow phone a reader looks at an empty frame, and pays for it.",
    mend="Save it as JPEG in less quality, or smaller; of a moving GIF, take fewer frames.",
)
def image_heavy(proof: Proof) -> Iterator[Found]:
    """Pictures of more than 200 KB: those beside the text as they would be published, which are made lighter as far as
    they can be; with `--online` also those on the web."""
    weights = _weights(proof)
    for image, place in _once(images_of(proof)):
        if weights.get(image.src, 0) > HEAVY:
            yield Found(f"{_name(proof, image)} has {weights[image.src] / 1_000:,.0f} KB.", place)


@rules.rule(
    "images-heavy",
    Severity.WARNING,
    "The pictures together are heavy",
    why="Whoever reads on the train sees half of them.",
    mend="Use fewer pictures, or lighter ones.",
)
def images_heavy(proof: Proof) -> Iterator[Found]:
    """Editions whose pictures have more than 1 MB together, as far as their weights are known (see `image-heavy`)."""
    weights = _weights(proof)
    counted = [weights[image.src] for image, _ in _once(images_of(proof)) if image.src in weights]
    if sum(counted) > _MOST_IN_ALL:
        yield Found(f"{len(counted)} pictures have {sum(counted) / 1_000_000:,.1f} MB together.", proof.at("title"))


def _name(proof: Proof, image: Image) -> str:
    """A picture as its author knows it."""
    return proof.written.get(image.src) or image.src.rpartition("/")[2]


def _weights(proof: Proof) -> Mapping[str, int]:
    """Octets by the image's address, as far as they are known."""
    answers = ((image.src, proof.answers.get(asked_as(image.src))) for image, _ in images_of(proof))
    said = {src: answer.octets for src, answer in answers if answer and answer.is_there and answer.octets}
    return {**said, **proof.weights}


def _once(images: Iterator[tuple[Image, Place | None]]) -> Iterator[tuple[Image, Place | None]]:
    """Each address where it first stands."""
    seen: set[str] = set()
    for image, place in images:
        if image.src not in seen:
            seen.add(image.src)
            yield image, place


def _sources(proof: Proof) -> Iterator[tuple[str, Place | None]]:
    """The addresses of all pictures, a sponsor's among them."""
    yield from ((image.src, place) for image, place in images_of(proof))
    if proof.edition.sponsor and proof.edition.sponsor.image:
        yield proof.edition.sponsor.image, proof.at("sponsor_image")


def images_of(proof: Proof) -> Iterator[tuple[Image, Place | None]]:
    """The images that authors placed; the theme's own stand in the document only."""
    for block, source in blocks_of(proof.edition):
        if isinstance(block, Image):
            yield block, Place(source, block.line) if source else None
