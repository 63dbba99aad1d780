"""Headlines and subjects: each rule, and the texts that try to make it cut badly or claim too much."""

from __future__ import annotations

import pytest

from dispatch.edition.composing.headlines import suggest
from dispatch.edition.composing.languages import lexicon_for
from dispatch.edition.composing.matter import matter_of
from dispatch.edition.composing.subjects import subject_from
from dispatch.edition.composing.suggestion import Suggestion, SuggestionKind
from dispatch.edition.composing.words import overlap
from dispatch.edition.model import InBrief
from dispatch.edition.reading import FrontMatter
from support.readings import box, reading

ENGLISH = lexicon_for("en")


def suggestions(
    script: str, *, language: str = "en", title: str = "", own: InBrief | None = None, front: FrontMatter | None = None
) -> tuple[Suggestion, ...]:
    made = reading(script, name="water-vote_2026.txt", title=title, box=own, front=front)
    return suggest(matter_of(made, lexicon_for(language)))


def headline(script: str, language: str = "en") -> Suggestion:
    return suggestions(script, language=language)[0]


# A given headline.


def test_the_source_s_headline_wins_verbatim_even_when_it_is_long() -> None:
    title = (
        "Council votes, at last and after eleven years, to rebuild the harbour wall that the storm of 2014 took away"
    )
    found = suggestions("The council voted.\n## The Wall: High Hopes, Low Funds\nIt is old.", title=title)
    assert (found[0].kind, found[0].text) == (SuggestionKind.GIVEN, title)
    assert len(found[0].subject) <= 45


def test_front_matter_wins_over_the_headline_and_names_its_line() -> None:
    front = FrontMatter(title="The author’s own", lines={"title": 2})
    found = suggestions("Something happened.", title="Another", front=front)[0]
    assert (found.text, found.line) == ("The author’s own", 2)


def test_a_given_headline_keeps_its_today() -> None:
    assert suggestions("Text.", title="What changes today")[0].subject == "What changes today"


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ("Harbour wall to be rebuilt", "Harbour wall to be rebuilt"),
        ("Harbour wall to be rebuilt; residents wait for the second plan", "Harbour wall to be rebuilt"),
        ("Parliament passes housing bill after a night of bitter debate", "Parliament passes housing bill"),
        ("Mayor of Springfield resigned the day after an audit found a hole", ""),
        ("Springfield’s mayor was elected and did not say when the wall comes", ""),
        ("Canada wins gold – and a record falls in the last race of the day", "Canada wins gold"),
        ("Acme Launches First Solar Ferry in the North Sea", "Acme Launches First Solar Ferry"),
        ("the server was down for two hours - nobody noticed until morning", "the server was down for two hours"),
        ("Harbour wall – built in 1911 and never repaired – falls into the lake", ""),
        ("Central bank fears a steep rise in prices of food and of fuel soon", ""),
        # Cut here, these would claim what the headline does not.
        ("Mayor is guilty of fraud, prosecutors say in their opening statement", ""),
        ("Strike is called off, but only for the two days of the holiday", ""),
        ("Aliens have landed in Ohio, according to a widely shared hoax", ""),
        ("Bank will close the fund if the regulator rejects its last appeal", ""),
        # No clause ends here.
        ("In a surprise move, the European Central Bank cuts interest rates", ""),
        ("Jane Doe, the mayor of Springfield since 2009 and a former judge", ""),
        ("Supercalifragilisticexpialidociousandevenlongerthanthat", ""),
        ("“We were never going to vote for this; we never will,” says Doe", ""),
        ("Fund grows to $1,234,567,890,123,456,789,012,345,678,901,234,567", ""),
    ],
)
def test_a_long_headline_is_cut_only_at_a_clause_s_end(given: str, subject: str) -> None:
    assert subject_from(given, ENGLISH) == subject


def test_a_headline_that_cannot_be_cut_takes_the_plain_fact_for_its_subject() -> None:
    script = """
    Springfield council met over the harbour wall in a long session that ended in the early hours.
    Doe said “we were never going to vote for this” there.
    ## Springfield’s Broken Harbour Wall
    It broke in Springfield.
    """
    found = suggestions(script, title="Mayor is guilty of fraud, prosecutors say in their opening statement")
    assert found[0].subject == "Springfield’s Broken Harbour Wall"
    assert "too long for a subject" in found[0].rule


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Harbour works begin at last in the city of Ottawa", "Harbour works begin at last in the city of Ottawa"),
        (
            "A Very Long Edition Indeed with a Headline That Goes On and On Until Nobody Can Bear to Read It",
            "A Very Long Edition Indeed with a Headline…",
        ),
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "Donaudampfschifffahrts…"),
    ],
)
def test_a_subject_says_what_its_authors_headline_says_and_nobody_elses_words(title: str, subject: str) -> None:
    script = "The council met on Tuesday.\nDoe said “we could wait no longer than this” there."
    assert suggestions(script, title=title)[0].subject == subject


# A contrast.

_FROST = "Envoys from Kenya and Ghana met in Accra, where Kenya asked Ghana for rice.\n## The Outcome: {}\nIt is done."


@pytest.mark.parametrize(
    ("phrase", "made"),
    [
        ("Minimal Thaw, Persistent Frost", True),
        ("Thaw, Frost", True),
        ("A Very Small Thaw, A Very Long Frost", False),  # more than three words a side
        ("Minimal Thaw, Frost", False),  # not as many words
        ("Thaw, Frost, Thaw", False),  # three sides
        ("Nairobi, Accra", False),  # two places, set against nothing
        ("Monday, Tuesday", False),
        ("March 3, April 4", False),
        ("Good Week, Bad Today", False),
    ],
)
def test_a_heading_with_two_even_sides_is_a_contrast(phrase: str, made: bool) -> None:
    script = _FROST.format(phrase) + "\nTrains from Nairobi reach Accra."
    found = suggestions(script)
    contrasts = [each for each in found if each.kind is SuggestionKind.CONTRAST]
    assert [each.text for each in contrasts] == ([f"Kenya, Ghana: {phrase}"] if made else [])
    if made:
        assert found[0] is contrasts[0]
        assert contrasts[0].line == 2


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Canada-China Context", "Canada-China"),
        ("Rice Trade Background", "Rice Trade"),
        ("Contexte ghanéen", "ghanéen"),
        ("Rice", "Rice"),
        ("Background", "Kenya, Ghana"),  # the generic word alone is no topic
        ("", "Kenya, Ghana"),
        ("Everything that you always wanted to know about rice", "Kenya, Ghana"),
    ],
)
def test_the_topic_is_the_box_s_title_without_its_generic_word(title: str, topic: str) -> None:
    found = suggestions(_FROST.format("Thaw, Frost"), own=box(title, ("Rice", "Rice is dear.")))
    assert found[0].text == f"{topic}: Thaw, Frost"


def test_capitals_are_recased_from_the_text_and_acronyms_stay() -> None:
    script = """
    Canada asked NATO for help, and McDonald of Canada told NATO so.
    ## THE OUTCOME: NATO UNITY, CANADA ALONE
    """
    assert suggestions(script, own=box("MCDONALD CONTEXT", (None, "x")))[0].text == "McDonald: NATO Unity, Canada Alone"


def test_a_topic_that_does_not_fit_the_subject_gives_way_to_both_sides() -> None:
    script = "The council met.\n## The Vote: Grudging Majority Approval, Furious Minority Dissent"
    found = suggestions(script, own=box("Harbour Wall Context", (None, "x")))[0]
    assert found.text == "Harbour Wall: Grudging Majority Approval, Furious Minority Dissent"
    assert 0 < len(found.subject) <= 45


# A quotation.


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("“a step, but only a step, in a long path.”", "“A step, but only a step, in a long path”"),
        ('"we will not go back to that,"', '"We will not go back to that"'),
        ("“Will anyone ever answer for this?”", "“Will anyone ever answer for this?”"),
        ("“a small step,”", None),  # under five words
        ("“one two three four five six seven eight nine ten eleven”", None),
        ("“no historical grievances nor fundamental conflicts of interest,”", None),  # no subject could hold it
        ("“we are going to vote on it today,”", None),
        ("“The Good, the Bad and the Ugly”", None),  # a film
        ("“we will never go back to", None),  # no whole quotation
    ],
)
def test_a_quotation_is_whole_short_and_verbatim(said: str, offered: str | None) -> None:
    found = suggestions(f"Talks were held in the town hall.\nShe called the plan {said} and left.")
    assert [each.text for each in found if each.kind is SuggestionKind.QUOTATION] == ([offered] if offered else [])


def test_a_quote_block_of_one_sentence_is_offered_in_the_language_s_marks() -> None:
    found = suggestions("Es gab Streit im Rat.\n> Wir haben damit nichts zu tun", language="de")
    assert found[1].text == "„Wir haben damit nichts zu tun“"


def test_a_finished_statement_comes_before_a_fragment() -> None:
    script = "She met “a wall of silence from everyone” there. He said: “We did all that we could.”"
    found = suggestions(f"Talks were held.\n{script}")
    assert found[1].text == "“We did all that we could”"


# A plain fact, and alternatives.


def test_a_plain_fact_is_a_heading_s_phrase_about_what_the_lede_names() -> None:
    script = """
    Envoys of Ghana were asked by Kenya for two million tonnes of rice.
    ## On the Agenda: Thorny Issues
    ## What happens next
    ## Why It Matters: Kenya’s Long Empty Season
    """
    found = suggestions(script)
    assert [each.text for each in found if each.kind is SuggestionKind.FACT] == ["Kenya’s Long Empty Season"]


def test_alternatives_differ_in_kind_and_in_more_than_half_of_their_words() -> None:
    script = """
    Kenya asked Ghana for rice in Accra.
    ## The Outcome: Empty Bowls, Full Barns
    ## Why It Matters: Kenya’s Empty Bowls
    Doe spoke of “empty bowls and full barns in Kenya” there.
    """
    found = suggestions(script)
    kinds = [each.kind for each in found]
    assert len(set(kinds)) == len(kinds)
    for index, one in enumerate(found):
        for other in found[index + 1 :]:
            assert overlap(one.text, other.text, ENGLISH) < 0.5
    assert [each.text for each in found] == ["Kenya: Empty Bowls, Full Barns"]


# The lede.


@pytest.mark.parametrize(
    ("lede", "made"),
    [
        (
            "The U.S. Senate today passed a $1.2 trillion spending bill, sending the measure to President Biden hours "
            "before a shutdown deadline that few had hoped to meet.",
            "The U.S. Senate passed a $1.2 trillion spending bill",
        ),
        (
            "Top diplomats from China and Canada held a closed-door meeting in Ottawa this week, marking the highest "
            "engagement in years.",
            "Top diplomats from China and Canada held a closed-door meeting in Ottawa",
        ),
        (
            "In a surprise move, the European Central Bank cut interest rates by half a percentage point on Thursday, "
            "citing slowing growth.",
            "The European Central Bank cut interest rates by half a percentage point",
        ),
        (
            "Jane Doe, the mayor of Springfield, resigned after an audit found that $3 million had gone missing from "
            "the city’s parks fund over five years.",
            "Jane Doe, the mayor of Springfield, resigned",
        ),
        ("Today, the council approved the plan.", "The council approved the plan"),
        ("Prices rose in 11 of 12 towns.", "Prices rose in 11 of 12 towns"),
        ("Is the harbour wall safe?", "Is the harbour wall safe?"),
    ],
)
def test_the_lede_s_first_clause_without_the_words_that_age(lede: str, made: str) -> None:
    found = headline(lede)
    assert (found.kind, found.text) == (SuggestionKind.LEDE, made)


@pytest.mark.parametrize(
    "lede",
    [
        "The council will stay as divided as it has been until today.",
        "Yesterday’s vote changed the council for good.",
        "Apple will say that the phone is dead if Congress does not act before the long-awaited deadline that every "
        "lobbyist in Washington has been circling on the calendar for many months.",
    ],
)
def test_a_lede_that_cannot_be_cut_honestly_makes_no_headline(lede: str) -> None:
    found = headline(lede)
    assert (found.kind, found.text, found.line) == (SuggestionKind.FILE_NAME, "Water vote 2026", None)
    assert "file’s name" in found.rule


@pytest.mark.parametrize("line", ["FOR IMMEDIATE RELEASE", "BC-US--Wildfire, 2nd Ld-Writethru", "Dear readers"])
def test_a_line_above_the_text_is_no_lede(line: str) -> None:
    assert headline(f"{line}\nThe wall fell down at noon.").text == "The wall fell down at noon"


def test_a_heading_that_names_nothing_is_no_plain_fact() -> None:
    found = suggestions("Traders sold oil in London on Monday.\n## What traders are watching", title="Oil")
    assert SuggestionKind.FACT not in [each.kind for each in found]


def test_an_introduction_to_what_follows_is_no_lede() -> None:
    assert headline("The agenda was this:\nThe wall fell down.").text == "The wall fell down"


@pytest.mark.parametrize(
    ("language", "lede", "made"),
    [
        (
            "de",
            "Der Bundestag hat ein neues Klimagesetz beschlossen, das den Ausstoß bis 2030 um 65 Prozent senken soll.",
            "Der Bundestag hat ein neues Klimagesetz beschlossen",
        ),
        (
            "ar",
            "أعلنت وزارة الصحة في القاهرة عن خطة جديدة للمستشفيات، وذلك بعد أشهر من المشاورات مع الخبراء والأطباء.",
            "أعلنت وزارة الصحة في القاهرة عن خطة جديدة للمستشفيات",
        ),
        (
            "zh",
            "中国外交部长王毅周二在北京会见了加拿大外长，双方就贸易、领事和地区安全等问题进行了坦率的讨论和交流。",
            "中国外交部长王毅周二在北京会见了加拿大外长",
        ),
        (
            "zh",
            "中国、加拿大、美国、英国、法国、德国、意大利、日本、澳大利亚和新西兰的外长在北京进行了长时间的坦率讨论。",
            "Water vote 2026",  # 、 parts the items of a list
        ),
        (
            "ja",
            "東京都は5日、すべての公立学校で給食を無償化すると発表した。",
            "東京都は5日、すべての公立学校で給食を無償化すると発表した",
        ),
        ("he", "הממשלה אישרה את התקציב.", "הממשלה אישרה את התקציב"),
        (
            "xx",
            "Lorem ipsum dolor sit amet; consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et.",
            "Lorem ipsum dolor sit amet",
        ),
    ],
)
def test_other_languages_get_a_clause_or_the_file_s_name(language: str, lede: str, made: str) -> None:
    assert headline(lede, language).text == made


def test_words_that_age_are_known_in_the_text_s_own_language() -> None:
    assert headline("Der Rat hat heute entschieden.", "de").text == "Der Rat hat entschieden"
    assert headline("Der Rat entscheidet heute Abend.", "de").text == "Der Rat entscheidet"
    assert headline("Le Sénat a adopté hier soir la loi.", "fr").text == "Le Sénat a adopté la loi"
    assert headline("Die Zeitung von heute war dünn.", "de").kind is SuggestionKind.FILE_NAME
    assert headline("Guten Morgen wünscht der Rat.", "de").kind is SuggestionKind.FILE_NAME
    assert headline("首相は今日の会議で話した。", "ja").kind is SuggestionKind.FILE_NAME


def test_a_text_without_prose_takes_a_heading_or_the_file_s_name() -> None:
    assert headline("## Prices").text == "Water vote 2026"


def test_a_recipient_s_field_never_reaches_a_made_headline() -> None:
    from dispatch.edition.model import Mark, MarkKind, Paragraph, Story, Text
    from dispatch.edition.reading import Reading

    mark = Mark(MarkKind.MERGE, 6, 12, target="name", default="reader")
    story = Story("", (Paragraph(Text("Hello reader.", (mark,)), line=1), Paragraph(Text("The wall fell."), line=2)))
    made = Reading("a.txt", "a", story, FrontMatter(), ())
    assert suggest(matter_of(made, ENGLISH))[0].text == "The wall fell"


def test_a_topic_that_is_too_long_for_a_subject_never_leaves_it_empty() -> None:
    topic = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
    title = f"Donaudampfschifffahrtsgesellschaft Sells Its Last Steamer, and the {topic} Is No Help at All"
    assert suggestions(f"The {topic} was repealed in 2013.", title=title)[0].subject
