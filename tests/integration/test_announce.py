"""Alerts through a real broker."""

from schemas.events import Alert
from schemas.topics import ALERTS
from services.alerter.announce import Announcer
from services.kit.kafka import ensure_topics, read_back
from tests.integration.conftest import Broker
from tests.integration.test_email import alert


def test_alerts_arrive_whole(broker: Broker) -> None:
    settings = broker.settings()
    ensure_topics(settings)
    sent = [alert(id=f"m{number}", thread=f"t{number % 3}") for number in range(50)]
    Announcer(settings)(sent)
    found = {each.id: each for each in map(Alert.model_validate_json, read_back(settings, ALERTS))}
    # A broker that others have used holds theirs, too.
    assert {each.id: found.get(each.id) for each in sent} == {each.id: each for each in sent}
