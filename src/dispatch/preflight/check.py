"""All rules over one proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from dispatch.preflight import (
    access,
    clients,
    content,
    images,
    images_online,
    inbox,
    links,
    links_online,
    merge,
    plaintext,
    sending,
    size,
)
from dispatch.preflight.finding import Finding, Group, Rule, Severity
from dispatch.preflight.proof import Proof

_MODULES = (
    inbox, content, merge, links, links_online, images, images_online, access, clients, size, plaintext, sending
)  # fmt: skip

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for module in _MODULES for rule in module.rules})
"""Every rule by its id, in the order of the report."""

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


def check(proof: Proof, severities: Mapping[str, Severity | None] = MappingProxyType({})) -> list[Finding]:
    """What the rules find, the worst first. ``severities`` are those in force where they are not a rule's own; ``None``
    sets a rule off."""
    found = [finding for rule in RULES.values() for finding in _of(rule, proof, severities.get(rule.id, rule.severity))]
    return sorted(found, key=lambda finding: _ORDER[finding.severity])


def _of(rule: Rule, proof: Proof, severity: Severity | None) -> Iterator[Finding]:
    if severity is not None:
        for found in rule.look(proof):
            yield Finding(rule, severity, found.message, found.place, found.element)


def by_group(findings: Sequence[Finding]) -> Mapping[Group, list[Finding]]:
    """The findings under their headings."""
    return {group: [each for each in findings if each.rule.group is group] for group in Group}
