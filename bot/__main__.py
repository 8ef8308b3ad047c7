"""The entry of the command line: `trian …` or `python -m bot …`. Commands are in bot/cli/."""

import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot import HOME
from bot.cli import Where, say
from bot.errors import BotError, Misuse

COMMANDS: Mapping[str, Sequence[str]] = {
    "running": ("demo", "run", "worker", "check", "migrate", "version"),
    "people": ("staff", "units", "chats"),
    "sending": ("posts", "broadcast", "deliveries", "resend", "tips"),
    "packages": ("packages",),
    "answers": ("answers",),
    "control": ("accounts", "stop-all", "resume-all", "confirm-installation"),
    "keys": ("keys",),
    "gallery": ("gallery",),
}
"""the module of bot/cli -> what it is called by"""


def application(first: str = "") -> typer.Typer:
    """All commands, or only those of the module in which `first` is: the others need not be loaded for it."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, help=say("cli.help.trian"), rich_markup_mode=None)
    app.callback()(_several)
    for module in [one for one, names in COMMANDS.items() if first in names] or COMMANDS:
        loaded = import_module(f"bot.cli.{module}")
        for name in COMMANDS[module]:
            part = getattr(loaded, name.replace("-", "_"))
            if isinstance(part, typer.Typer):
                app.add_typer(part, name=name)
            else:
                app.command(name, help=say(f"cli.help.{part.__name__}"))(part)
    return app


def _several() -> None:
    """Nothing by itself: with it a single command keeps its name."""


def main() -> None:
    """Exit 0, 1 when `check` found something, 2 with one sentence on misuse."""
    try:
        arguments = _without_config(sys.argv[1:])
        app = application(next((one for one in arguments if not one.startswith("-")), ""))
        code = typer.main.get_command(app).main(arguments, prog_name="trian", standalone_mode=False)
    except typer.TyperException as error:
        words = error.format_message() if hasattr(error, "format_message") else str(error)
        # A command that needs a further word answers with its whole help.
        code = _refused(words if "\n" in words else say("cli.misuse", places=re.findall(r"'([^']+)'", words)))
    except BotError as error:
        code = _refused(str(error))
    except SQLAlchemyError as error:
        _refused(say("cli.no_database", words=type(error).__name__))
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return 2


def _without_config(arguments: list[str]) -> list[str]:
    """Takes `--config FILE` out from wherever it stands; by default ./config.toml, else the one that came along."""
    rest, at = list[str](), 0
    here = Path("config.toml").is_file()
    Where.path, Where.folder = Path("config.toml") if here else HOME / "config.toml", None if here else Path.cwd()
    while at < len(arguments):
        name, equals, file = arguments[at].partition("=")
        if name == "--config":
            if not equals:
                at += 1
                file = arguments[at] if at < len(arguments) else ""
            if not file:
                raise Misuse(say("cli.config_without_file"))
            Where.path, Where.folder = Path(file), None
        else:
            rest.append(arguments[at])
        at += 1
    return rest


if __name__ == "__main__":
    main()
