"""`python -m bot`, also installed as `ouderbrug`: reads the command line and runs one command."""

import gc
import os
import sys
from collections.abc import Sequence

from bot.cli import parser
from bot.errors import BotError, ConfigError, Unreachable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a failure is one line on standard error. Exit code 2: configuration, 1: anything else."""
    gc.set_threshold(
        20_000, 20, 20
    )  # most of what a start makes stays: to look through it again and again takes longest
    args = parser().parse_args(arguments)
    try:
        code: int = args.run(args)
        sys.stdout.flush()  # here, where a reader that went away can still be caught
    except BotError as error:
        print(f"ouderbrug: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201
        return 2 if isinstance(error, ConfigError) and not isinstance(error, Unreachable) else 1
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.filename is None:  # not a file or folder that somebody named: a mistake of ours
            raise
        print(f"ouderbrug: {error.filename}: {error.strerror}; name another", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
