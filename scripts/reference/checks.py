"""docs/reference/checks.md and a page for each rule of preflight, as the rules say it themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from dispatch.preflight.check import RULES
from dispatch.preflight.finding import Group, Rule

HEAD = """\
# What `dispatch check` looks at

This page and those of the rules are written from the rules themselves (`make docs`).

An *error* stops `dispatch send` and holds what is due; `--force` sends all the same, and the ledger keeps that. A
*warning* is worth a look, a *note* good to know. Rules "with `--online`" go by what the web says when it is asked.
What a rule is, `dispatch.toml` may change:

```toml
[check]
errors = ["image-alt"]
off = ["one-click-missing"]
```
"""


def page() -> str:
    """All rules under their headings."""
    return "\n".join([HEAD, *(part for group in Group for part in _section(group))])


def rule_pages() -> Mapping[str, Callable[[], str]]:
    """The page of each rule, by its path."""
    return {f"checks/{name}.md": partial(_rule_page, rule) for name, rule in RULES.items()}


def _section(group: Group) -> Iterator[str]:
    rules = [rule for rule in RULES.values() if rule.group is group]
    if rules:
        rows = [f"| [`{rule.id}`](checks/{rule.id}.md) | {_severity(rule)} | {rule.title} |" for rule in rules]
        head = ["| rule | unless set otherwise | what is wrong |", "|---|---|---|"]
        yield "\n".join([f"## {group.value}\n", *head, *rows, ""])


def _severity(rule: Rule) -> str:
    return f"{rule.severity.value}, with `--online`" if rule.online else rule.severity.value


def _rule_page(rule: Rule) -> str:
    return f"""\
# {rule.title}

`{rule.id}` · {rule.group.value} · {_severity(rule)}

**What is looked at.** {rule.about}

**Why.** {rule.why}

**What to do.** {rule.mend}

To set it off, write into `dispatch.toml`:

```toml
[check]
off = ["{rule.id}"]
```

[All rules](../checks.md)
"""
