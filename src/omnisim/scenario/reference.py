"""The scenario reference: every parameter as a page of Markdown, from the models themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from omnisim.scenario.files import load_scenario
from omnisim.scenario.model import json_schema
from omnisim.schema.dictionary import markdown_table

_PRESET = "omnichannel_fashion"
_HEAD = f"""\
# Scenario reference

Written by `make docs` from the models in `omnisim.scenario`. A scenario file is YAML; it may start from a
preset and say only what differs:

```yaml
extends: {_PRESET}
name: my_retailer
population:
  n_customers: 50000
marketing:
  channels:
    email: {{reach: 2.0}}
```

Unknown fields, wrong types and values out of range are refused by name. Editors check and complete with
[scenario.schema.json](scenario.schema.json). Shares lie in [0, 1]; money is in the scenario's currency;
days count from 0, the first day.
"""
_BOUNDS = (("minimum", ">= "), ("exclusiveMinimum", "> "), ("maximum", "<= "), ("exclusiveMaximum", "< "))  # fmt: skip
_LENGTHS = (("minLength", "characters"), ("minItems", "items"), ("minProperties", "entries"))


def reference_page() -> str:
    """The scenario reference in Markdown.

    Examples
    --------
    >>> reference_page().splitlines()[0]
    '# Scenario reference'
    """
    schema = json_schema()
    return "\n".join([_HEAD, *_blocks(schema), _channels()])


def schema_text() -> str:
    """The JSON schema of scenario files, as it stands in a file for editors.

    Examples
    --------
    >>> schema_text()[0]
    '{'
    """
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _blocks(schema: dict[str, Any]) -> Iterator[str]:
    """One section for the file's own fields, then one per block, nested blocks after their parent."""
    todo = [("", schema)]
    while todo:
        where, block = todo.pop(0)
        lines, inner = [], []
        for field, declared in block["properties"].items():
            path = f"{where}.{field}" if where else field
            name, suffix = _referred(declared)
            if name is not None:
                inner.append((path + suffix, schema["$defs"][name]))
                if not where:
                    continue  # a block of the file has its own section
            lines.append(_line(field, declared, required=field in block.get("required", ())))
        title = f"`{where}`" if where else "The file"
        about = "" if not where else block.get("description", "") + "\n\n"
        yield f"## {title}\n\n{about}" + markdown_table(
            ("field", "type", "default", "allowed", "meaning"), lines
        )
        todo = inner + todo


def _referred(declared: dict[str, Any]) -> tuple[str | None, str]:
    """Name of the block a field holds, and how its path goes on."""
    for found, suffix in (
        (declared, ""),
        (declared.get("items"), "[]"),
        (declared.get("additionalProperties"), ".<name>"),
    ):
        if isinstance(found, dict) and "$ref" in found:
            return found["$ref"].rpartition("/")[2], suffix
    return None, ""


def _line(field: str, declared: dict[str, Any], *, required: bool) -> tuple[str, ...]:
    default = "required" if required else _value(declared.get("default", ""))
    return (
        f"`{field}`",
        _type(declared),
        default,
        _allowed(declared),
        declared.get("description", ""),
    )


def _type(declared: dict[str, Any]) -> str:
    if "$ref" in declared:
        return "block"
    kind = declared.get("format") or declared.get("type", "")
    if kind == "array":
        items = declared.get("items") or declared["prefixItems"][0]
        return f"list of {_type(items)}"
    if kind == "object" and isinstance(declared.get("additionalProperties"), dict):
        return f"{_type(declared['additionalProperties'])} by name"
    return str(kind)


def _allowed(declared: dict[str, Any]) -> str:
    if "enum" in declared:
        return ", ".join(_value(value) for value in declared["enum"])
    parts = [f"{sign}{_number(declared[key])}" for key, sign in _BOUNDS if key in declared]
    if "pattern" in declared:
        parts.append(f"like `{declared['pattern']}`")
    for low_key, unit in _LENGTHS:
        low, high = declared.get(low_key), declared.get(low_key.replace("min", "max"))
        if low is not None and low == high:
            parts.append(f"{low} {unit}")
        elif low is not None and high is not None:
            parts.append(f"{low} to {high} {unit}")
        elif low is not None:
            parts.append("not empty" if low == 1 else f"at least {low} {unit}")
        elif high is not None:
            parts.append(f"at most {high} {unit}")
    inner = declared.get("items") or declared.get("additionalProperties")
    if isinstance(inner, dict) and "$ref" not in inner and (each := _allowed(inner)):
        parts.append(f"each {each}")
    return ", ".join(parts)


def _number(value: float) -> str:
    powers = {2**63: "2^63", 2**63 - 1: "2^63 - 1"}
    return powers.get(int(value), f"{value:,}")


def _value(value: object) -> str:
    if value == "":
        return ""
    return "`" + (value if isinstance(value, str) else json.dumps(value)) + "`"


def _channels() -> str:
    """What the preset says about each channel."""
    channels = load_scenario(_PRESET).marketing.channels
    fields = list(type(next(iter(channels.values()))).model_fields)
    lines = [
        (f"`{name}`", *(f"{getattr(dials, field):g}" for field in fields))
        for name, dials in channels.items()
    ]
    header = ("channel", *(f"`{field}`" for field in fields))
    return f"## Channels of `{_PRESET}`\n\n" + markdown_table(header, lines)
