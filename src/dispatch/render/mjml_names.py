"""MJML's vocabulary, as far as mjml-python renders it: each tag's attributes and what may stand inside it.

Source: MJML's component documentation (version 4 and 5), less what mjml-python 1.4 drops in silence
(``mj-html-attributes``, ``mj-wrapper gap``, ``mj-table role``, ``mj-button title``).
"""

from __future__ import annotations


def _box(name: str) -> str:
    return f"{name} {name}-top {name}-right {name}-bottom {name}-left"


_SHARED = "css-class mj-class"
_PADDING = _box("padding")
_BORDER = f"{_box('border')} border-radius"
_FONT = "color font-family font-size font-style font-weight letter-spacing line-height text-decoration text-transform"
_CONTENT = f"{_SHARED} {_PADDING} container-background-color"
_BACKGROUND = (
    "background-color background-url background-position background-position-x background-position-y"
    " background-repeat background-size"
)
_ICONS = (
    "icon-align icon-height icon-position icon-width icon-wrapped-url icon-wrapped-alt icon-unwrapped-url"
    " icon-unwrapped-alt"
)
_LINK = "href name rel target"
_IMAGE = "alt src srcset sizes title usemap height"

_ATTRIBUTES = {
    "mjml": "lang dir owa",
    "mj-head": "",
    "mj-attributes": "",
    "mj-breakpoint": "width",
    "mj-font": "name href",
    "mj-preview": "",
    "mj-style": "inline",
    "mj-title": "",
    "mj-raw": "position",
    "mj-body": f"{_SHARED} width background-color",
    "mj-wrapper": f"{_SHARED} {_PADDING} {_BORDER} {_BACKGROUND} direction full-width text-align",
    "mj-section": f"{_SHARED} {_PADDING} {_BORDER} {_BACKGROUND} direction full-width text-align",
    "mj-group": f"{_SHARED} background-color direction vertical-align width",
    "mj-column": (
        f"{_SHARED} {_PADDING} {_BORDER} {_box('inner-border')} inner-border-radius inner-background-color"
        " background-color direction vertical-align width"
    ),
    "mj-hero": (
        f"{_SHARED} {_PADDING} {_box('inner-padding')} {_BACKGROUND} background-height background-width border-radius"
        " container-background-color height inner-background-color mode vertical-align width"
    ),
    "mj-text": f"{_CONTENT} {_FONT} align height vertical-align",
    "mj-button": (
        f"{_CONTENT} {_BORDER} {_FONT} {_LINK} align background-color height inner-padding text-align"
        " vertical-align width"
    ),
    "mj-image": f"{_CONTENT} {_BORDER} {_LINK} {_IMAGE} align fluid-on-mobile font-size max-height width",
    "mj-divider": f"{_CONTENT} align border-color border-style border-width width",
    "mj-spacer": f"{_CONTENT} height",
    "mj-table": f"{_CONTENT} {_FONT} align border cellpadding cellspacing table-layout vertical-align width",
    "mj-social": (
        f"{_CONTENT} {_FONT} align border-radius icon-height icon-padding icon-size inner-padding mode table-layout"
        " text-padding vertical-align"
    ),
    "mj-social-element": (
        f"{_SHARED} {_PADDING} {_FONT} {_LINK} {_IMAGE} align background-color border-radius icon-height icon-padding"
        " icon-position icon-size text-padding vertical-align"
    ),
    "mj-navbar": (
        f"{_CONTENT} {_box('ico-padding')} align base-url hamburger ico-align ico-close ico-color ico-font-family"
        " ico-font-size ico-line-height ico-open ico-text-decoration ico-text-transform"
    ),
    "mj-navbar-link": f"{_SHARED} {_PADDING} {_FONT} {_LINK}",
    "mj-accordion": f"{_CONTENT} {_ICONS} border font-family",
    "mj-accordion-element": f"{_SHARED} {_ICONS} background-color border font-family",
    "mj-accordion-title": f"{_SHARED} {_PADDING} {_FONT} background-color",
    "mj-accordion-text": f"{_SHARED} {_PADDING} {_FONT} background-color",
    "mj-carousel": (
        f"{_CONTENT} align background-color border-radius icon-width left-icon right-icon tb-border tb-border-radius"
        " tb-hover-border-color tb-selected-border-color tb-width thumbnails"
    ),
    "mj-carousel-image": (
        f"{_SHARED} alt border-radius href rel src target tb-border tb-border-radius thumbnails-src title"
    ),
}

ATTRIBUTES: dict[str, frozenset[str]] = {tag: frozenset(names.split()) for tag, names in _ATTRIBUTES.items()}
"""The attributes that each tag takes."""

ANY_ATTRIBUTE = frozenset().union(*ATTRIBUTES.values())
"""Inside ``mj-attributes``, ``mj-all`` and ``mj-class`` take whatever any tag takes."""

DEFAULTS_ONLY = ("mj-all", "mj-class")

_CONTENTS = (
    "mj-text mj-button mj-image mj-divider mj-spacer mj-table mj-social mj-navbar mj-accordion mj-carousel mj-raw"
)
_CHILDREN = {
    "mjml": "mj-head mj-body",
    "mj-head": "mj-attributes mj-breakpoint mj-font mj-preview mj-raw mj-style mj-title",
    "mj-body": "mj-wrapper mj-section mj-hero mj-raw",
    "mj-wrapper": "mj-section mj-hero mj-raw",
    "mj-section": "mj-column mj-group mj-raw",
    "mj-group": "mj-column mj-raw",
    "mj-column": _CONTENTS,
    "mj-hero": _CONTENTS,
    "mj-social": "mj-social-element mj-raw",
    "mj-navbar": "mj-navbar-link mj-raw",
    "mj-accordion": "mj-accordion-element mj-raw",
    "mj-accordion-element": "mj-accordion-title mj-accordion-text mj-raw",
    "mj-carousel": "mj-carousel-image",
}

CHILDREN: dict[str, frozenset[str]] = {tag: frozenset(names.split()) for tag, names in _CHILDREN.items()}
"""What may stand directly inside a tag; tags that are not listed hold HTML or text."""

DROPPED = {
    "mj-include": 'Include the file with {% include "name.mjml" %}.',
    "mj-html-attributes": "Write the attributes into the HTML inside mj-text or mj-raw.",
}
"""MJML's tags that cannot be used here, with what does the same."""
