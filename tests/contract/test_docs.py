"""What the documents say of settings and metrics is what the code says."""

from services.kit.document import rendered
from services.kit.settings import Settings


def test_every_setting_says_what_it_is() -> None:
    undocumented = [name for name, field in Settings.model_fields.items() if not field.description]
    assert not undocumented


def test_configuration_and_metrics_pages_are_current() -> None:
    for path, text in rendered().items():
        assert path.read_text(encoding="utf-8") == text, (
            f"run python -m services.kit.document: {path.name} is stale"
        )
