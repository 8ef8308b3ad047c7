"""How well the ear hears: the share heard right, set by set, and the confusion table.

python -m bench.ear              the sets it was built on
python -m bench.ear --held-out   the sets of other hands
python -m bench.ear --wrong      also every phrase that was heard otherwise (never with --held-out)
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from time import process_time

from bench.ear import BUILT_ON, HELD_OUT, Line, lexicon_of, lines
from bot.language import EMERGENCIES, Act, Lexicon, Meaning, hear

NO_VALUE_BUT_NO_HARM = (Act.VALUE, Act.STORY, Act.ADDITION, Act.CORRECTION)
"""what may be taken for a value without a yes, a no or a command being stored as one"""


@dataclass(slots=True)
class Tally:
    """What was heard otherwise in all sets; `show`: phrase by phrase."""

    show: bool
    confused: Counter[tuple[Act, Act]] = field(default_factory=Counter)
    values: list[str] = field(default_factory=list)

    def wrong(self, name: str, line: Line, heard: Meaning) -> None:
        self.confused[line.act, heard.act] += 1
        told = f"{name}\t{line.asked}\t{line.act} -> {heard.act} {heard.likely:.2f}\t{line.words}"
        if heard.act is Act.VALUE and line.act not in NO_VALUE_BUT_NO_HARM:
            self.values.append(told)
        if self.show:
            print(told)

    def tell(self) -> None:
        print(f"{len(self.values)} yes, no or command taken for a value")
        if self.show:
            print("\n".join(self.values))
        print("\nmeant -> heard, how often:")
        for (meant, heard), times in self.confused.most_common(60):
            print(f"{times:4}  {meant} -> {heard}")


def main() -> None:
    held_out = "--held-out" in sys.argv
    tally, lexicon = Tally("--wrong" in sys.argv and not held_out), lexicon_of()
    for name in HELD_OUT if held_out else BUILT_ON:
        heard_in(name, lexicon, tally)
    tally.tell()


def heard_in(name: str, lexicon: Lexicon, tally: Tally) -> None:
    """One set, told in one line."""
    some, right, start = list(lines(name)), 0, process_time()
    rang = cautioned = missed = 0
    for line in some:
        heard = hear(line.words, line.where, lexicon)
        urgent = line.act in EMERGENCIES
        right += heard.act is line.act
        rang += heard.act in EMERGENCIES and not urgent
        cautioned += heard.perhaps is not None
        missed += urgent and heard.act not in EMERGENCIES and heard.perhaps is None
        if heard.act is not line.act:
            tally.wrong(name, line, heard)
    spent = (process_time() - start) / max(1, len(some)) * 1000
    share = 100 * right / max(1, len(some))
    print(
        f"{name}: {right} of {len(some)} right ({share:.1f} %), "
        f"{rang} rang falsely, {cautioned} only cautioned, {missed} missed, {spent:.2f} ms each",
        flush=True,
    )


if __name__ == "__main__":
    main()
