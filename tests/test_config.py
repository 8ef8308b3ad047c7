"""config.toml: a wrong key stops the start with the key, the line and what was expected."""

from pathlib import Path

import pytest

from bot import HOME
from bot.config import Config, read_config
from bot.errors import ConfigError


def read(tmp_path: Path, source: str, **environ: str) -> Config:
    (tmp_path / "config.toml").write_text(source, "utf-8")
    return read_config(tmp_path / "config.toml", environ)


def test_the_shipped_configuration_runs_as_it_stands() -> None:
    config = read_config(HOME / "config.toml", {})
    assert config.telegram.token == config.zalo_bot.token == ""
    assert config.database_url.startswith("sqlite")


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("[service]\nnam = 'x'", 2, "không có khóa [service] nam"),
        ("[web]\nhost = '::'\n\nport = '80'", 4, "phải là số nguyên"),
        ("[web]\nport = 0", 2, "lớn hơn 0"),
        ("[telegram]\nmode = 'push'", 2, "polling, webhook"),
        ("[telegran]\n", 1, "không có mục [telegran]"),
        ("[service]\ncampaign_end = '27/7/2027'", 2, "phải là ngày"),
        ("[service]\ntimezone = 'Hải Phòng'", 2, "múi giờ"),
    ],
)
def test_a_wrong_key_is_told_with_its_line(tmp_path: Path, source: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as told:
        read(tmp_path, source)
    assert f"dòng {line}:" in str(told.value)
    assert words in str(told.value)


def test_a_secret_comes_from_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    config = read(tmp_path, "[telegram]\ntoken = '$TOKEN'", TOKEN="123:abc")
    assert config.telegram.token == "123:abc"
    assert "123:abc" not in repr(config)


def test_a_secret_that_is_not_set_turns_the_channel_off(tmp_path: Path) -> None:
    assert read(tmp_path, "[telegram]\ntoken = '$TOKEN'").telegram.token == ""
