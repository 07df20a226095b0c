"""Write docs/events.md from the taxonomy, or check that it is current.

python -m services.tagger.document          writes
python -m services.tagger.document --check  exits 1 where it is stale
"""

import sys
from pathlib import Path
from typing import Final

from services.tagger.files import EventFile
from services.tagger.knowledge import event_files

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "events.md"
# CAMEO 1.1b3's own names of the codes that the taxonomy uses.
CAMEO: Final = {
    "057": "Sign formal agreement",
    "085": "Ease economic sanctions, boycott, embargo",
    "0871": "Declare truce, ceasefire",
    "111": "Criticize or denounce",
    "130": "Threaten, not specified below",
    "141": "Demonstrate or rally",
    "143": "Conduct strike or boycott",
    "161": "Reduce or break diplomatic relations",
    "163": "Impose embargo, boycott, or sanctions",
    "166": "Expel or withdraw, not specified below",
    "173": "Arrest, detain, or charge with legal action",
    "176": "Attack cybernetically",
    "190": "Use conventional military force, not specified below",
}
_COUNTED: Final = {
    "all": "those to whom it is done",
    "stated": "missions or persons, where a number is written",
    "people": "persons whom it strikes",
    "crowd": "those who take part",
    "killed": "those killed",
    "never": "–",
}


def page() -> str:
    """The page; raises KeyError where a file has a code without a name above."""
    return _HEAD + "".join(_row(file) for file in sorted(event_files(), key=lambda each: each.code)) + _TAIL


def _row(file: EventFile) -> str:
    cameo = f"{file.cameo} {CAMEO[file.cameo]}" if file.cameo else "–"
    cells = (
        f"`{file.code}`",
        file.meaning,
        file.sides,
        _COUNTED[file.counted],
        f"{cameo}",
        file.plover or "–",
        file.example,
    )
    return f"| {' | '.join(cells)} |\n"


_HEAD: Final = """# Types of event

What the tagger finds in an article, by type. This page is made from `services/tagger/taxonomy/events`
(`python -m services.tagger.document`).

| type | what happens | actor → target | count | CAMEO 1.1b3 | PLOVER | example |
| --- | --- | --- | --- | --- | --- | --- |
"""

_TAIL: Final = """
Actor and target are codes: ISO 3166-1 alpha-2, or an organisation's short name. Either may be empty: not
said. `status` is done, announced, threatened, denied, reversed or historical.

- CAMEO has no event for an ambassador who is called in; 111, to criticise, is what it is meant as. Diplomats
  who are expelled are 166, as are peacekeepers and inspectors; 174 (expel or deport individuals) is for
  migrants and others who are no envoys. What is only threatened or announced keeps its type's code: `status`
  tells.
- A coup is coded as force (190), as CAMEO does with armies that act; PLOVER calls it ASSAULT.
- A treaty that is signed is SUPPORT in PLOVER, one that is only promised AGREE; sanctions that are eased
  and resignations are RETREAT; a cyberattack is COERCE, as CAMEO's 176 is, for PLOVER knows
  it as a context alone.
- Election results and disasters have no code in either, resignations none in CAMEO.

Beside these an event has, where the text gives it,

- `place`: `country` and `name`, the city or region as the text writes it. Where the text names none it is the
  state in which such a thing must happen: an expulsion happens in the state that expels;
- `date`: the day, as ISO 8601. "On Tuesday", "yesterday" and days without a year are counted from the
  article's publication; what is announced for a weekday lies ahead. A deadline ("by Friday") is no date;
- `cause`: the event that it answers ("in response to", "tit-for-tat", "after"): `index` among the article's
  events, or none where the text only names it, with its `type`, `actor` and `target`. `response` is true
  where the text itself calls the event an answer.
"""


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    text = page()
    stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text
    if arguments:
        if stale:
            print("docs/events.md is not what the taxonomy says; run python -m services.tagger.document")
        return int(stale)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
