"""The `mailflow` command: its options, its commands, and the one place where errors become exit statuses.

Commands live in commands_*.py and are imported when they are called, so that `mailflow --version` is
quick and `mailflow parse` needs no database.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from mailflow import __version__, output
from mailflow.call import Call, moment
from mailflow.errors import (
    BadInput,
    ConfigError,
    DatabaseUnreachable,
    InvariantBroken,
    MailflowError,
    PermanentFailure,
    ServerUnreachable,
    TemporaryFailure,
    Unreadable,
)

log = logging.getLogger(__name__)

COMMANDS = {
    "demo": "mailflow.commands_setup:demo",
    "init": "mailflow.commands_setup:init",
    "check": "mailflow.commands_setup:check",
    "run": "mailflow.commands_work:run",
    "poll": "mailflow.commands_work:poll",
    "deliver": "mailflow.commands_work:deliver",
    "digest": "mailflow.commands_work:digest",
    "parse": "mailflow.commands_parse:parse",
    "ingest": "mailflow.commands_work:ingest",
    "status": "mailflow.commands_look:status",
    "list": "mailflow.commands_look:list_",
    "review": "mailflow.commands_review:review",
    "show": "mailflow.commands_look:show",
    "accept": "mailflow.commands_hand:accept",
    "waitlist": "mailflow.commands_hand:waitlist",
    "cancel": "mailflow.commands_hand:cancel",
    "reject": "mailflow.commands_hand:reject",
    "substitute": "mailflow.commands_hand:substitute",
    "add": "mailflow.commands_hand:add",
    "capacity": "mailflow.commands_orders:capacity",
    "hold": "mailflow.commands_orders:hold",
    "export": "mailflow.commands_look:export",
    "doorlist": "mailflow.commands_look:doorlist",
    "forget": "mailflow.commands_orders:forget",
    "purge": "mailflow.commands_orders:purge",
    "db": "mailflow.commands_setup:db",
}

# sysexits.h: what a script may rely on. The first that fits, from the particular to the general.
STATUSES: tuple[tuple[type[BaseException], int], ...] = (
    (click.UsageError, 64),
    (ConfigError, 78),
    (BadInput, 65),
    (Unreadable, 65),
    (ServerUnreachable, 69),
    (DatabaseUnreachable, 69),
    (PermanentFailure, 69),
    (TemporaryFailure, 75),
    (InvariantBroken, 70),
    (MailflowError, 78),  # what is left is of the deployment: a template that fails
    (KeyboardInterrupt, 130),
    (click.Abort, 130),
    (Exception, 70),
)


def status_of(error: BaseException) -> int:
    """The exit status of that error."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def global_options() -> list[click.Option]:
    """Options that may stand before or after the command; the nearest to the command wins."""

    def keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
        if value not in (None, 0) and option.name is not None:
            setattr(ctx.ensure_object(Call), option.name, moment(value) if option.name == "now" else value)

    def option(*names: str, **more: Any) -> click.Option:
        return click.Option(names, expose_value=False, callback=keep, **more)

    return [
        option("--config", metavar="DIR", help="Configuration folder (else MAILFLOW_CONFIG, else ./config)."),
        option("--event", metavar="ID", help="Which event, where several are configured."),
        option("--now", metavar="ISO8601", help="As if it were then."),
        option("-v", "--verbose", "verbose", count=True, help="Say more in the log."),
        option("--log", type=click.Choice(["text", "json"]), help="How the log is written."),
    ]


class Commands(click.Group):
    """Finds commands by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which an organiser meets them."""
        return [*COMMANDS, *(c for c in super().list_commands(ctx) if c not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, with the global options added; None for a name there is not."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return with_global_options(command)


def with_global_options(command: click.Command) -> click.Command:
    """The same command (and the commands below it), understanding the global options too."""
    own = {name for parameter in command.params for name in parameter.opts}
    command.params.extend(o for o in global_options() if not own & set(o.opts))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            with_global_options(below)
    return command


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        output.say(f"mailflow {__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    params=[
        *global_options(),
        click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version,
                     help="Show the version."),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip
def commands() -> None:
    """Reads the sign-up mailbox of an event, keeps its seats, and answers."""


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. Every error that is expected is a line with cause and cure."""
    output.prepare()
    call = Call()
    try:
        result = commands.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="mailflow", standalone_mode=False, obj=call,
        )  # fmt: skip
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except BrokenPipeError:
        # `mailflow list | head`: the reader has seen enough. Nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where errors become statuses
        _explain(error, call)
        return status_of(error)


def _explain(error: BaseException, call: Call) -> None:
    """One line for each thing that is wrong; a traceback only in the log, only for our own faults."""
    if isinstance(error, ConfigError):
        for problem in error.problems:
            output.tell(problem)
    elif isinstance(error, click.exceptions.NoArgsIsHelpError):
        output.tell(error.format_message())
    elif isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx is not None else "mailflow"
        output.tell(f"mailflow: {error.format_message()} (see `{command} --help`)")
    elif isinstance(error, (KeyboardInterrupt, click.Abort)):
        output.tell("mailflow: stopped")
    elif isinstance(error, MailflowError):
        output.tell(f"mailflow: {' '.join(str(error).split())}")
    else:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = (
            f" in {os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno}" if frame else ""
        )
        hint = "" if call.verbose else "; run it again with -v for the details, and report them"
        output.tell(f"mailflow: a fault of ours: {type(error).__name__}{place}{hint}")
        if call.verbose:
            log.error("the fault in full", exc_info=error)


def main() -> NoReturn:
    """The entry point of the program."""
    sys.exit(execute())
