"""Editions built by hand, for tests that need one without reading a source."""

from __future__ import annotations

from datetime import date

from dispatch.edition.model import (
    Edition,
    Heading,
    InBrief,
    InBriefItem,
    Paragraph,
    Point,
    Points,
    Quote,
    Story,
    Text,
)
from dispatch.render import Look

LOOK = Look(
    newsletter_name="Dispatch",
    tagline="Stay informed. Stay ahead.",
    accent="#A8321E",
    theme="dispatch",
    postal_address="1 Wire Street, Ottawa ON K1A 0A1, Canada",
    base_url="https://news.example.org",
    sender_name="The Dispatch Desk",
    sender_address="desk@example.org",
    way_out="leave@example.org",
)


def text(words: str) -> Text:
    return Text(words)


def points(*items: tuple[str, str]) -> Points:
    return Points(tuple(Point(label, Text(words)) for label, words in items))


def canada_china() -> Edition:
    """What the sample seed means."""
    story = Story(
        title="Canada-China: Minimal Thaw, Persistent Frost",
        title_made=True,
        dateline="OTTAWA/BEIJING",
        source="seeds/canada-china.txt",
        blocks=(
            Paragraph(
                Text(
                    "Top diplomats from China and Canada held a closed-door meeting in Ottawa this week, marking the"
                    " highest-level diplomatic engagement between the two countries in over four years. The talks,"
                    " described by officials as “candid and necessary,” aimed to stabilize a relationship that has been"
                    " in a deep freeze since the detention of Canadian citizens Michael Kovrig and Michael Spavor in"
                    " 2018."
                )
            ),
            Heading(2, Text("On the Agenda: Thorny Issues")),
            Paragraph(
                Text(
                    "The meeting, between Canadian Foreign Minister Mélanie Joly and her Chinese counterpart, Foreign"
                    " Minister Wang Yi, focused on a fraught agenda:"
                )
            ),
            points(
                (
                    "Trade & Economic Coercion",
                    "Canada pressed China to lift what it sees as “arbitrary” trade barriers on Canadian canola,"
                    " soybeans, and pork, imposed after the 2018 Huawei incident. Ottawa seeks a return to rules-based"
                    " trade.",
                ),
                (
                    "Foreign Interference",
                    "A primary Canadian demand was for China to cease all forms of alleged political interference in"
                    " Canada’s domestic affairs, a major issue that has sparked a public inquiry in Ottawa.",
                ),
                (
                    "Regional Security",
                    "Discussions touched on tensions in the South China Sea and the Taiwan Strait, with Canada"
                    " reiterating its support for peace and stability across the Taiwan Strait, a position Beijing"
                    " strongly contests.",
                ),
                (
                    "Ukraine & Global Affairs",
                    "Canada urged China to use its influence with Russia to help end the war in Ukraine.",
                ),
            ),
            Heading(2, Text("The Outcome: Minimal Thaw, Persistent Frost")),
            Paragraph(
                Text(
                    "No major breakthroughs were announced. The key outcome was an agreement to maintain open lines of"
                    " communication and to hold follow-up discussions on trade and consular issues at a working level."
                )
            ),
            points(
                (
                    "Canadian Statement",
                    "Minister Joly stated she “directly and unequivocally” raised concerns over interference and human"
                    " rights, calling the dialogue “a step, but only a step, in a long path.”",
                ),
                (
                    "Chinese Statement",
                    "Minister Wang emphasized that China-Canada relations have “no historical grievances nor"
                    " fundamental conflicts of interest,” but warned that “the Taiwan issue is China’s internal affair"
                    " and brooks no foreign interference.”",
                ),
            ),
            Heading(2, Text("Why It Matters: Canada’s Delicate Balancing Act")),
            Paragraph(Text("This meeting underscores Canada’s challenging geopolitical position:")),
            points(
                (
                    "Pressure from Allies",
                    "As a key member of the Five Eyes intelligence alliance and a G7 nation, Canada faces strong"
                    " expectations to present a united front with the US, UK, and Australia on confronting China.",
                ),
                (
                    "Economic Reality",
                    "China remains Canada’s second-largest trading partner. Key sectors like agriculture, minerals, and"
                    " education are eager to restore stable commercial ties.",
                ),
                (
                    "Domestic Politics",
                    "With a public inquiry into foreign interference ongoing and a significant Chinese-Canadian"
                    " diaspora, the government faces intense domestic scrutiny to be both firm and pragmatic.",
                ),
            ),
            Heading(2, Text("Expert Analysis")),
            Quote(
                Text(
                    "This is relationship management at its most basic. Neither side expects a reset. The goal is to"
                    " install guardrails, prevent a complete derailment, and see if small, pragmatic wins on trade are"
                    " possible while agreeing to disagree—loudly—on everything else."
                ),
                attribution="Professor Wendy Dobson of the University of Toronto",
                role="of the University of Toronto",
                verb="said",
            ),
        ),
    )
    brief = InBrief(
        "Canada-China Context",
        (
            InBriefItem(
                "Arrests Aftermath",
                Text(
                    "The “Two Michaels” were released in 2021, but the case of Michael Chong, a Canadian MP allegedly"
                    " targeted by China, continues to fuel tensions."
                ),
            ),
            InBriefItem(
                "Critical Minerals",
                Text(
                    "Canada is actively restricting Chinese investment in its critical minerals sector, a move directly"
                    " affecting Beijing’s strategic interests."
                ),
            ),
            InBriefItem(
                "Next Steps",
                Text(
                    "A meeting between Prime Minister Trudeau and President Xi is not anticipated in the near term,"
                    " signaling relations remain at a cautious, ministerial-level dialogue."
                ),
            ),
        ),
    )
    return edition(story, in_brief=brief, number=12)


def edition(
    *stories: Story,
    title: str | None = None,
    in_brief: InBrief | None = None,
    language: str = "en",
    number: int | None = None,
    preheader: str = "No major breakthroughs were announced.",
) -> Edition:
    """An edition around ``stories``, right-to-left where its language is."""
    return Edition(
        slug="edition",
        title=title if title is not None else stories[0].title,
        subject=title if title is not None else stories[0].title,
        preheader=preheader,
        date=date(2026, 11, 23),
        language=language,
        direction="rtl" if language in ("ar", "he") else "ltr",
        reading_minutes=3,
        tagline="Stay informed. Stay ahead.",
        stories=stories,
        in_brief=in_brief,
        number=number,
    )
