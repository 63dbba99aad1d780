"""What a template may do with ``recipient``: a slot with a default, or a test of a declared variant.

Checked in the parsed template, before anything runs, so that an error names the line in the author's own file and
so that nothing can be computed from a value that is known only when a message is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from dispatch.errors import Place, SourceError, ThemeError
from dispatch.render.slotting import Slotting

RECIPIENT = "recipient"
_SLOT_HINT = 'Write {{ recipient.field }} or {{ recipient.field | default("…") }}.'
_TEST_HINT = 'A variant is tested with ==, != or in, against quoted values: {% if recipient.plan == "pro" %}'

Uses = tuple[tuple[str, str | None, int], ...]
"""What a template asks of recipients: each field with the default of its slot (``None``: it is tested) and the line."""


@dataclass(slots=True)
class Fields:
    """What templates ask of recipients. ``variants`` maps each declared field to its values; ``known`` are the
    list's fields, ``None`` where they aren't known yet."""

    variants: Mapping[str, tuple[str, ...]]
    known: frozenset[str] | None = None
    slots: dict[tuple[str, str], Place] = field(default_factory=dict)
    tested: set[str] = field(default_factory=set)

    def check(self, tree: nodes.Template, file: str) -> Uses:
        """Every use of ``recipient`` in ``tree``; what cannot be a slot or a variant is refused."""
        walk = _Walk(self.variants, file)
        walk.visit(tree)
        return tuple(walk.uses)

    def note(self, uses: Uses, file: str) -> None:
        """Remember what the template ``file`` asks of recipients, and refuse a field that the list doesn't have."""
        for name, default, line in uses:
            place = Place(file, line)
            if self.known is not None and name not in self.known:
                raise unknown_field(name, self.known, place, ThemeError)
            if default is None:
                self.tested.add(name)
            else:
                self.slots.setdefault((name, default), place)


def unknown_field(
    name: str, known: frozenset[str], place: Place | None, kind: type[ThemeError] | type[SourceError]
) -> ThemeError | SourceError:
    """The error for a field that the list's subscribers don't have."""
    return kind(
        f"The list has no field {name!r}.",
        place=place,
        hint=f"Its fields are: {', '.join(sorted(known)) or '(none)'}. Add the column, or use one of these.",
    )


class Field:
    """``recipient.x`` while a template runs: printed, a slot's mark; compared, the variant being compiled."""

    def __init__(self, name: str, variant: str, slotting: Slotting, default: str = "") -> None:
        self._name, self._variant, self._slotting, self._default = name, variant, slotting, default

    def with_default(self, default: str) -> Field:
        return Field(self._name, self._variant, self._slotting, default)

    def __html__(self) -> str:
        return self._slotting.mark(self._name, self._default)

    def __eq__(self, other: object) -> bool:
        return other == self._variant

    def __hash__(self) -> int:
        return hash(self._variant)


class Recipient:
    """``recipient`` while a template runs, for one variant (field → value, ``""`` for any other value)."""

    def __init__(self, variant: Mapping[str, str], slotting: Slotting) -> None:
        self._variant, self._slotting = variant, slotting

    def __getitem__(self, name: str) -> Field:
        return Field(name, self._variant.get(name, ""), self._slotting)


@dataclass(slots=True)
class _Walk:
    variants: Mapping[str, tuple[str, ...]]
    file: str
    uses: list[tuple[str, str | None, int]] = field(default_factory=list)
    captured: str | None = None
    """The block that catches output as a string and could change it, where the walk is inside one."""

    def visit(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                if not self._slot(part):
                    self.visit(part)
        elif isinstance(node, nodes.If | nodes.CondExpr):
            self._test(node.test)
            self._visit_all(child for child in node.iter_child_nodes() if child is not node.test)
        elif isinstance(node, nodes.Name) and node.name == RECIPIENT:
            raise self._error(node, "recipient is used in a way that no slot can follow.", _SLOT_HINT)
        elif isinstance(node, nodes.FilterBlock | nodes.AssignBlock):
            outer, self.captured = self.captured, "filter" if isinstance(node, nodes.FilterBlock) else "set"
            self._visit_all(node.iter_child_nodes())
            self.captured = outer
        elif isinstance(node, nodes.ScopedEvalContextModifier | nodes.EvalContextModifier):
            raise self._error(node, "Escaping cannot be switched off.", "Leave {% autoescape %} out.")
        else:
            self._visit_all(node.iter_child_nodes())

    def _visit_all(self, children: Iterator[nodes.Node]) -> None:
        for child in children:
            self.visit(child)

    def _slot(self, node: nodes.Node) -> bool:
        """Whether ``node`` is a slot, alone or with a default; it is among the uses then."""
        default = ""
        name = _field_of(node)
        if isinstance(node, nodes.Filter) and node.node is not None and (name := _field_of(node.node)) is not None:
            if node.name != "default" or len(node.args) != 1 or node.kwargs or node.dyn_args or node.dyn_kwargs:
                raise self._error(node, f"recipient.{name} is a slot: {node.name} cannot be applied to it.", _SLOT_HINT)
            argument = node.args[0]
            if not isinstance(argument, nodes.Const) or not isinstance(argument.value, str):
                raise self._error(node, f"The default of recipient.{name} must be a quoted text.", _SLOT_HINT)
            default = argument.value
        if name is None:
            return False
        if self.captured:
            raise self._error(node, f"A slot cannot stand inside {{% {self.captured} %}}.", _SLOT_HINT)
        self.uses.append((name, default, node.lineno))
        return True

    def _test(self, node: nodes.Node) -> None:
        if not _mentions_recipient(node):
            self.visit(node)
        elif isinstance(node, nodes.And | nodes.Or):
            self._test(node.left)
            self._test(node.right)
        elif isinstance(node, nodes.Not):
            self._test(node.node)
        elif isinstance(node, nodes.Compare) and (name := _field_of(node.expr)) is not None and len(node.ops) == 1:
            self._variant(name, node.ops[0])
        else:
            raise self._error(node, "A template cannot compute with what is known only per recipient.", _TEST_HINT)

    def _variant(self, name: str, operand: nodes.Operand) -> None:
        place = Place(self.file, operand.expr.lineno)  # Jinja gives an operand itself no line
        compared = _texts(operand)
        if compared is None:
            raise self._error(operand.expr, f"recipient.{name} is compared with something else than texts.", _TEST_HINT)
        values = self.variants.get(name)
        if values is None:
            raise ThemeError(
                f"recipient.{name} is tested, but the theme declares no variants of it.",
                place=place,
                hint=f'Name its values in theme.toml, below [variants]: {name} = ["…", "…"]',
            )
        for text in compared:
            if text and text not in values:
                raise ThemeError(
                    f"{text!r} is not among the values of {name} that theme.toml declares.",
                    place=place,
                    hint=f"Declared are: {', '.join(values)}.",
                )
        self.uses.append((name, None, operand.expr.lineno))

    def _error(self, node: nodes.Node, message: str, hint: str) -> ThemeError:
        return ThemeError(message, place=Place(self.file, node.lineno), hint=hint)


def _field_of(node: nodes.Node) -> str | None:
    """``x`` where ``node`` is ``recipient.x`` or ``recipient["x"]``."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == RECIPIENT:
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and node.node.name == RECIPIENT:
        return node.arg.value if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None
    return None


def _mentions_recipient(node: nodes.Node) -> bool:
    return (isinstance(node, nodes.Name) and node.name == RECIPIENT) or any(
        name.name == RECIPIENT for name in node.find_all(nodes.Name)
    )


def _texts(operand: nodes.Operand) -> tuple[str, ...] | None:
    """The texts that a variant is compared with; ``None`` where it is compared otherwise."""
    if operand.op in ("eq", "ne"):
        constants = [operand.expr]
    elif operand.op in ("in", "notin") and isinstance(operand.expr, nodes.List | nodes.Tuple):
        constants = list(operand.expr.items)
    else:
        return None
    texts = tuple(node.value for node in constants if isinstance(node, nodes.Const) and isinstance(node.value, str))
    return texts if len(texts) == len(constants) else None
