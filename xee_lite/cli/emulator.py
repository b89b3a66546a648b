"""``xee-lite emulator``: the local Earth Engine as a server of its own."""

from __future__ import annotations

import click

from .looks import Command


# The options are those of `xee_lite.emulator.command`, which needs an extra: it is imported when the command runs.
@click.command(
    cls=Command, context_settings={"ignore_unknown_options": True}, add_help_option=False, options_metavar="[OPTIONS]"
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def emulator(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Serve a local Earth Engine until Ctrl-C."""
    from xee_lite.emulator.command import emulator as command  # noqa: PLC0415 - an extra: only this command needs it

    with command.make_context(context.info_name, list(arguments), parent=context.parent) as inner:
        command.invoke(inner)
