"""Each rule finds what it is about, and lets what only looks like it pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dispatch.config.load import load_settings
from dispatch.config.settings import Sender
from dispatch.errors import Place, SourceError
from dispatch.online.answer import Answer, Failure, Hop
from dispatch.preflight.check import RULES, check
from dispatch.preflight.finding import Finding, Found, Severity
from dispatch.preflight.proof import Signing
from dispatch.preflight.spamassassin import Hit, Score, Unscored
from dispatch.preflight.wording import BAIT, BAIT_OF
from support.proofs import BODY, Case, proof_of

TEXTS = Path(__file__).resolve().parent.parent / "edition" / "texts"


def swap(old: str, new: str) -> Callable[[str], str]:
    return lambda html: html.replace(old, new)


def prose(sentence: str) -> Case:
    """The good edition with one more sentence, in line 14 of its file."""
    return Case(body=f"{BODY}\n{sentence}\n")


def sender(name: str, address: str = "desk@harbour.news") -> dict[str, object]:
    return {"sender": Sender(name, address)}


DECISION = "https://www.example.com/decision"
QUAY = "https://img.org/a.png"


def link(url: str = DECISION, **answer: Any) -> Case:
    """The good edition, whose one link (in the paragraph of line 7) is ``url`` and was answered so."""
    return Case(body=BODY.replace(DECISION, url), answers={url: Answer(url, **answer)})


def picture(url: str = QUAY, **answer: Any) -> Case:
    """The good edition with a picture in line 14, whose address was answered so."""
    return replace(prose(f"![The quay]({url})"), answers={url: Answer(url, **answer)})


def hops(*stops: tuple[int, str]) -> tuple[Hop, ...]:
    return tuple(Hop(status, to) for status, to in stops)


def head(width: int, height: int) -> bytes:
    """The first octets of a PNG of that size."""
    file = BytesIO()
    Image.new("L", (width, height)).save(file, "PNG")
    return file.getvalue()[:64]


MERGE = Case(body=f"Dear {{{{ recipient.name }}}}, welcome.\n\n{BODY}", front={"merge": "true"})
PADDED = "padding-anything-at-all:1px;" * 700

CASES: dict[str, tuple[Case, Case]] = {
    "subject-missing": (Case(edition={"subject": "  "}), Case(edition={"subject": "x"})),
    "subject-long": (Case(edition={"subject": "x" * 51}), Case(edition={"subject": "x" * 50})),
    "subject-capitals": (
        Case(edition={"subject": "HARBOUR CLOSED TO CARS"}),
        Case(edition={"subject": "NATO and the EU meet in Ottawa"}),
    ),
    "subject-punctuation": (Case(edition={"subject": "Re: trams"}), Case(edition={"subject": "Really? Trams!"})),
    "subject-bait": (
        Case(edition={"subject": "Act now: trams"}),
        Case(edition={"subject": "Contract nowhere near: trams"}),
    ),
    "subject-emoji": (Case(edition={"subject": "Trams 🚋🚋"}), Case(edition={"subject": "Trams 🚋"})),
    "preheader-missing": (Case(edition={"preheader": " "}), Case(edition={"preheader": "x" * 40})),
    "preheader-length": (Case(edition={"preheader": "Short."}), Case(edition={"preheader": "x" * 40})),
    "preheader-repeats": (
        Case(edition={"preheader": "Fewer cars, more trams at the harbour, says council"}),
        Case(edition={"preheader": "The harbour has fewer cars since the council decided."}),
    ),
    "sender-name": (Case(newsletter=sender("desk@harbour.news")), Case(newsletter=sender("The Harbour Daily"))),
    "sender-no-reply": (
        Case(newsletter={**sender("News", "no-reply@harbour.news"), "reply_to": None}),
        Case(newsletter={**sender("News", "no-reply@harbour.news"), "reply_to": "desk@harbour.news"}),
    ),
    "date-past": (Case(front={"date": "2026-11-24"}), Case(front={"date": "2026-11-26"})),
    "placeholder": (
        prose("The mayor, TK, was there."),
        prose("TK Elevator won the TKO. Super Bowl XXX; se habla de TODO."),
    ),
    "placeholder-likely": (prose("Some XXX people came."), prose("Super Bowl XXX was in 1996; TBC Bank lent it.")),
    "template-marker": (prose("Dear *|FNAME|*, welcome."), prose("Write `{{ name }}` for a name; a row is |USA|3|.")),
    "reference-unresolved": (
        prose("See [the report][r26]."),
        prose("He said: “[The] [prime minister] came.” It is known.[1][2]"),
    ),
    "doubled-word": (prose("It was in the the spring."), prose("He had had that that morning. Bora Bora is far.")),
    "mojibake": (prose("The cafÃ© reopened."), prose("The café in SÃO PAULO reopened.")),
    "section-empty": (
        Case(body=f"{BODY}\n## What Comes\n"),
        Case(body=f"{BODY}\n## What Comes\n\n### In May\n\nTrams.\n"),
    ),
    "quote-unattributed": (prose("> We wait."), prose("> We wait.\n>\n> — Jane Doe, harbour master")),
    "in-brief-long": (
        Case(body="# Trams\n\nTrams come.\n\n## In Brief: Trams\n\n" + "- Trams come to the quay in May.\n" * 4),
        Case(body=f"{BODY}\n## In Brief: Trams\n\n- Trams come.\n- Cars go.\n"),
    ),
    "merge-unknown": (
        Case(body=MERGE.body, front=MERGE.front, readers=[{"email": "a@example.org"}]),
        Case(body=MERGE.body, front=MERGE.front, readers=[{"email": "a@example.org", "name": ""}]),
    ),
    "merge-blank": (
        Case(body=MERGE.body, front=MERGE.front, readers=[{"email": "a@example.org", "name": " "}]),
        Case(body=MERGE.body, front=MERGE.front, readers=[{"email": "a@example.org", "name": "Ann"}]),
    ),
    "merge-default": (
        Case(
            body=MERGE.body.replace("name }}", "name | default('reader') }}"),
            front=MERGE.front,
            readers=[{"email": "a@example.org", "name": ""}],
        ),
        Case(
            body=MERGE.body.replace("name }}", "name | default('reader') }}"),
            front=MERGE.front,
            readers=[{"email": "a@example.org", "name": "Ann"}],
        ),
    ),
    "merge-unseen": (Case(MERGE.body, MERGE.front), Case(MERGE.body, MERGE.front, readers=[])),
    "list-unknown": (
        Case(unknown_list=Found("There is no list nope.")),
        Case(front={"list": "readers"}),
    ),
    "merge-strange": (
        Case(body=MERGE.body, front=MERGE.front, readers=[{"email": "a@example.org", "name": "win http://x.example"}]),
        Case(body=MERGE.body, front=MERGE.front, readers=[{"email": "a@example.org", "name": "Ann O'Neill-Łoś"}]),
    ),
    "link-broken": (prose("[The plan](https://https://plan.org)."), prose("[The plan](https://plan.org/a_(b)?c=1).")),
    "link-private": (prose("[The plan](http://192.168.1.4/plan)."), prose("[The plan](https://9.9.9.9/plan).")),
    "link-http": (prose("[The plan](http://plan.org/)."), prose("[The plan](https://plan.org/?u=http://x.org).")),
    "link-text": (prose("Look [here](https://plan.org/)."), prose("Look [here is the plan](https://plan.org/).")),
    "link-same-words": (
        prose("[Report](https://a.org/) and [report](https://b.org/)."),
        prose("[Report](https://a.org/) and again [report](https://a.org/)."),
    ),
    "link-same-page": (
        prose("[Report](https://a.org/) and [the whole of it](https://a.org/)."),
        prose("[Report](https://a.org/) and again [report](https://a.org/), and [more](https://a.org/b)."),
    ),
    "link-unlinked": (
        prose("More at plan.example.com."),
        prose("More at [plan.example.com](https://plan.example.com)."),
    ),
    "link-tracking": (
        prose("[The plan](https://plan.org/?a=1&utm_source=x)."),
        prose("[The plan](https://plan.org/?about=utm_source)."),
    ),
    "link-empty": (
        Case(html=swap(">The decision</a>", "></a>")),
        Case(html=swap(">The decision</a>", '><img src="x" alt="The decision" width="9" /></a>')),
    ),
    "link-target": (
        Case(html=swap('href="https://www.example.com/decision"', 'href="#nowhere"')),
        Case(html=swap('href="https://www.example.com/decision"', 'href="#here" id="here"')),
    ),
    "link-gone": (link(status=404), link(status=403)),
    "link-no-host": (link(failure=Failure.NO_HOST), link(failure=Failure.NO_LOOKUP)),
    "link-certificate": (
        link(failure=Failure.ENCRYPTION, said="certificate has expired"),
        link(failure=Failure.REFUSED),
    ),
    "link-unanswered": (link(status=503), link(status=999)),
    "link-unchecked": (link(status=999), link(status=404)),
    "link-moved": (
        link(status=200, hops=hops((301, "https://www.example.com/decided"))),
        link(status=200, hops=hops((301, "https://www.example.com/a"), (302, "https://www.example.com/a?session=1"))),
    ),
    "link-detour": (
        link(status=200, hops=hops(*[(302, f"https://www.example.com/{n}") for n in range(3)])),
        link(status=200, hops=hops(*[(302, f"https://www.example.com/{n}") for n in range(2)])),
    ),
    "link-downgrade": (
        link(status=200, hops=hops((302, "http://www.example.com/"))),
        link("http://plan.org/", status=200, hops=hops((302, "http://www.plan.org/"))),
    ),
    "link-https": (link("http://plan.org/", status=200, secure=True), link("http://plan.org/", status=200)),
    "image-alt": (prose("![](https://img.org/a.png)"), prose("![The quay](https://img.org/a.png)")),
    "image-alt-long": (
        prose(f"![{'quay ' * 31}](https://img.org/a.png)"),
        prose(f"![{'quay ' * 29}](https://img.org/a.png)"),
    ),
    "image-http": (prose("![The quay](http://img.org/a.png)"), prose("![The quay](https://img.org/a.png)")),
    "image-unsupported": (prose("![The quay](https://img.org/a.svg)"), prose("![The quay](https://img.org/svg/a.png)")),
    "image-only": (
        Case(body="# Quay\n\n![The quay](https://img.org/a.png)\n"),
        prose("![The quay](https://img.org/a.png)"),
    ),
    "image-words": (
        prose("![A poster for the harbour's feast](https://img.org/a.png)"),
        prose(f"![A poster: {'who, when, where ' * 14}](https://img.org/a.png) The imposter was caught."),
    ),
    "image-file": (
        Case(unusable=[SourceError("quay.jpg is not there.", place=Place("text.md", 14))]),
        prose("![The quay](https://img.org/quay.jpg)"),
    ),
    "image-unpublished": (
        prose("![The quay](https://assets.invalid/quay-1.jpg)"),
        prose("![The quay](https://assets.invalid.org/quay-1.jpg)"),
    ),
    "image-heavy": (
        replace(prose(f"![The quay]({QUAY})"), weights={QUAY: 200_001}),
        replace(prose(f"![The quay]({QUAY})"), weights={QUAY: 200_000}),
    ),
    "images-heavy": (
        replace(
            prose("![A](https://i.org/a.png)\n\n![B](https://i.org/b.png)"),
            weights={"https://i.org/a.png": 500_000, "https://i.org/b.png": 500_001},
        ),
        replace(
            prose("![A](https://i.org/a.png)\n\n![A](https://i.org/a.png)"), weights={"https://i.org/a.png": 600_000}
        ),
    ),
    "image-gone": (picture(status=200, kind="text/html"), picture(status=200, kind="image/png")),
    "image-unanswered": (picture(failure=Failure.SLOW), picture(status=404)),
    "image-kind": (picture(status=200, kind="image/webp"), picture(status=200, kind="image/jpeg")),
    "image-dimensions": (
        picture(status=200, kind="image/png", head=head(535, 300)),
        picture(status=200, kind="image/png", head=head(536, 300)),
    ),
    "image-size": (
        Case(body=f"{BODY}\n![The quay](https://img.org/a.png)\n", html=swap(' width="536"', "")),
        prose("![The quay](https://img.org/a.png)"),
    ),
    "lang": (Case(html=swap('<html lang="en"', "<html")), Case(html=swap('lang="en"', 'lang="en-CA"'))),
    "direction": (Case(html=swap('dir="ltr"', "")), Case(html=swap('dir="ltr"', 'dir="rtl"'))),
    "layout-table": (
        Case(html=swap('role="presentation"', "")),
        prose("\n|  |  |\n| --- | --- |\n| 2026 | 12 |\n"),
    ),
    "headings": (Case(html=swap("h2", "h4")), prose("### Deeper\n\nFine.\n\n## Up Again\n\nFine.")),
    "contrast": (Case(html=swap("color:#1B1D21", "color:#BBBBBB")), Case(html=swap("color:#1B1D21", "color:#666"))),
    "contrast-forced": (
        Case(html=swap("color:#1B1D21", "color:#777777")),
        Case(html=swap("color:#1B1D21", "color:#444444")),
    ),
    "text-small": (Case(html=swap("font-size:13px", "font-size:12px")), Case()),
    "reflow": (
        Case(html=swap("<p", '<p style="width: 640px"')),
        Case(html=swap("<p", '<p style="width: 640px; max-width: 100%"')),
    ),
    "alt": (
        Case(html=swap(">The decision</a>", '>The decision</a><img src="x" width="9" />')),
        Case(html=swap(">The decision</a>", '>The decision</a><img src="x" alt="" width="9" />')),
    ),
    "title": (Case(edition={"title": ""}), Case(edition={"title": "x"})),
    "link-underlined": (
        Case(html=swap("text-decoration:underline", "text-decoration:none")),
        Case(html=swap("text-decoration:underline", "text-decoration:underline dotted")),
    ),
    "client-feature": (
        Case(html=swap("</p>", '<span style="display:flex">x</span></p>')),
        Case(html=swap("</p>", '<span style="border-radius:4px">x</span></p>')),
    ),
    "size-clipped": (prose("Trams run every six minutes. " * 3_500), prose("Trams run every six minutes. " * 1_500)),
    "size-styles": (
        Case(html=swap("</head>", f"<style>.a{{{PADDED}}}</style></head>")),
        Case(html=swap("</head>", "<style>.a{color:red}</style></head>")),
    ),
    "text-links": (
        Case(text=swap("https://www.example.com/decision", "")),
        Case(text=swap("takes effect", "is law")),
    ),
    "text-lines": (
        Case(text=swap("– 30 –", f"– 30 –\n{'x' * 79}")),
        Case(text=swap("– 30 –", f"– 30 –\n{'x' * 78}\nhttps://{'x' * 90}")),
    ),
    "from-missing": (Case(newsletter={"sender": None}), Case(newsletter=sender(""))),
    "from-free": (Case(newsletter=sender("News", "me@gmail.com")), Case(newsletter=sender("News", "me@notgmail.com"))),
    "way-out-missing": (
        Case(newsletter={"reply_to": None, "base_url": None}),
        Case(newsletter={"reply_to": None, "unsubscribe_mailbox": "leave@harbour.news", "base_url": None}),
    ),
    "one-click-missing": (Case(newsletter={"base_url": None}), Case(newsletter={"base_url": "https://n.org"})),
    "postal-address-missing": (Case(newsletter={"postal_address": " "}), Case(newsletter={"postal_address": "Quay 1"})),
    "dkim-none": (Case(signing=Signing()), Case(signing=Signing(("mail.harbour.news",)))),
    "dkim-unusable": (Case(signing=Signing(trouble=Found("There is no key spring.pem."))), Case()),
    "return-path-stranger": (
        Case(newsletter={"bounce_domain": "bounces.tide.news"}),
        Case(newsletter={"bounce_domain": "bounces.harbour.news", **sender("Daily", "daily@letters.harbour.news")}),
    ),
    "sender-placeholder": (
        Case(newsletter=sender("News", "news@example.org")),
        Case(newsletter={**sender("News", "news@myexample.org"), "postal_address": "12 Example Lane, Harbour"}),
    ),
    "header-long": (
        Case(newsletter={"base_url": f"https://harbour.news/{'x' * 990}"}),
        Case(newsletter={"base_url": f"https://harbour.news/{'x' * 900}"}),
    ),
    "header-missing": (
        Case(message=lambda made: made.replace(b"Message-ID:", b"X-Message-ID:", 1)),
        Case(newsletter={"base_url": None}),
    ),
    "message-id-domain": (
        Case(message=lambda made: made.replace(b"0123456789@harbour.news", b"0123456789@tide.news", 1)),
        Case(message=lambda made: made.replace(b"0123456789@harbour.news", b"0123456789@mx.harbour.news", 1)),
    ),
    "spam-score": (
        Case(spam=Score(5, (Hit(5, "ALL_OF_IT", "All"),))),
        Case(spam=Score(5, (Hit(4.9, "MOST", "Most"),))),
    ),
    "spam-rule": (
        Case(spam=Score(5, (Hit(0.1, "A_BIT", "A bit"),))),
        Case(spam=Score(5, (Hit(0.0, "HTML_MESSAGE", "HTML"), Hit(-1, "MAILING_LIST_MULTI", "A list")))),
    ),
    "spam-unscored": (Case(spam=Unscored("SpamAssassin is not installed here.")), Case(spam=Score(5, ()))),
}
"""For each rule an edition that it finds something in, and one that comes near."""


def of_rule(rule: str, case: Case, folder: Path) -> list[Finding]:
    return [finding for finding in check(proof_of(case, folder)) if finding.rule.id == rule]


def test_a_good_edition_has_nothing_to_mend(tmp_path: Path) -> None:
    assert check(proof_of(Case(), tmp_path)) == []


@pytest.mark.parametrize("body", ["## In Brief\n\n- **Harbour:** Works begin in May.\n", "# Harbour\n", "&nbsp;\n"])
def test_an_edition_without_a_story_below_its_headline_is_checked_like_any_other(body: str, tmp_path: Path) -> None:
    assert "section-empty" not in [each.rule.id for each in check(proof_of(Case(body=body), tmp_path))]


def test_no_rule_goes_untried() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_what_it_is_about(rule: str, tmp_path: Path) -> None:
    found = of_rule(rule, CASES[rule][0], tmp_path)
    assert found
    assert all(finding.severity is RULES[rule].severity and finding.message.endswith(".") for finding in found)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_lets_pass_what_only_comes_near(rule: str, tmp_path: Path) -> None:
    assert of_rule(rule, CASES[rule][1], tmp_path) == []


@pytest.mark.parametrize(
    ("rule", "line"),
    [("placeholder", 14), ("link-http", 14), ("doubled-word", 14), ("quote-unattributed", 14), ("image-alt", 14)],
)
def test_a_finding_names_the_line_of_the_text(rule: str, line: int, tmp_path: Path) -> None:
    (finding, *_) = of_rule(rule, CASES[rule][0], tmp_path)
    assert str(finding.place) == f"text.md:{line}"


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        *(
            ("link-broken", prose(f"[The plan]({address})."))
            for address in (
                "htps://plan.org/a",
                "http//plan.org",
                "https:/plan.org",
                "https://",
                "page.html",
                "//plan.org",
                "#plan",
                "ftp://plan.org/a",
                "file:///srv/plan",
                "sms:+16135550100",
                "tel:",
                "",
                "mailto:desk@",
                "https://plan..org/",
                "https://plan.org:99999/",
                "https://me:secret@plan.org/",
            )
        ),
        ("link-broken", prose('<p>\n<a href="htps://plan.org/a">The plan</a></p>')),
        ("link-gone", link(status=410)),
        ("link-gone", link(status=404, hops=hops((302, "https://www.example.com/404")))),
        ("link-unanswered", link(failure=Failure.LOOP)),
        ("link-unanswered", link(failure=Failure.NO_LOOKUP)),
        ("link-unchecked", link(status=401)),
        ("link-unchecked", link(status=429)),
        ("link-unchecked", link(failure=Failure.PRIVATE)),
        ("link-unchecked", link(failure=Failure.NOT_ASKED)),
        ("image-gone", picture(status=403)),
        ("image-gone", picture(failure=Failure.NO_HOST)),
        ("image-gone", picture(failure=Failure.ENCRYPTION)),
        ("image-unanswered", picture(status=500)),
        ("image-unanswered", picture(status=429)),
        ("image-unanswered", picture(failure=Failure.PRIVATE)),
        ("image-heavy", picture(status=200, octets=1_000_000)),
        ("image-dimensions", picture(status=200, head=head(4_000, 10))),
        ("image-alt", prose("![IMG_20261124](https://img.org/a.png)")),
        ("image-words", prose("![What there is](https://img.org/price-list.png)")),
        ("image-file", prose("![The quay](quay.jpg)")),
    ],
)
def test_other_cases_of_a_rule(rule: str, case: Case, tmp_path: Path) -> None:
    assert of_rule(rule, case, tmp_path)


@pytest.mark.parametrize(
    "address",
    [
        "tel:+1-613-555-0100",
        "www.plan.org/a",
        "plan.org/a",
        "desk@plan.org",
        "mailto:desk@plan.org,press@plan.org?subject=Plan",
        "https://plan.org:8443/@desk",
    ],
)
def test_a_link_that_readers_can_follow_is_not_broken(address: str, tmp_path: Path) -> None:
    proof = proof_of(prose(f"[The plan]({address})."), tmp_path)
    assert check(proof) == []
    assert len(proof.links) == 2  # the good edition has one


def test_a_link_that_was_taken_out_is_named_with_its_own_line(tmp_path: Path) -> None:
    case = prose("The council has\n*once more* put off\n[the plan](htps://plan.org/a) of\n[the quay](page.html).")
    assert [(each.message, str(each.place)) for each in of_rule("link-broken", case, tmp_path)] == [
        ("'htps://plan.org/a' begins with htps:, which mail programs do not open.", "text.md:16"),
        ("'page.html' is no whole address.", "text.md:17"),
    ]


def test_what_was_answered_has_one_finding_at_the_first_link_to_it(tmp_path: Path) -> None:
    case = replace(link(status=404), body=f"{BODY}\nAgain [the decision]({DECISION}#part) of [Tuesday]({DECISION}).\n")
    (finding,) = of_rule("link-gone", case, tmp_path)
    assert str(finding.place) == "text.md:7"


def test_a_link_of_the_theme_is_named_by_its_element(tmp_path: Path) -> None:
    case = Case(
        html=swap("</body>", '<p><a href="https://social.org/us">Follow us</a></p></body>'),
        answers={"https://social.org/us": Answer("https://social.org/us", status=404)},
    )
    (finding,) = of_rule("link-gone", case, tmp_path)
    assert finding.place is None
    assert (finding.element or "").endswith("a:nth-child(1)")


def test_an_http_link_is_reported_once(tmp_path: Path) -> None:
    found = check(proof_of(link("http://plan.org/", status=200, secure=True), tmp_path))
    assert [each.rule.id for each in found] == ["link-https"]


def test_without_asking_no_rule_of_the_web_finds_anything(tmp_path: Path) -> None:
    for rule in (each for each in RULES.values() if each.online):
        assert of_rule(rule.id, replace(CASES[rule.id][0], answers={}), tmp_path) == []


def test_a_finding_about_the_inbox_names_the_front_matters_line(tmp_path: Path) -> None:
    (finding,) = of_rule("subject-long", Case(front={"subject": "x" * 60}), tmp_path)
    assert str(finding.place) == "text.md:2"


def test_the_number_of_readers_who_see_a_gap_is_counted_over_all_of_them(tmp_path: Path) -> None:
    readers = [{"email": f"r{number}@example.org", "name": "" if number % 3 == 1 else "Ann"} for number in range(9_000)]
    (finding,) = of_rule("merge-blank", Case(body=MERGE.body, front=MERGE.front, readers=readers), tmp_path)
    assert finding.message.startswith("3,000 of 9,000 readers (the first is r1@example.org) have no name")
    assert str(finding.place) == "text.md:6"


def test_a_page_that_no_reader_can_reach_is_not_blamed_for_being_http_as_well(tmp_path: Path) -> None:
    found = check(proof_of(prose("[The draft](http://localhost:8000/) of it."), tmp_path))
    assert [each.rule.id for each in found] == ["link-private"]


def test_a_preheader_that_says_only_how_the_subject_begins_repeats_it(tmp_path: Path) -> None:
    case = Case(edition={"subject": "The harbour closes to cars and opens to trams", "preheader": "The harbour closes"})
    assert len(of_rule("preheader-repeats", case, tmp_path)) == 1


def test_wide_letters_take_two_places(tmp_path: Path) -> None:
    (finding,) = of_rule("subject-long", Case(edition={"subject": "港" * 26}), tmp_path)
    assert f"“{'港' * 25}…”" in finding.message
    assert of_rule("subject-long", Case(edition={"subject": "港" * 25}), tmp_path) == []
    assert of_rule("preheader-length", Case(edition={"preheader": "港" * 20}), tmp_path) == []


@pytest.mark.parametrize(
    ("language", "bait", "news"),
    [
        ("de-AT", "Jetzt kaufen: Straßenbahnen", "Wie Verlage mit Newslettern Geld verdienen"),
        ("fr", "Cliquez ici : le port change", "Un contrat à durée limitée pour les dockers"),
        ("es", "Compre ahora su billete", "Ha sido seleccionado para el Mundial; la trampa del dinero fácil"),
        ("pt-BR", "Clique aqui e veja os bondes", "Quem compra agora paga menos imposto"),
        ("it", "Acquista ora il biglietto", "Chi acquista oralmente non ha prove"),
        ("nl", "Bestel nu uw kaartje", "Wie bestelt nu nog een tram?"),
    ],
)
def test_advertising_is_known_in_the_editions_own_language(tmp_path: Path, language: str, bait: str, news: str) -> None:
    def found(subject: str, language: str) -> list[Finding]:
        return of_rule("subject-bait", Case(edition={"subject": subject, "language": language}), tmp_path)

    assert found(bait, language)
    assert found(bait, "fi") == []
    assert found(news, language) == []


@pytest.mark.parametrize("language", BAIT_OF)
def test_no_good_text_of_ours_holds_a_phrase_of_advertising(language: str) -> None:
    phrases = BAIT + BAIT_OF[language]
    texts = [file for file in TEXTS.iterdir() if file.is_file()]
    assert len(texts) > 10
    for file in texts:
        text = file.read_text(encoding="utf-8", errors="replace").lower()
        assert [phrase for phrase in phrases if re.search(rf"\b{re.escape(phrase)}\b", text)] == [], file.name


def test_settings_raise_a_rule_and_set_one_off(tmp_path: Path) -> None:
    proof = proof_of(prose("[The plan](http://plan.org/) at 1 quay, TK."), tmp_path)
    assert {each.rule.id: each.severity for each in check(proof)} == {
        "placeholder": Severity.ERROR,
        "link-http": Severity.NOTE,
    }
    changed = check(proof, {"link-http": Severity.ERROR, "placeholder": None})
    assert [(each.rule.id, each.severity) for each in changed] == [("link-http", Severity.ERROR)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"\r\nFrom: ", b"\r\nFrom: x@example.org\r\nFrom: ", "From stands 2 times"),
        (b"Date: ", b"Date: someday\r\nX-Date: ", "The Date of the header is none"),
        (b"List-Unsubscribe: ", b"X-Unsubscribe: ", "no List-Unsubscribe"),
        (b"List-Unsubscribe-Post: ", b"X-Unsubscribe-Post: ", "no one-click"),
        (b"Subject: ", b"X-Subject: ", "Subject stands 0 times"),
    ],
)
def test_each_thing_that_a_header_lacks_is_named(tmp_path: Path, old: bytes, new: bytes, says: str) -> None:
    def change(made: bytes) -> bytes:
        changed = (b"\r\n" + made).replace(old, new, 1)
        assert changed != b"\r\n" + made
        return changed.removeprefix(b"\r\n")

    found = of_rule("header-missing", Case(message=change), tmp_path)
    assert any(says in each.message for each in found)


def test_an_edition_is_old_only_by_the_newsletters_own_calendar(tmp_path: Path) -> None:
    case = Case(front={"date": "2026-11-25"}, today=date(2026, 11, 27))
    assert "2 days ago" in of_rule("date-past", case, tmp_path)[0].message


@pytest.mark.parametrize(
    ("front", "rule"),
    [
        ({"sponsor_link": "https://localhost/x"}, "link-private"),
        ({"sponsor_link": "https://press.org/?utm_source=x"}, "link-tracking"),
        ({"sponsor_image": "http://press.org/ad.png"}, "image-http"),
        ({"sponsor_image": "https://press.org/ad.webp"}, "image-unsupported"),
        ({"sponsor_text": "Paper for TK."}, "placeholder"),
    ],
)
def test_what_a_sponsor_brings_is_looked_at_too(tmp_path: Path, front: dict[str, str], rule: str) -> None:
    assert of_rule(rule, Case(front={"sponsor": "Example Press", **front}), tmp_path)
    assert not of_rule(rule, Case(front={"sponsor": "Example Press", "sponsor_text": "Paper."}), tmp_path)


@pytest.mark.parametrize(
    "left",
    [
        "Lorem ipsum dolor sit amet.",
        "LOREM IPSUM.",
        "The mayor (TK) came.",
        "It cost $TK million.",
        "[CHECK] The mayor came.",
        "He is 43 [CHECK AGE].",
        "TODO: ask the mayor.",
    ],
)
def test_a_note_to_the_desk_is_a_placeholder(left: str, tmp_path: Path) -> None:
    assert of_rule("placeholder", prose(left), tmp_path)


@pytest.mark.parametrize(
    ("language", "meant"),
    [
        ("en", "They took flight TK 1821 of Turkish Airlines."),
        ("en", "Shares of Thyssenkrupp (TK) fell. On Monday, TK said nothing."),
        ("de", "Die Techniker Krankenkasse (TK) zahlt."),
        ("es", "TODO: así lo dijo."),
        ("pt", "TODO: assim disse."),
    ],
)
def test_what_only_looks_like_a_placeholder_stops_no_send(language: str, meant: str, tmp_path: Path) -> None:
    assert of_rule("placeholder", replace(prose(meant), edition={"language": language}), tmp_path) == []


@pytest.mark.parametrize("left", ["Doors open at 7, speakers TBC.", "Price TBD.", "[photo: the quay]", "Rs XXX crore."])
def test_what_may_be_left_on_purpose_is_a_warning(left: str, tmp_path: Path) -> None:
    (finding,) = of_rule("placeholder-likely", prose(left), tmp_path)
    assert finding.severity is Severity.WARNING
    assert of_rule("placeholder", prose(left), tmp_path) == []


@pytest.mark.parametrize("meant", ["La XXX edición empieza.", "The XXX Corps crossed.", "See [photo](https://a.org/)."])
def test_thirty_in_roman_figures_is_no_placeholder(meant: str, tmp_path: Path) -> None:
    assert of_rule("placeholder-likely", replace(prose(meant), edition={"language": meant[:2].lower()}), tmp_path) == []


def test_every_placeholder_and_marker_of_a_paragraph_is_named_as_the_author_wrote_it(tmp_path: Path) -> None:
    case = prose("Dear *|FNAME|* of %%CITY%%: the mayor, TK, and his wife, [name], wait for you at the quay.")
    found = [each.message for each in check(proof_of(case, tmp_path))]
    assert [each for each in found if "“*|FNAME|*”" in each or "“%%CITY%%”" in each] == found[2:]
    assert "TK" in found[0]
    assert "[name]" in found[1]


def test_two_links_side_by_side_may_show_the_same_word(tmp_path: Path) -> None:
    assert of_rule("doubled-word", prose("[report](https://a.org/) [report](https://b.org/)"), tmp_path) == []
    assert of_rule("doubled-word", prose("It is in the [the report](https://a.org/)."), tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        {"reply_to": "editors@example.org"},
        {"unsubscribe_mailbox": "leave@news.example.com"},
        {"postal_address": "1 Example Street, 12345 Example City"},
    ],
)
def test_each_part_of_the_samples_identity_is_named_and_stops_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    (finding,) = of_rule("sender-placeholder", Case(newsletter=settings), tmp_path)
    assert next(iter(settings.values())) in finding.message
    assert finding.severity is Severity.WARNING


def test_what_the_starter_says_of_the_sender_is_known_as_a_placeholder(tmp_path: Path) -> None:
    starter = load_settings(Path(__file__).resolve().parents[2]).for_list(None)
    case = Case(newsletter={"sender": starter.sender, "reply_to": starter.reply_to})
    case = replace(case, newsletter={**case.newsletter, "postal_address": starter.postal_address})
    assert len(of_rule("sender-placeholder", case, tmp_path)) == 3


def test_why_a_picture_cannot_be_used_comes_with_its_own_way_to_mend_it(tmp_path: Path) -> None:
    case = Case(
        unusable=[SourceError("upper.jpg is not there.", place=Place("text.md", 14), hint="Did you mean Up.JPG?")]
    )
    (finding,) = of_rule("image-file", case, tmp_path)
    assert finding.mend == "Did you mean Up.JPG?"


def test_pictures_without_an_address_are_one_finding_by_the_authors_own_paths(tmp_path: Path) -> None:
    asked = [f"https://assets.invalid/quay{number}-1.jpg" for number in range(5)]
    case = replace(
        prose("\n\n".join(f"![The quay]({address})" for address in asked)),
        written={address: f"p/quay{number}.jpg" for number, address in enumerate(asked)},
    )
    (finding,) = of_rule("image-unpublished", case, tmp_path)
    assert finding.message == "5 pictures have no address on the web: p/quay0.jpg, p/quay1.jpg, p/quay2.jpg and 2 more."
    assert str(finding.place) == "text.md:14"


def test_one_image_and_one_word_are_counted_as_one(tmp_path: Path) -> None:
    case = Case(body="# Quay\n\n![The quay](https://img.org/a.png)\n")
    assert of_rule("image-only", case, tmp_path)[0].message == "There is 1 image and 1 word."


@pytest.mark.parametrize(
    "value",
    ["f@example.org", "NULL", "null", "None", "JosÃ©", "=HYPERLINK(1)", "n/a", "N/A", "undefined", "-", "#REF!", "NaN"],
)
def test_a_value_that_no_person_has_is_strange(value: str, tmp_path: Path) -> None:
    (finding,) = of_rule(
        "merge-strange", Case(MERGE.body, MERGE.front, readers=[{"email": "a@b.org", "name": value}]), tmp_path
    )
    assert "(the first is a@b.org)" in finding.message
    assert "lists check" not in finding.mend


@pytest.mark.parametrize(
    "value", ["Null", "Nan", "Na", "José", "Éa", "Žižek", "Åsa", "O'Neill", "李", "Jean-Luc", "J."]
)
def test_names_of_people_are_not_strange(value: str, tmp_path: Path) -> None:
    case = Case(MERGE.body, MERGE.front, readers=[{"email": "a@b.org", "name": value}])
    assert of_rule("merge-strange", case, tmp_path) == []


def test_an_address_in_a_field_of_addresses_is_not_strange(tmp_path: Path) -> None:
    case = Case(MERGE.body.replace("recipient.name", "recipient.email"), MERGE.front, readers=[{"email": "a@b.org"}])
    assert of_rule("merge-strange", case, tmp_path) == []
