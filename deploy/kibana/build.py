"""Write Kibana's objects: python -m deploy.kibana.build [--check] [--prefix PREFIX] [--output FILE].

Without options it writes newswatch.ndjson beside this file, which is what users import; --check says whether
that file is current. --prefix is for indices that are named otherwise, --output - writes to standard output.
"""

import argparse
import sys
from pathlib import Path

from deploy.kibana.alerts import alerts
from deploy.kibana.expulsions import expulsions
from deploy.kibana.newsroom import newsroom
from deploy.kibana.objects import Json, compact
from deploy.kibana.pipeline import pipeline
from deploy.kibana.views import Views

FILE = Path(__file__).with_name("newswatch.ndjson")


def saved_objects(prefix: str = "newswatch") -> list[Json]:
    """All of them, each behind those that it refers to. Ids are made of the prefix and a name, and never
    change: imported again, an object takes the place of its elder.
    """
    views = Views(prefix)
    dashboards = (newsroom(views), expulsions(views), alerts(views), pipeline(views))
    return [
        *(each.saved() for each in views.data_views()),
        *(each.saved() for each in views.searches()),
        *(each.saved() for each in dashboards),
    ]


def rendered(prefix: str = "newswatch") -> str:
    """One object a line, always the same for the same prefix."""
    return "".join(compact(each) + "\n" for each in saved_objects(prefix))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="deploy.kibana.build", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only say whether the file is current")
    parser.add_argument("--prefix", default="newswatch", help="of the indices' names")
    parser.add_argument("--output", default=str(FILE), help="another file; - is standard output")
    options = parser.parse_args()
    text = rendered(options.prefix)
    if options.check:
        if FILE.read_text(encoding="utf-8") == rendered():
            return 0
        print(f"{FILE.name} is not what build.py makes: run make dashboards", file=sys.stderr)
        return 1
    if options.output == "-":
        sys.stdout.write(text)
    else:
        Path(options.output).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
