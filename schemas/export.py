"""Write the JSON Schema of every message to schemas/json, or check that the files there are current.

python -m schemas.export          writes
python -m schemas.export --check  exits 1 and names each file that is missing, stale or left over
"""

import json
import sys
from pathlib import Path

from schemas.events import MESSAGES

FOLDER = Path(__file__).parent / "json"


def rendered() -> dict[str, str]:
    """File name → content, for every message."""
    return {
        f"{message.NAME}.v1.schema.json": json.dumps(message.model_json_schema(), indent=2, sort_keys=True)
        + "\n"
        for message in MESSAGES
    }


def problems(folder: Path = FOLDER) -> list[str]:
    """What differs between the folder and the models, one line each."""
    wanted = rendered()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.schema.json")}
    lines = [f"{name}: missing" for name in wanted.keys() - found.keys()]
    lines += [f"{name}: no message has this schema" for name in found.keys() - wanted.keys()]
    lines += [
        f"{name}: not what the model says"
        for name in wanted.keys() & found.keys()
        if wanted[name] != found[name]
    ]
    return sorted(lines)


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        lines = problems()
        for line in lines:
            print(f"schemas/json/{line}; run python -m schemas.export", file=sys.stderr)
        return 1 if lines else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    wanted = rendered()
    for path in FOLDER.glob("*.schema.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
