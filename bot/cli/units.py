"""`ouderbrug service`: what a server needs to run the bot: units for systemd, and a TLS proxy in front."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.cli.common import add_config, settings
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.config import Config

SECRETS = "/etc/ouderbrug/secrets"
EPILOG = """\
examples:
  ouderbrug service --config /etc/ouderbrug/config.toml > /etc/systemd/system/ouderbrug.service
  ouderbrug service --only work --out /etc/systemd/system
  ouderbrug service --proxy caddy"""
UNIT = """\
# Made by: ouderbrug service. Secrets: a file each in {secrets}, mode 0600, owned by root.
[Unit]
Description=Ouderbrug{what}
Documentation=file://{readme}
Wants=network-online.target
After=network-online.target postgresql.service
StartLimitIntervalSec=0

[Service]
Type=exec
User={user}
WorkingDirectory={home}
ExecStart={command}
{credentials}Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2
TimeoutStopSec=35
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={protect_home}
{writes}PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
"""
CADDY = """\
# Made by: ouderbrug service --proxy caddy. Caddy fetches the certificate itself.
{host} {{
	@bot path /hooks/* /privacy/* /bijlage/* /afspraak/* /agenda/* /gespreksblad/* /avond/* /gegevens/*
	handle @bot {{
		request_body {{
			max_size 64KiB
		}}
		reverse_proxy {to}
	}}
	@school path /console /console/*
	handle @school {{
		request_body {{
			max_size 11MB
		}}
		reverse_proxy {to} {{
			flush_interval -1
		}}
	}}
	handle {{
		respond 404
	}}
}}
"""
NGINX = """\
# Made by: ouderbrug service --proxy nginx. No access log: addresses of parents are nobody's business.
server {{
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name {host};
    ssl_certificate     /etc/letsencrypt/live/{host}/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/{host}/privkey.pem;
    access_log off;
    location ~ ^/(hooks|privacy|bijlage|afspraak|agenda|gespreksblad|avond|gegevens)/ {{
        client_max_body_size 64k;
        proxy_pass http://{to};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_read_timeout 30s;
    }}
    location ~ ^/console(/|$) {{
        client_max_body_size 11m;
        proxy_pass http://{to};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffering off;
        proxy_read_timeout 90s;
    }}
    location / {{
        return 404;
    }}
}}
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "service",
        help="print what a server needs: a systemd unit, a TLS proxy",
        description="Prints a unit for systemd that starts the bot with this configuration, with as few rights as it\n"
        "needs; or the lines of a TLS proxy in front of it. Nothing is changed, unless --out names a folder.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.add_argument("--only", choices=("web", "work"), help="a process with only this part; needs PostgreSQL")
    parser.add_argument("--user", default="ouderbrug", help="whose rights it has (default: ouderbrug)")
    parser.add_argument("--proxy", choices=("caddy", "nginx"), help="the lines of this proxy instead")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the file into this folder instead")
    parser.set_defaults(run=show)


def show(args: argparse.Namespace) -> int:
    """Print the unit or the proxy's lines, or write them."""
    config = settings(args)
    file = Path(getattr(args, "config", Path("config.toml"))).resolve()
    if args.proxy:
        name, text = _proxy(config, args.proxy)
    else:
        name, text = _unit(config, file, args.only or "", args.user)
    if args.out is None:
        print(text, end="")
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / name).write_text(text, encoding="utf-8")
    print(args.out / name)
    return 0


def _unit(config: "Config", file: Path, only: str, user: str) -> tuple[str, str]:
    from bot.config import ROOT

    if only and config.database.url.startswith("sqlite"):
        raise ConfigError("[database] url: an SQLite file belongs to one process; leave out --only, or use PostgreSQL")
    command = [sys.executable, "-m", "bot", "--config", str(file), "run"]
    if only:
        command += ["--only", only]
    if only == "work":
        command += ["--port", str(config.web.port + 1)]
    folders = _folders(config)
    at_home = any(path.is_relative_to(home) for path in (ROOT, file, *folders) for home in ("/home", "/root"))
    text = UNIT.format(
        what={"web": ": webhooks", "work": ": desk, outbox and clock"}.get(only, ""), readme=ROOT / "README.md",
        user=user, home=_quoted(str(config.home), only_percent=True), secrets=SECRETS,
        command=" ".join(map(_quoted, command)), credentials=_credentials(config),
        writes=f"ReadWritePaths={' '.join(map(_quoted, map(str, folders)))}\n" if folders else "",
        protect_home="read-only" if at_home else "yes",
    )  # fmt: skip
    return f"ouderbrug{'-' + only if only else ''}.service", text


def _quoted(text: str, *, only_percent: bool = False) -> str:
    """A word as systemd reads it."""
    text = text.replace("%", "%%")
    plain = only_percent or not set(text) & set(" \t\"'\\$;")
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"'


def _folders(config: "Config") -> list[Path]:
    """Where the bot must be able to write: the SQLite file, and a ring that is made at the first start."""
    from bot.store import keys

    found = set()
    if config.database.url.startswith("sqlite"):
        found.add((config.home / config.database.url.removeprefix("sqlite:///")).parent)
    if not keys.file(config).exists() and not keys.is_given():
        found.add(keys.file(config).parent)
    return sorted(found)


def _credentials(config: "Config") -> str:
    """The secrets of these channels, each from a file that only root can read."""
    names = [f"BOT_CHANNELS_{name.upper()}_TOKEN" for name in config.channels]
    names += [
        f"BOT_CHANNELS_{name.upper()}_SECRET"
        for name, each in config.channels.items()
        if each.driver == "telegram" and each.mode == "webhook"
    ]
    if any(name in os.environ for name in ("BOT_KEYS", "BOT_KEYS_FILE")):
        names.append("BOT_KEYS")
    lines = (f"LoadCredential={name}:{SECRETS}/{name}\nEnvironment={name}_FILE=%d/{name}\n" for name in sorted(names))
    return "".join(lines)


def _proxy(config: "Config", which: str) -> tuple[str, str]:
    host = urlsplit(config.web.public_url).hostname
    to = f"[{config.web.host}]" if ":" in config.web.host else config.web.host
    name, template = {"caddy": ("ouderbrug.caddy", CADDY), "nginx": ("ouderbrug.nginx.conf", NGINX)}[which]
    return name, template.format(host=host, to=f"{to}:{config.web.port}")
