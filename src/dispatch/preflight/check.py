"""All rules over one proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from dispatch.preflight import (
    access,
    clients,
    content,
    headers,
    images,
    images_online,
    inbox,
    links,
    links_online,
    merge,
    plaintext,
    sending,
    size,
    spam,
)
from dispatch.preflight.finding import Finding, Group, Rule, Severity
from dispatch.preflight.proof import Proof

_MODULES = (
    inbox, content, merge, links, links_online, images, images_online, access, clients, size, plaintext, sending,
    headers, spam,
)  # fmt: skip

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for module in _MODULES for rule in module.rules})
"""Every rule by its id, in the order of the report."""

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


PAGE_RULES: Sequence[Rule] = tuple(
    rule
    for rule in RULES.values()
    if rule.group in {Group.ACCESS, Group.CLIENTS, Group.SIZE} or rule.id in {"link-empty", "link-target", "image-size"}
)
"""The rules about what a theme makes of an edition, whatever the edition says."""


def check(
    proof: Proof,
    severities: Mapping[str, Severity | None] = MappingProxyType({}),
    rules: Sequence[Rule] = tuple(RULES.values()),
) -> list[Finding]:
    """What the rules find, the worst first. ``severities`` are those in force where they are not a rule's own; ``None``
    sets a rule off."""
    found = [finding for rule in rules for finding in _of(rule, proof, severities.get(rule.id, rule.severity))]
    return worst_first(found)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, those of one severity in the order that they came in."""
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


def _of(rule: Rule, proof: Proof, severity: Severity | None) -> Iterator[Finding]:
    if severity is not None:
        for found in rule.look(proof):
            yield Finding(rule, severity, found.message, found.place, found.element, found.hint)


def by_group(findings: Sequence[Finding]) -> Mapping[Group, list[Finding]]:
    """The findings under their headings."""
    return {group: [each for each in findings if each.rule.group is group] for group in Group}
