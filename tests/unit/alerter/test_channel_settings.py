"""The file of channels: what is refused, with line and way out; and that no secret is told."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.alerter.channels.secrets import Redactor, parts_of_address
from services.alerter.channels.settings import (
    AppriseSetup,
    ChannelsError,
    Configured,
    EmailSetup,
    WebhookSetup,
    load,
    parse,
)

GOOD = """
channels:
  - name: hook
    kind: webhook
    url: https://hook.example/${env:HOOK_PATH}
    secret: ${env:HOOK_SECRET}
  - name: desk
    kind: email
    server: smtp.example.org
    user: newswatch
    password: ${file:smtp-password}
    from: newswatch <news@example.org>
    to: [Desk <desk@example.org>, night@example.org]
    per_hour: 20
    min_priority: high
  - name: chat
    kind: apprise
    url: ${env:CHAT}
"""
ENVIRONMENT = {
    "HOOK_PATH": "path-geheim",
    "HOOK_SECRET": "hook-geheim",
    "CHAT": "ntfy://user:chat-geheim@ntfy.example/desk",
}


def read(text: str, environment: Mapping[str, str] = ENVIRONMENT) -> Configured:
    return parse(text, Path("channels.yaml"), environment, lambda path: "smtp-geheim\n")


def refusal(text: str, environment: Mapping[str, str] = ENVIRONMENT) -> str:
    with pytest.raises(ChannelsError) as caught:
        read(text, environment)
    return str(caught.value)


def test_channels_are_read_with_their_secrets() -> None:
    found = read(GOOD)
    hook, desk, chat = found.channels.values()
    assert isinstance(hook, WebhookSetup)
    assert isinstance(desk, EmailSetup)
    assert isinstance(chat, AppriseSetup)
    assert hook.url.get_secret_value() == "https://hook.example/path-geheim"
    assert hook.secret is not None
    assert hook.secret.get_secret_value() == "hook-geheim"
    assert desk.password is not None
    assert desk.password.get_secret_value() == "smtp-geheim"
    assert (desk.per_hour, desk.min_priority) == (20, "high")
    assert found.files == (Path("smtp-password"),)


def test_no_secret_is_in_what_they_are_printed_as() -> None:
    found = read(GOOD)
    assert "geheim" not in repr(found) + str(found)


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        (
            "${env:HOOK_SECRET}",
            "hook-geheim",
            6,
            "secret: a secret in plain text; put it into",
        ),
        ("${file:smtp-password}", "smtp-geheim", 11, "password: a secret in plain text"),
        ("${env:CHAT}", "slack://geheim/geheim/geheim", 18, "url: a secret in plain text"),
        ("https://hook.example/${env:HOOK_PATH}", "https://a:geheim@hook.example/", 5, "a password in plain"),
        ("HOOK_SECRET", "HOOK_SECRT", 6, "the environment has no HOOK_SECRT; set it"),
        ("${env:HOOK_SECRET}", "${HOOK_SECRET}", 6, "write ${env:NAME} or ${file:"),
        ("kind: webhook", "kind: webhok", 4, "no kind 'webhok'; 'webhook' is meant?"),
        ("kind: webhook", "kind: [webhook]", 4, "no kind"),
        ("server:", "sever:", 9, "no field 'sever'; 'server' is meant?"),
        ("    server: smtp.example.org\n", "", 7, "server: Field required"),
        ("per_hour: 20", "per_hour: 0", 14, "per_hour: Input should be greater"),
        ("min_priority: high", "min_priority: hgh", 15, "min_priority: Input should be 'low'"),
        ("night@example.org", '"night@example.org\\nBcc: all@example.org"', 13, "is no address; write desk@"),
        ("newswatch <news@example.org>", "newswatch", 12, "is no address; write desk@"),
        ("https://hook.example/", "ftp://hook.example/", 5, "url: no http(s) address"),
        ("name: chat", "name: desk", 16, "a second channel 'desk'"),
        ("name: chat", "name: Chat Room", 16, "name: String should match"),
        (
            "    user: newswatch\n",
            "    security: none\n    user: newswatch\n",
            10,
            "in plain text; use starttls",
        ),
        ("    user: newswatch\n", "", 10, "user and password belong together"),
        ("channels:", "chanels:", 2, "no field 'chanels'; 'channels' is meant?"),
        ("  - name: hook", "  - name: [", 5, "not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_way_out(before: str, after: str, line: int, told: str) -> None:
    assert before in GOOD
    said = refusal(GOOD.replace(before, after, 1))
    assert told in said
    assert f"channels.yaml:{line}: " in said
    assert "geheim" not in said


@pytest.mark.parametrize("text", ["a", "- a", "channels: 1", "channels: [a, 1, null]", "channels: {a: b}"])
def test_what_is_no_list_of_channels_is_told(text: str) -> None:
    assert "no channel" in refusal(text) or "no list of channels" in refusal(text)


def test_nothing_in_a_file_is_no_channel() -> None:
    assert read("# later").channels == {}
    assert read("channels: []").channels == {}


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "channels.yaml"
    with pytest.raises(ChannelsError, match=r"No such file or directory.*NEWSWATCH_CHANNELS"):
        load(path, {})
    path.write_text(GOOD.replace("smtp-password", "missing"))
    with pytest.raises(ChannelsError, match=r":11: password: \$\{file:missing\}: No such file"):
        load(path, ENVIRONMENT)
    (tmp_path / "missing").write_bytes(b"\xff\xfegeheim")
    with pytest.raises(ChannelsError, match="is not UTF-8") as caught:
        load(path, ENVIRONMENT)
    assert "geheim" not in str(caught.value)


def test_a_template_that_is_misnamed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "channels.yaml"
    (tmp_path / "words").mkdir()
    path.write_text("templates: words\nchannels: [{name: hook, kind: webhook, url: https://hook.example/}]")
    (tmp_path / "words" / "part.j2").write_text("a part that others include")
    assert load(path, {}).channels["hook"].templates == tmp_path / "words"
    (tmp_path / "words" / "mail.htm.j2").write_text("")
    with pytest.raises(ChannelsError, match=r"'mail\.html\.j2' is meant"):
        load(path, {})


def test_secrets_are_hidden_in_every_spelling() -> None:
    redact = Redactor(["pass wörd/1", *parts_of_address("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz+k")])
    said = redact(
        "pass wörd/1 pass%20w%C3%B6rd%2F1 cGFzcyB3w7ZyZC8x POST /services/T1JJ3T3L2/A1BRTD4JD/"
        "TIiajkdnlaz%2Bk "
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz+k fine"
    )
    assert said.startswith("••• ••• ••• POST /services/•••")
    assert said.endswith(" fine")
    for part in ("wörd", "T1JJ", "A1BR", "TIia", "cGFz"):
        assert part not in said
    assert Redactor([])("a") == "a"
