"""Pictures made of words, told: the fields of their templates, and the same as sentences for who cannot see them."""

from bot.press.values import (
    Anniversary,
    Bulletin,
    Call,
    Card,
    Clarification,
    Deed,
    Question,
    Quiz,
    Rules,
    Slogan,
    Steps,
)
from bot.press.words import Fields, Words, number, sentence, source_line


def question(question: Question, words: Words) -> tuple[Fields, str]:
    source = source_line(question.source, words)
    body = words("alt.question", question=sentence(question.question), answer=sentence(question.answer), source=source)
    return {"source_line": source}, body


def anniversary(anniversary: Anniversary, words: Words) -> tuple[Fields, str]:
    years = anniversary.years
    years_line = words("anniversary.years", years=number(years)) if years and years > 0 else ""
    lunar_line = words("anniversary.lunar", lunar=anniversary.lunar) if anniversary.lunar else ""
    return {"years_line": years_line, "lunar_line": lunar_line}, words(
        "alt.anniversary",
        day=anniversary.day,
        name=sentence(anniversary.name),
        years=sentence(years_line),
        lunar=sentence(lunar_line),
        line=sentence(anniversary.line),
    )


def call(call: Call, words: Words) -> tuple[Fields, str]:
    head, _, rest = call.warning.partition(". ")
    body = words(
        "alt.call", title=sentence(call.title), lines=sentence(" ".join(call.lines)), warning=sentence(call.warning)
    )
    return {"warning_head": sentence(head), "warning_rest": rest}, body


def slogan(slogan: Slogan, words: Words) -> tuple[Fields, str]:
    return {}, words("alt.slogan", words=sentence(slogan.words))


def steps(steps: Steps, words: Words) -> tuple[Fields, str]:
    source = source_line(steps.source, words)
    told = _sentences(steps.steps)
    listed = " ".join(f"{at}. {step}" for at, step in enumerate(told, 1))
    return {"steps": told, "source_line": source}, words(
        "alt.steps", title=sentence(steps.title), list=listed, source=source
    )


def rules(rules: Rules, words: Words) -> tuple[Fields, str]:
    source = source_line(rules.source, words)
    heads = {"dos_head": words("rules.dos"), "donts_head": words("rules.donts")}
    dos, donts = _sentences(rules.dos), _sentences(rules.donts)
    listed = [f"{head}: {' '.join(lines)}" for head, lines in zip(heads.values(), (dos, donts), strict=True) if lines]
    return {**heads, "dos": dos, "donts": donts, "source_line": source}, words(
        "alt.rules", title=sentence(rules.title), list=" ".join(listed), source=source
    )


def _sentences(lines: tuple[str, ...]) -> list[str]:
    """Lines of a list, each as a sentence of its own."""
    return [sentence(line.rstrip(" ;,")) for line in lines]


def clarification(clarification: Clarification, words: Words) -> tuple[Fields, str]:
    source = source_line(clarification.source, words)
    heads = {"said_head": words("clarification.said"), "truth_head": words("clarification.truth")}
    return {**heads, "source_line": source}, words(
        "alt.clarification", said=sentence(clarification.said), truth=sentence(clarification.truth), source=source
    )


def quiz(quiz: Quiz, words: Words) -> tuple[Fields, str]:
    options = list(zip("ABCDEFGHIJ", quiz.options, strict=False))
    listed = " ".join(f"{letter}. {sentence(option)}" for letter, option in options)
    added: Fields = {"kind_line": words("quiz.title"), "lettered": options, "how": words("quiz.how")}
    return added, words("alt.quiz", question=sentence(quiz.question), list=listed, how=words("quiz.how"))


def deed(deed: Deed, words: Words) -> tuple[Fields, str]:
    source = source_line(deed.source, words)
    return {"kind_line": words("deed.title"), "source_line": source}, words(
        "alt.deed", title=sentence(deed.title), story=sentence(deed.story), source=source
    )


def bulletin(bulletin: Bulletin, words: Words) -> tuple[Fields, str]:
    source = source_line(bulletin.source, words)
    return {"source_line": source}, words(
        "alt.bulletin", title=sentence(bulletin.title), words=sentence(bulletin.words), source=source
    )


def card(card: Card, words: Words) -> tuple[Fields, str]:
    return {}, words("alt.card", title=sentence(card.title))
