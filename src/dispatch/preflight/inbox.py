"""What an inbox shows before anyone opens anything: sender, subject, preheader, date."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

from dispatch.edition.composing.words import measure
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof
from dispatch.preflight.wording import BAIT, BAIT_OF

rules = Rules(Group.INBOX)

SUBJECT_ON_PHONES = 50
"""Characters. Gmail's and Apple Mail's apps cut a subject between the 35th and the 50th, in portrait."""
PREHEADER_SHOWN = (40, 140)
"""Characters: what a phone shows for sure, and what no inbox shows more of."""
SENDER_SHOWN = 25
"""Characters of a sender's name that inbox rows have room for."""
_STALE_DAYS = 7
_ALIKE = 0.85
_REPLY = re.compile(r"\s*(?:re|fwd?|aw|wg|tr|rv)\s*:", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[!?]{2,}|\.{4,}|\$\$+")
_WORD = re.compile(r"[^\W\d_]+")


@rules.rule(
    "subject-missing",
    Severity.ERROR,
    "The subject is blank",
    why="Mail without a subject looks like spam, and nobody knows why to open it.",
    mend="Write `subject: …` into the front matter, or give the text a headline.",
)
def subject_missing(proof: Proof) -> Iterator[Found]:
    """The mail's subject, wherever it came from."""
    if not proof.edition.subject.strip():
        yield Found("The subject is blank.", proof.at("subject"))


@rules.rule(
    "subject-long",
    Severity.WARNING,
    "The subject is cut on phones",
    why="More than half of all mail is opened on a phone, which shows 35 to 50 characters of a subject.",
    mend="Say it in fewer words, or put the news first. `dispatch compose` suggests shorter ones.",
)
def subject_long(proof: Proof) -> Iterator[Found]:
    """Subjects of more than 50 characters, wide ones (Chinese, Japanese, Korean) counted twice; the finding shows where
    they are cut."""
    subject = proof.edition.subject
    if measure(subject) > SUBJECT_ON_PHONES:
        fits = next(at for at in range(len(subject), 0, -1) if measure(subject[:at]) <= SUBJECT_ON_PHONES)
        kept = subject[:fits].rstrip()
        yield Found(f"The subject has {len(subject)} characters; a phone shows “{kept}…”.", proof.at("subject"))


@rules.rule(
    "subject-capitals",
    Severity.WARNING,
    "The subject shouts",
    why="Capitals are harder to read, and filters count them as a sign of spam.",
    mend="Write it as a sentence.",
)
def subject_capitals(proof: Proof) -> Iterator[Found]:
    """Subjects of two words or more of which four letters in five are capitals, in scripts that have them."""
    letters = [each for each in proof.edition.subject if each.lower() != each.upper()]
    loud = sum(each.isupper() for each in letters)
    if len(letters) >= 8 and loud * 5 >= len(letters) * 4 and len(proof.edition.subject.split()) > 1:
        yield Found("The subject is written in capitals.", proof.at("subject"))


@rules.rule(
    "subject-punctuation",
    Severity.WARNING,
    "The subject's punctuation is that of spam",
    why="Filters weigh “!!!”, “$$$” and a “Re:” that answers nothing, and readers do too.",
    mend="One mark is enough; leave “Re:” to replies.",
)
def subject_punctuation(proof: Proof) -> Iterator[Found]:
    """Runs of exclamation and question marks, and subjects that pretend to be a reply or forwarded."""
    subject = proof.edition.subject
    if found := _PUNCTUATION.search(subject):
        yield Found(f"The subject has “{found[0]}” in it.", proof.at("subject"))
    if found := _REPLY.match(subject):
        yield Found(f"The subject begins with “{found[0].strip()}”, as if it were a reply.", proof.at("subject"))


@rules.rule(
    "subject-bait",
    Severity.WARNING,
    "The subject has a phrase that filters know from spam",
    why="Some phrases stand in so much spam that they count against whoever writes them.",
    mend="Say what the news is instead.",
)
def subject_bait(proof: Proof) -> Iterator[Found]:
    """Subjects and preheaders with one of the English phrases that SpamAssassin's stock rules and mailbox providers'
    advice to senders name; in German, French, Spanish, Portuguese, Italian and Dutch with an order or a promise of the
    same kind, such as “jetzt kaufen” or “cliquez ici”."""
    phrases = BAIT + BAIT_OF.get(proof.edition.language.partition("-")[0].lower(), ())
    for what, text in (("subject", proof.edition.subject), ("preheader", proof.edition.preheader)):
        found = next(
            (phrase for phrase in phrases if re.search(rf"\b{re.escape(phrase)}\b", text, re.IGNORECASE)), None
        )
        if found:
            yield Found(f"The {what} says “{found}”.", proof.at(what))


@rules.rule(
    "subject-emoji",
    Severity.NOTE,
    "The subject has many emoji",
    why="Screen readers read each one out, and some inboxes show a box in its place.",
    mend="Keep one, at the end, or none.",
)
def subject_emoji(proof: Proof) -> Iterator[Found]:
    """More than one emoji in a subject, or one in the middle of a sentence's words."""
    found = [each for each in proof.edition.subject if unicodedata.category(each) == "So"]
    if len(found) > 1:
        yield Found(f"The subject has {len(found)} emoji.", proof.at("subject"))


@rules.rule(
    "preheader-missing",
    Severity.WARNING,
    "There is no preheader",
    why="The inbox then shows whatever the page begins with: the newsletter's name again, or the date.",
    mend="Write `preheader: …` into the front matter: the second thing a reader should know.",
)
def preheader_missing(proof: Proof) -> Iterator[Found]:
    """The line that inboxes show beside the subject."""
    if not proof.edition.preheader.strip():
        yield Found("There is no preheader.", proof.at("preheader"))


@rules.rule(
    "preheader-length",
    Severity.NOTE,
    "The preheader is too short or too long",
    why="A phone shows some 40 characters of it and a wide screen up to 140: less leaves a gap, more is never seen.",
    mend="Aim at 40 to 140 characters, with the news in the first 40.",
)
def preheader_length(proof: Proof) -> Iterator[Found]:
    """Preheaders of fewer than 40 or more than 140 characters, wide ones (Chinese, Japanese, Korean) counted twice."""
    least, most = PREHEADER_SHOWN
    preheader = proof.edition.preheader.strip()
    length = measure(preheader)
    if 0 < length < least:
        yield Found(f"The preheader is {length} characters wide; there is room for {least}.", proof.at("preheader"))
    elif length > most:
        yield Found(f"The preheader is {length} characters wide; no inbox shows over {most}.", proof.at("preheader"))


@rules.rule(
    "preheader-repeats",
    Severity.WARNING,
    "The preheader says what the subject says",
    why="The inbox shows both side by side: a repetition wastes the only other line that readers see.",
    mend="Let the preheader go on where the subject ends.",
)
def preheader_repeats(proof: Proof) -> Iterator[Found]:
    """Preheaders that begin with the subject, say only its beginning, or differ from it by a few letters."""
    subject, preheader = _folded(proof.edition.subject), _folded(proof.edition.preheader)
    if not subject or not preheader:
        return
    alike = SequenceMatcher(None, subject, preheader, autojunk=False).ratio()
    if preheader.startswith(subject) or subject.startswith(preheader) or alike >= _ALIKE:
        yield Found("The preheader repeats the subject.", proof.at("preheader"))


@rules.rule(
    "sender-name",
    Severity.WARNING,
    "The sender's name says nothing, or too much",
    why="Readers decide by the sender's name first; inbox rows have room for about 25 characters of it.",
    mend="Set `[sender] name` to the newsletter's short name.",
)
def sender_name(proof: Proof) -> Iterator[Found]:
    """Sender names that are missing, are an address, or are longer than inbox rows."""
    sender = proof.newsletter.sender
    if sender is None:
        return
    if not sender.name.strip() or "@" in sender.name:
        yield Found(f"Readers would see the address {sender.address} instead of a name.")
    elif len(sender.name) > SENDER_SHOWN:
        yield Found(f"The sender's name has {len(sender.name)} characters: “{sender.name[:SENDER_SHOWN].rstrip()}…”.")


@rules.rule(
    "sender-no-reply",
    Severity.WARNING,
    "Readers cannot reply",
    why="A no-reply address loses corrections and tips, and replies are what mailbox providers trust a sender for.",
    mend="Send from a mailbox that is read, or set `[sender] reply_to` to one.",
)
def sender_no_reply(proof: Proof) -> Iterator[Found]:
    """From addresses such as no-reply@, where no Reply-To leads elsewhere."""
    sender = proof.newsletter.sender
    answers = proof.newsletter.reply_to or (sender.address if sender else "")
    if re.match(r"(?:no|do-?not|dont)[-_.]?reply", answers, re.IGNORECASE):
        yield Found(f"Replies would go to {answers}.")


@rules.rule(
    "date-past",
    Severity.WARNING,
    "The edition is dated in the past, or in the future",
    why="Yesterday's date is often left over from the edition before, and readers take the news for old.",
    mend="Set `date` in the front matter, or leave it out: then it is the day of sending.",
)
def date_past(proof: Proof) -> Iterator[Found]:
    """Editions that front matter dates before today, or more than a week after it."""
    days = (proof.edition.date - proof.today).days
    if days < 0:
        yield Found(f"The edition is dated {proof.edition.date}, {_days(-days)} ago.", proof.at("date"))
    elif days > _STALE_DAYS:
        yield Found(f"The edition is dated {proof.edition.date}, {_days(days)} ahead.", proof.at("date"))


def _days(number: int) -> str:
    return "a day" if number == 1 else f"{number} days"


def _folded(text: str) -> str:
    return " ".join(word.casefold() for word in _WORD.findall(text))
