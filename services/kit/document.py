"""Write docs/configuration.md and docs/metrics.md from the code, or check that they are current.

python -m services.kit.document          writes
python -m services.kit.document --check  exits 1 and names each file that is stale
"""

import sys
from pathlib import Path
from typing import Any

from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.spreads import Spreads

DOCS = Path(__file__).resolve().parents[2] / "docs"


def configuration() -> str:
    """Every setting as a Markdown table."""
    rows = [
        f"| `NEWSWATCH_{name.upper()}` | {_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return (
        "# Configuration\n\n"
        "Every service reads its settings from the environment. `newswatch up` sets what its services need; "
        "in containers you set them. This page is made from the code (`python -m services.kit.document`).\n\n"
        "| variable | default | what it is |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def metrics() -> str:
    """Every metric as a Markdown table."""
    kept = vars(Metrics("docs")).values()
    rows = [_row(each) for each in kept if isinstance(each, MetricWrapperBase | Spreads)]
    return (
        "# Metrics\n\n"
        "Every service answers at `/metrics` on its health port, in Prometheus' format, with these and the "
        "`process_*` metrics. Labels never hold addresses or hosts. This page is made from the code "
        "(`python -m services.kit.document`).\n\n"
        "| metric | type | labels | what it counts |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )


def rendered() -> dict[Path, str]:
    return {DOCS / "configuration.md": configuration(), DOCS / "metrics.md": metrics()}


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = [
        path
        for path, text in rendered().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if arguments:
        for path in stale:
            print(
                f"docs/{path.name} is not what the code says; run python -m services.kit.document",
                file=sys.stderr,
            )
        return 1 if stale else 0
    DOCS.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(rendered()[path], encoding="utf-8")
    return 0


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "must be set"
    shown = value.get_secret_value() if isinstance(value, SecretStr) else value
    return "none" if shown in (None, "") else f"`{shown}`"


def _row(metric: MetricWrapperBase | Spreads) -> str:
    if isinstance(metric, Spreads):
        labels = ", ".join((*metric.labels, "quantile"))
        return f"| `{metric.name}` | summary | {labels} | {metric.documentation} |"
    return f"| `{_exposed(metric)}` | {metric._type} | {_labels(metric)} | {metric._documentation} |"


def _exposed(metric: MetricWrapperBase) -> str:
    return f"{metric._name}_total" if metric._type == "counter" else metric._name


def _labels(metric: MetricWrapperBase) -> str:
    return ", ".join(metric._labelnames) or "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
