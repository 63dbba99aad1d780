"""The SMTP password: found where it may lie, and shown nowhere."""

from __future__ import annotations

import json
import pickle
import sys
import traceback
from pathlib import Path

import pytest

from dispatch.config.load import load_settings
from dispatch.config.secrets import Secret, ledger_url, smtp_password, smtp_password_origin
from dispatch.config.settings import Relay, Relays, Settings
from dispatch.config.smtp_url import parse_smtp_urls
from dispatch.errors import ConfigError

URL = "smtps://user@mail.example.org"


def workspace(folder: Path, command: str | None = None, url: str | list[str] = URL, **environ: str) -> Settings:
    lines = ["[smtp]", f"url = {json.dumps(url)}"] + ([f"password_command = '''{command}'''"] if command else [])
    (folder / "dispatch.toml").write_text("\n".join(lines))
    return load_settings(folder, environ)


def secrets_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / ".dispatch" / "secrets.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def python(code: str) -> str:
    return f'{sys.executable} -c "{code}"'


def relay_of(settings: Settings, number: int = 0) -> Relay:
    target = settings.smtp.target
    assert isinstance(target, Relays)
    return target.each[number]


def revealed(settings: Settings, **environ: str) -> str | None:
    return of_each(settings, **environ)[0]


def of_each(settings: Settings, **environ: str) -> list[str | None]:
    target = settings.smtp.target
    assert isinstance(target, Relays)
    secrets = [smtp_password(settings, relay, environ) for relay in target.each]
    return [secret.reveal() if secret else None for secret in secrets]


def origin(settings: Settings, **environ: str) -> str | None:
    return smtp_password_origin(settings, relay_of(settings), environ)


def test_the_first_place_that_has_one_wins(tmp_path: Path) -> None:
    in_url = {"DISPATCH_SMTP_URL": "smtps://user:from%2Furl@mail.example.org"}
    in_variable = {**in_url, "DISPATCH_SMTP_PASSWORD": "from variable"}
    settings = workspace(tmp_path)
    assert revealed(settings) is None
    settings = workspace(tmp_path, command=python("print('from command'); print('more')"), **in_url)
    assert (revealed(settings), origin(settings)) == ("from command", "smtp.password_command")
    secrets_file(tmp_path, 'smtp_password = "from file"')
    assert (revealed(settings), origin(settings)) == ("from file", ".dispatch/secrets.toml")
    assert (revealed(settings, **in_url), origin(settings, **in_url)) == ("from/url", "DISPATCH_SMTP_URL")
    assert revealed(settings, **in_variable) == "from variable"
    assert origin(settings, **in_variable) == "DISPATCH_SMTP_PASSWORD"


def test_nobody_logs_in_without_a_user(tmp_path: Path) -> None:
    settings = workspace(tmp_path, command=python("import sys; sys.exit(1)"), url="smtp://mail.example.org")
    assert revealed(settings, DISPATCH_SMTP_PASSWORD="x") is None


def test_another_server_is_not_shown_the_urls_password(tmp_path: Path) -> None:
    environ = {"DISPATCH_SMTP_URL": "smtps://user:hunter2@mail.example.org"}
    other = workspace(tmp_path, **environ).with_target(parse_smtp_urls(["smtps://user@evil.example"], tmp_path))
    assert revealed(other, **environ) is None


SEVERAL = ["smtp://open.example", "smtps://me@one.example", "smtps://me@two.example", "smtps://me@one.example:2465"]


def test_a_password_that_names_no_server_is_shown_to_the_first_that_wants_one_and_to_no_other(tmp_path: Path) -> None:
    first_alone = [None, "x", None, "x"]
    assert of_each(workspace(tmp_path, url=SEVERAL), DISPATCH_SMTP_PASSWORD="x") == first_alone
    assert of_each(workspace(tmp_path, url=SEVERAL, command="echo x")) == first_alone
    secrets_file(tmp_path, 'smtp_password = "x"')
    assert of_each(workspace(tmp_path, url=SEVERAL)) == first_alone


def test_each_server_has_a_password_of_its_own(tmp_path: Path) -> None:
    settings = workspace(tmp_path, url=SEVERAL[1:3], command="echo {user} at {host}")
    assert of_each(settings) == ["me at one.example", "me at two.example"]
    secrets_file(tmp_path, '[smtp_password]\n"Two.example" = "second"\n')
    assert of_each(settings) == ["me at one.example", "second"]
    variables = {"DISPATCH_SMTP_PASSWORD_TWO_EXAMPLE": "2", "DISPATCH_SMTP_PASSWORD": "1"}
    assert of_each(settings, **variables) == ["1", "2"]
    urls = {"DISPATCH_SMTP_URL": "smtps://me:a@one.example smtps://me:b@two.example"}
    assert of_each(workspace(tmp_path, **urls), **urls) == ["a", "b"]


def test_a_file_that_nobody_may_read_is_said_to_whoever_wants_a_password_of_it(tmp_path: Path) -> None:
    settings = workspace(tmp_path, url=SEVERAL)
    secrets_file(tmp_path, '[smtp_password]\n"two.example" = "second"\n', 0o644)
    with pytest.raises(ConfigError, match="Others may read"):
        smtp_password(settings, relay_of(settings, 2), {})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    settings = workspace(tmp_path)
    file = secrets_file(tmp_path, 'smtp_password = "hunter2"', mode)
    with pytest.raises(ConfigError) as caught:
        smtp_password(settings, relay_of(settings), {})
    assert caught.value.hint == f"chmod 600 {file}"


@pytest.mark.parametrize(
    "text",
    [
        'smtp_pasword = "hunter2"',
        "smtp_password = hunter2",
        "smtp_password = 3",
        "",
        'smtp_password = ""',
        'smtp_password = "hunter2"\nmore = "hunter2"',
        "[smtp_password]",
        '[smtp_password]\none = "hunter2"\ntwo = 3',
    ],
)
def test_a_file_that_holds_something_else_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    settings = workspace(tmp_path)
    secrets_file(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        smtp_password(settings, relay_of(settings), {})
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (python("import sys; print('hunter2'); sys.exit('vault is locked')"), "exit code 1: vault is locked"),
        (python("import sys; print('hunter2'); sys.exit(3)"), "exit code 3"),
        (python("import time; print('hunter2', flush=True); time.sleep(60)"), "within 0.5 seconds"),
        (python("print()"), "no password"),
        (python("import sys; sys.stdout.buffer.write(b'hunter2' + bytes([255]))"), "cannot be read"),
        ("/no/such/program", "cannot be run"),
        ('"unclosed', "cannot be read"),
    ],
)
def test_a_command_that_fails_says_why_and_not_what_it_printed(tmp_path: Path, command: str, said: str) -> None:
    settings = workspace(tmp_path, command=command)
    with pytest.raises(ConfigError) as caught:
        # The one that hangs ends by this limit; the others have all the time they need.
        smtp_password(settings, relay_of(settings), {}, command_seconds=0.5 if "sleep" in command else 30)
    assert said in str(caught.value)
    assert caught.value.hint == f"Try it: {command}"
    told = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in told.replace(command, "")


def test_the_command_is_not_run_by_a_shell(tmp_path: Path) -> None:
    assert revealed(workspace(tmp_path, command="echo $HOME; `id`")) == "$HOME; `id`"


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("hunter2")
    assert f"{secret} {secret!r} {[secret]} {secret:>4}" == "**** **** [****] ****"
    assert secret.reveal() == "hunter2"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert not any("hunter2" in repr(getattr(secret, name)) for name in dir(secret) if name != "reveal")


def test_the_ledgers_password_is_fetched_from_the_environment_alone(tmp_path: Path) -> None:
    environ = {"DISPATCH_LEDGER_URL": "postgresql://me:hunter2@db/news"}
    settings = workspace(tmp_path, **environ)
    assert "hunter2" not in repr(settings)
    assert ledger_url(settings, environ).reveal() == "postgresql://me:hunter2@db/news"
    assert ledger_url(workspace(tmp_path), {}).reveal() == f"sqlite:///{tmp_path}/.dispatch/dispatch.db"
