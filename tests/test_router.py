"""Commands are understood in every way that people write them."""

from datetime import UTC, datetime

import pytest

from bot.messages import Address, Incoming
from bot.router import command_of
from tests.talk import Talk

WHERE = Address("telegram", "77")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("/baotin", "baotin"),
        ("/baotin@TriAnTestBot một ngôi mộ", "baotin"),
        ("/bao_tin", "baotin"),
        ("/BaoTin", "baotin"),
        ("/BÁOTIN", "baotin"),
        ("/đữliệu", "dulieu"),
        ("/start X", "start"),
        ("báo tin", ""),
        ("báo /tin", ""),
        ("/", ""),
        ("", ""),
    ],
)
def test_a_command_is_known_by_its_letters_alone(text: str, name: str) -> None:
    assert command_of(Incoming("1", WHERE, False, WHERE, "", datetime(2026, 11, 23, tzinfo=UTC), text)) == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/báo tin", "/baotin"),
        ("/Bao Tin", "/baotin"),
        ("/báo_tin", "/baotin"),
        ("/ báo tin", "/baotin"),
        ("/tin của tôi", "/tincuatoi"),
        ("/dữ liệu", "/dulieu"),
        ("/tiến độ", "/tiendo"),
        ("/trợ giúp", "/trogiup"),
    ],
)
async def test_a_command_written_in_words_is_answered_like_the_command(talk: Talk, written: str, meant: str) -> None:
    assert await talk.say(written, chat="1") == await talk.say(meant, chat="2") != ""
    assert await talk.say("/đường đi", chat="3") != await talk.say(meant, chat="4")
