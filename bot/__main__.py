"""The entry of the command line: `trian …` or `python -m bot …`. Commands are in bot/cli/."""

import re
import sys
from pathlib import Path

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot import HOME
from bot.cli import Where, answers, control, gallery, keys, packages, people, running, say, sending
from bot.errors import BotError, Misuse

app = typer.Typer(no_args_is_help=True, add_completion=False, help=say("cli.help.trian"), rich_markup_mode=None)
for command in (running.demo, running.run, running.worker, running.check, running.migrate, running.version):
    app.command(help=say(f"cli.help.{command.__name__}"))(command)
app.add_typer(people.staff, name="staff")
app.add_typer(people.units, name="units")
app.add_typer(people.chats, name="chats")
app.add_typer(sending.posts, name="posts")
app.command(help=say("cli.help.broadcast"))(sending.broadcast)
app.command(help=say("cli.help.deliveries"))(sending.deliveries)
app.command(help=say("cli.help.resend"))(sending.resend)
app.add_typer(sending.tips, name="tips")
app.add_typer(packages.packages, name="packages")
app.add_typer(answers.answers, name="answers")
app.add_typer(control.accounts, name="accounts")
app.add_typer(keys.keys, name="keys")
app.command(help=say("cli.help.gallery"))(gallery.gallery)
for command in (control.stop_all, control.resume_all, control.confirm_installation):
    app.command(command.__name__.replace("_", "-"), help=say(f"cli.help.{command.__name__}"))(command)


def main() -> None:
    """Exit 0, 1 when `check` found something, 2 with one sentence on misuse."""
    try:
        arguments = _without_config(sys.argv[1:])
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
