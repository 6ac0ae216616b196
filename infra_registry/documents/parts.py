"""The HTML of a document beside its map: head, legend, lists and tables. Every text is escaped here."""

from infra_registry.documents.markup import markup, svg_uri
from infra_registry.documents.model import Layer, LegendGroup, Meta, Table
from infra_registry.words import say


def standing_notes(meta: Meta, locale: str) -> list[str]:
    """The notes every document begins with: date, precision, and the map's approval number or that it is schematic."""
    approval = "documents.approval" if meta.map_approval else "documents.schematic"
    notes = [
        say(locale, "documents.as_of", date=meta.as_of.isoformat()),
        meta.precision,
        say(locale, approval, number=meta.map_approval),
    ]
    return [note for note in notes if note]


def head(title: str, meta: Meta, locale: str) -> str:
    """Title, sample banner and notes of an offline map."""
    lines = standing_notes(meta, locale)
    if meta.sources:
        lines.append(
            say(locale, "documents.sources", sources=say(locale, "documents.and").join(meta.sources))
        )
    lines += meta.notes
    banner = f'<p class="sample">{markup(say(locale, "documents.sample"))}</p>' if meta.sample else ""
    notes = "".join(f"<li>{markup(line)}</li>" for line in lines)
    return f'<header><h1>{markup(title)}</h1>{banner}<ul class="notes">{notes}</ul></header>'


def legend(groups: tuple[LegendGroup, ...], locale: str) -> str:
    """What the symbols mean; nothing when there is nothing to explain."""
    if not any(group.entries for group in groups):
        return ""
    parts = [f'<section class="legend" aria-label="{markup(say(locale, "documents.legend"))}">']
    for group in groups:
        entries = "".join(
            f'<li><img src="{svg_uri(entry.svg)}" alt="" width="20" height="20"> {markup(entry.label)}'
            + (f' <span class="count">{entry.count:,}</span>' if entry.count is not None else "")
            + "</li>"
            for entry in group.entries
        )
        parts.append(f"<div><h2>{markup(group.title)}</h2><ul>{entries}</ul></div>")
    return "".join(parts) + "</section>"


def tables(figures: tuple[Table, ...], locale: str) -> str:
    """Tables of figures, numbers right-aligned."""
    return "".join(_table(table, locale) for table in figures)


def _table(table: Table, locale: str) -> str:
    header = "".join(
        f"<th scope=col{' class=number' if number else ''}>{markup(name)}</th>"
        for name, number in zip(table.columns, table.numeric, strict=True)
    )
    body = "".join(f"<tr>{''.join(_cell(value, locale) for value in row)}</tr>" for row in table.rows)
    note = f"<p class=hint>{markup(table.note)}</p>" if table.note else ""
    return (
        f'<section class="figures"><h2>{markup(table.title)}</h2>{note}<div class="scroll">'
        f"<table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _cell(value: str | float | None, locale: str) -> str:
    if value is None:
        return f'<td class="number none">{markup(say(locale, "documents.none"))}</td>'
    if isinstance(value, int | float):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{markup(value)}</td>"


def lists(layers: tuple[Layer, ...], locale: str) -> str:
    """Every feature of every layer as a row; readable without the script and on paper."""
    total = sum(len(layer.features) for layer in layers)
    parts = [f'<section class="list" id="list"><h2>{markup(say(locale, "documents.list", count=total))}</h2>']
    parts.append(f'<p class="hint screen">{markup(say(locale, "documents.list_hint"))}</p>')
    number = 0
    for layer in layers:
        if not layer.features:
            continue
        header = "".join(f"<th scope=col>{markup(column)}</th>" for column in layer.columns)
        rows = []
        for feature in layer.features:
            number += 1
            cells = "".join(f"<td>{markup(value)}</td>" for value in feature.values)
            rows.append(
                f'<tr id="f{number}" data-n="{number}"><td class="number">{number}</td>'
                f'<th scope=row><img src="{svg_uri(feature.symbol.svg)}" alt="" width="16" height="16"> '
                f"<span>{markup(feature.label)}</span></th>{cells}</tr>"
            )
        parts.append(
            f'<h3>{markup(layer.name)} <span class="count">{len(layer.features):,}</span></h3>'
            f'<div class="scroll"><table class="features"><thead><tr><th scope=col class=number>'
            f"{markup(say(locale, 'documents.number'))}</th><th scope=col>{markup(say(locale, 'documents.name'))}"
            f"</th>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        )
    if not total:
        parts.append(f"<p>{markup(say(locale, 'documents.empty'))}</p>")
    return "".join(parts) + "</section>"
