"""Editions built by hand, for tests that need one without reading a source."""

# ruff: noqa: E501 - running text reads better on one line

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dispatch.edition.model import (
    Code,
    Divider,
    Edition,
    Footnote,
    Heading,
    Image,
    InBrief,
    InBriefItem,
    List,
    ListItem,
    Mark,
    MarkKind,
    Paragraph,
    Point,
    Points,
    Preformatted,
    Quote,
    Sponsor,
    Story,
    Table,
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


def every_kind() -> Edition:
    """One story with every kind of block, marks, long words and figures that phones could choke on."""
    link = "Read the whole communiqué at the ministry, or the note."
    paragraph = Text(
        link,
        (
            Mark(MarkKind.LINK, 9, 25, "https://example.org/communique?id=1&lang=en"),
            Mark(MarkKind.STRONG, 0, 4),
            Mark(MarkKind.EMPHASIS, 33, 41),
            Mark(MarkKind.FOOTNOTE, 50, 54, "1"),
        ),
    )
    header = ("Country", "Exports 2023", "Exports 2024", "Exports 2025", "Change", "Remarks")
    rows = [
        (name, "1,204,556", "1,310,002", "1,299,871", "-0.8 %", "Preliminary, not seasonally adjusted")
        for name in ("Canada", "China", "Liechtenstein", "United Kingdom")
    ]
    story = Story(
        title="Grain prices fall for a third week as harvest comes in",
        dateline="WINNIPEG, Nov. 23",
        byline="By Ada Vance and Tomás Ruiz",
        source="seeds/grain.md",
        blocks=(
            Paragraph(
                Text("Wheat and canola fell again, and traders say that the harvest is only half of the reason.")
            ),
            Paragraph(paragraph),
            Image(
                "https://example.org/field.jpg", "A combine harvester in a wheat field", Text("Near Brandon, Manitoba.")
            ),
            Heading(2, Text("Figures")),
            Table(tuple(map(Text, header)), tuple(tuple(map(Text, row)) for row in rows), ("start", *["end"] * 4)),
            Heading(3, Text("Columns as they came")),
            Preformatted(
                "Contract        Open      High       Low     Close    Change     Volume\n"
                "Wheat Dec     541.25    548.50    539.75    540.00     -4.25     92,114\n"
                "Canola Jan    612.10    615.00    605.30    606.20     -9.80     31,007"
            ),
            Code(
                "def price(bushels: int) -> float:\n    return bushels * 5.41  # a long remark that runs past the page",
                "python",
            ),
            List(
                ordered=False,
                items=(
                    ListItem((Paragraph(Text("Wheat, down four cents a bushel")),)),
                    ListItem(
                        (
                            Paragraph(Text("Canola, in two places:")),
                            List(
                                ordered=True,
                                start=3,
                                items=(
                                    ListItem((Paragraph(Text("Winnipeg")),)),
                                    ListItem((Paragraph(Text("Saskatoon")),)),
                                ),
                            ),
                        )
                    ),
                ),
            ),
            Divider(),
            points(
                ("What the ministry wants the provinces to do next", "Sign before the end of the year."),
                ("Risk", "Rain."),
            ),
            Quote(
                Text("Nobody sells at this price who doesn’t have to."),
                attribution="Ana Petrov, a farmer",
                role="a farmer",
                verb="says",
            ),
            Paragraph(Text("Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " + "a" * 90)),
            Paragraph(
                Text(
                    "https://example.org/" + "path/" * 20,
                    (Mark(MarkKind.LINK, 0, 120, "https://example.org/" + "path/" * 20),),
                )
            ),
        ),
    )
    whole = edition(story, number=3, preheader="Traders blame the harvest, and rail.")
    return replace(whole, footnotes=(Footnote("1", (Paragraph(Text("Published on Friday, in French only.")),)),))


def several_stories() -> Edition:
    """Three stories, an editor's own title above them, and a box made by extraction."""
    stories = tuple(
        Story(
            title=title,
            dateline=place,
            source=f"seeds/{number}.txt",
            blocks=(
                Paragraph(
                    Text(f"{lede} It was the second such step in a month, and nobody in the room was surprised.")
                ),
                Heading(2, Text("What Next: A Vote in Spring")),
                Paragraph(Text("A vote is expected in spring, after the budget has passed both chambers.")),
            ),
        )
        for number, (title, place, lede) in enumerate(
            (
                ("Parliament passes the water bill", "PARIS", "Parliament passed the water bill on Monday."),
                ("A port strike enters its second week", "HAMBURG", "Dockers stayed out for an eighth day."),
                ("Why the northern lights came south", "TROMSØ", "The sun threw a large cloud of plasma at us."),
            ),
            1,
        )
    )
    brief = InBrief(
        "",
        (
            InBriefItem("What Next", Text("A vote is expected in spring.")),
            InBriefItem(None, Text("Dockers stayed out.")),
        ),
        True,
    )
    return edition(*stories, title="Water, Ports, Light", in_brief=brief, number=41)


EVERY_PART = replace(
    LOOK,
    logo="https://news.example.org/logo.png",
    logo_dark="https://news.example.org/logo-dark.png",
    logo_width=160,
    web_version="https://news.example.org/{date}/{slug}",
    social=(("Mastodon", "https://mastodon.example/@dispatch"), ("Podcast", "https://podcast.example.org/a?b=1&c=2")),
    forward=True,
    feedback_to="https://news.example.org/feedback?edition={slug}&answer={answer}",
)


def every_part() -> Edition:
    """An edition with a sponsor, to be looked at with :data:`EVERY_PART`."""
    paid = Sponsor(
        "Example Press",
        "Paper for newspapers.",
        "https://press.example.org/?a=1&b=2",
        "https://press.example.org/ad.png",
    )
    return replace(several_stories(), sponsor=paid)


def arabic() -> Edition:
    """A right-to-left edition."""
    story = Story(
        title="محادثات أوتاوا: انفراج محدود وبرود مستمر",
        dateline="أوتاوا",
        byline="بقلم ليلى حداد",
        source="seeds/ar.txt",
        blocks=(
            Paragraph(
                Text(
                    "عقد كبار الدبلوماسيين من الصين وكندا اجتماعًا مغلقًا في أوتاوا هذا الأسبوع، هو الأعلى مستوى منذ أربع سنوات."
                )
            ),
            Heading(2, Text("على جدول الأعمال: قضايا شائكة")),
            Paragraph(Text("ركز الاجتماع على جدول أعمال متوتر:")),
            points(
                ("التجارة", "ضغطت كندا على الصين لرفع الحواجز التجارية عن الكانولا وفول الصويا."),
                ("الأمن الإقليمي", "تناولت المباحثات التوترات في بحر الصين الجنوبي (South China Sea)."),
            ),
            Quote(
                Text("هذه إدارة للعلاقة في أبسط صورها، ولا يتوقع أي من الطرفين إعادة ضبط."),
                attribution="الأستاذة ويندي دوبسون من جامعة تورونتو",
                role="من جامعة تورونتو",
                verb="قالت",
            ),
            List(ordered=True, items=(ListItem((Paragraph(Text("أولًا")),)), ListItem((Paragraph(Text("ثانيًا")),)))),
        ),
    )
    brief = InBrief(
        "سياق العلاقات",
        (InBriefItem("المعادن", Text("تقيّد كندا الاستثمار الصيني في المعادن الحرجة.")),),
        label="باختصار",
    )
    return replace(edition(story, in_brief=brief, language="ar", number=12), tagline="ابق مطلعًا. ابق في المقدمة.")
