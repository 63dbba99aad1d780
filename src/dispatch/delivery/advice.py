"""What a failed session means for the person who set it up: one sentence, and what to do next."""

from __future__ import annotations

from dispatch.config.settings import Relay, Security
from dispatch.delivery.outcome import Outcome, Stage, Verdict

_SAY = {
    Stage.CONNECT: "cannot be reached",
    Stage.BANNER: "does not greet us",
    Stage.EHLO: "does not talk to us",
    Stage.STARTTLS: "cannot be talked to in private",
    Stage.AUTH: "did not let us log in",
}

_LATER = "It may take mail later: run the same command again."


def advise(relay: Relay, outcome: Outcome) -> tuple[str, str | None]:
    """A message and a hint about ``outcome`` of talking to ``relay``; any stage, so that a refused MAIL that asks for a
    login is explained too."""
    answer = " ".join(part for part in (str(outcome.code or ""), outcome.enhanced, outcome.text) if part)
    said = _SAY.get(outcome.stage, f"refused at {outcome.stage.upper()}")
    return f"The SMTP server {relay} {said}: {answer}", _hint(relay, outcome)


def _hint(relay: Relay, outcome: Outcome) -> str | None:
    if outcome.wants_login or outcome.enhanced == "5.7.0":
        return _login_hint(relay)
    if outcome.verdict is Verdict.DEFERRED and outcome.code:
        return _LATER
    match outcome.stage:
        case Stage.CONNECT:
            return "Is the server running, and are host and port right? Look at smtp.url: dispatch config"
        case Stage.BANNER | Stage.EHLO if outcome.code == 0:
            return _silence_hint(relay)
        case Stage.STARTTLS:
            return _tls_hint(relay, outcome)
        case Stage.AUTH:
            return _login_hint(relay)
        case _ if outcome.verdict is Verdict.BOUNCED:
            return "It refuses this address, not us: is it spelt right?"
        case _ if outcome.verdict is Verdict.UNKNOWN:
            return "The message may have arrived: look into the mailbox before you send it again."
        case _ if outcome.verdict is Verdict.DEFERRED:
            return _LATER
        case _:
            return "The server refuses us as a sender; its answer says why. What it may want: dispatch doctor --online"


def _login_hint(relay: Relay) -> str:
    if relay.user is None:
        return f"It wants a login: put a user into smtp.url, like smtp+starttls://USER@{relay.host}:587"
    if relay.security is Security.OPPORTUNISTIC:
        return f"Use smtp+starttls://{relay.user}@… or smtps://{relay.user}@…, which keep the password private."
    return "Check the user in smtp.url and the password: dispatch config shows where each comes from."


def _silence_hint(relay: Relay) -> str:
    if relay.security is Security.TLS:
        return "Is this a TLS port? Port 587 wants smtp+starttls://, port 465 smtps://."
    if relay.port == 465:
        return "Port 465 speaks TLS from the first byte: use smtps:// instead."
    return "Does an SMTP server listen there? Port 465 wants smtps://, port 587 smtp+starttls://."


def _tls_hint(relay: Relay, outcome: Outcome) -> str:
    if "cannot use the certificates in" in outcome.text:
        return "Name a PEM file that exists in smtp.ca_file, or take the key out to trust the system's certificates."
    if "expired" in outcome.text or "not yet valid" in outcome.text:
        return "Whoever runs the server has to renew it; or is this machine's clock wrong? Look: date"
    if "mismatch" in outcome.text:
        return "Put the name that the certificate is for into smtp.url."
    if "certificate" in outcome.text:
        return "If a private authority signed it, name that one's file in smtp.ca_file; else do not trust this server."
    if relay.security is Security.TLS:
        return "Is this a TLS port? Port 587 wants smtp+starttls://, port 465 smtps://."
    return "For TLS from the first byte use smtps://; for a server without TLS on your own machine, smtp://."
