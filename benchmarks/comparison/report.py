"""A page of what was measured: a pure function of the document."""
import statistics


def table(document):
    """Everything, as text for a terminal."""
    lines = []
    for family in document["families"]:
        lines.append(family["title"])
        for row in family["rows"]:
            lines.append(f"  {row['title']}")
            for subject in row["subjects"]:
                figures = ", ".join(
                    f"{name} {statistics.median(values):.6g}" for name, values in subject.items() if isinstance(values, list))
                lines.append(f"    {subject['name']:32} {figures}")
        lines += [f"  not measured: {it['name']}: {it['reason']}" for it in family["not_measured"]]
    return "\n".join(lines)


def write(document, path):
    path.write_text(table(document))
