"""The file of channels is followed: what changes in it, or in a secret's file, holds for the next message."""

import asyncio
import hashlib
import hmac
from pathlib import Path

from aiohttp import web

from schemas.events import Channel
from services.alerter.channels.registry import Registry
from services.alerter.channels.sender import Answer, Limits
from services.kit.settings import Settings
from tests.integration.test_email import told

HOOK = Channel(kind="named", name="hook")


def test_changes_hold_and_mistakes_do_not(tmp_path: Path) -> None:
    got: list[tuple[str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((request.headers["Newswatch-Signature"], await request.read()))
        return web.Response(status=204)

    async def go() -> list[str]:
        app = web.Application()
        app.router.add_post("/", take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        path, secret = tmp_path / "channels.yaml", tmp_path / "secret"
        moment = 0.0
        settings = Settings(data=tmp_path, channels=path, webhook_private_hosts="*")
        errors: list[str] = []
        async with Registry(settings, monotonic=lambda: moment) as registry:

            async def send() -> None:
                nonlocal moment
                moment += 2
                errors.append((await registry.sender(HOOK).send(told())).error)

            await send()
            secret.write_text("one\n")
            entry = (
                f"{{name: hook, kind: webhook, url: 'http://127.0.0.1:{port}/', secret: '${{file:secret}}'"
            )
            path.write_text(f"channels: [{entry}}}]")
            await send()
            secret.write_text("another\n")
            await send()
            path.write_text("channels: [{name: hook")
            await send()
            assert registry.limits(HOOK) == Limits()
            path.write_text(f"channels: [{entry}, per_hour: 3, min_priority: high}}]")
            await send()
            assert registry.limits(HOOK) == Limits(3, "high")
            path.write_text("channels: []")
            await send()
        await runner.cleanup()
        return errors

    missing, *well, gone = asyncio.run(go())
    assert "No such file" in missing
    assert well == [Answer().error] * 4
    assert "no channel 'hook' is in " in gone
    assert [genuine(*each, secret) for each, secret in zip(got, ["one", *["another"] * 3], strict=True)] == [
        True
    ] * 4


def genuine(signature: str, body: bytes, secret: str) -> bool:
    fields = dict(part.split("=", 1) for part in signature.split(","))
    mac = hmac.new(secret.encode(), fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mac, fields["v1"])
