"""Makes the two fonts beside this file from their sources; README.md says which and how to run it.

A subset is a modified version in the words of the Open Font License, so it must not be called by the reserved name.
"""

import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

# Latin with all its accents (among them Vietnamese and the African and American alphabets), modern Greek and
# Cyrillic, the combining marks for what has no letter of its own, and the punctuation of sentences and names.
RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x024F), (0x0259, 0x0259), (0x02BC, 0x02BC), (0x0300, 0x0304), (0x0306, 0x030C),
    (0x0312, 0x0313), (0x031B, 0x031B), (0x0323, 0x0328), (0x032D, 0x032E), (0x0330, 0x0331), (0x0386, 0x03CE),
    (0x0400, 0x045F), (0x0490, 0x0491), (0x1E00, 0x1EFF), (0x2010, 0x2015), (0x2018, 0x201E), (0x2022, 0x2022),
    (0x2026, 0x2026), (0x2039, 0x203A), (0x20AC, 0x20AC), (0x2116, 0x2116),
]


def main(source: str, name: str, target: str) -> None:
    options = Options()
    options.layout_features = ["kern", "mark", "mkmk"]
    options.hinting = False
    options.drop_tables += ["GSUB", "STAT", "BASE", "gasp"]
    options.name_IDs = [0, 13, 14]
    font = TTFont(source)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    for number, text in {1: name, 2: "Regular", 3: f"{name} 1", 4: name, 5: "Version 1.0", 6: name.replace(" ", "")}.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
