"""config.toml: a wrong key stops the start with the key, the line and what was expected."""

from pathlib import Path

import pytest

from bot import HOME
from bot.config import Config, Contact, read_config
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
        ("[contact]\npolice = 'gọi trực ban'", 2, "[contact] police phải để trống, hoặc là một số điện thoại"),
        ("[contact]\naddress = ''\nmilitary = '0225 36'", 3, "số điện thoại"),
        ("[contact]\ncommittee = 2253640001", 2, "viết trong ngoặc kép"),
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


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("0225 364 0001", "tel:+842253640001"),
        ("0225.000.0001 (ví dụ)", "tel:+842250000001"),
        ("+84 912 345 678", "tel:+84912345678"),
        ("069 812 345", "tel:+8469812345"),
        ("1800 1234", "tel:18001234"),
        ("113", "tel:113"),
    ],
)
def test_a_telephone_of_the_ward_is_kept_as_written_and_can_be_called(
    tmp_path: Path, written: str, called: str
) -> None:
    contact = read(tmp_path, f"[contact]\npolice = ' {written} '").contact
    assert contact.phones == (("police", written),)
    assert Contact.tel(written) == called


def test_what_is_still_empty_of_the_contact_is_named(tmp_path: Path) -> None:
    assert Config().contact.missing == ("military", "police", "committee", "address", "hours")
    contact = read(tmp_path, "[contact]\nmilitary = '0225 364 0001'\nhours = ' '\naddress = 'Số 1'").contact
    assert contact.missing == ("police", "committee", "hours")
