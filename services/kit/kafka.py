"""Talking to Kafka outside of a stream: topics, publishing, reading a topic back. The only module that
imports kafka-python.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.producer.future import FutureRecordMetadata

from schemas.events import Message
from schemas.topics import ALL, MAX_MESSAGE_BYTES, Topic
from services.kit.clock import milliseconds
from services.kit.errors import Unavailable
from services.kit.settings import Settings


class BrokerUnavailable(Unavailable):
    """The broker cannot be reached or refuses. The message names it, the cause and the way out."""


def connection(settings: Settings) -> dict[str, Any]:
    """The options with which every kafka-python client reaches the broker."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.broker.split(","),
        "security_protocol": settings.broker_security,
    }
    if settings.broker_security.startswith("SASL"):
        options["sasl_mechanism"] = settings.broker_sasl_mechanism
        options["sasl_plain_username"] = settings.broker_username
        options["sasl_plain_password"] = settings.broker_password.get_secret_value()
    if settings.broker_ca_file is not None:
        options["ssl_cafile"] = str(settings.broker_ca_file)
    return options


def unavailable(settings: Settings, error: Exception) -> BrokerUnavailable:
    """The error in words that name the broker and the way out."""
    cause = str(error) or type(error).__name__
    return BrokerUnavailable(
        f"broker {settings.broker}: {cause}; start it, or set NEWSWATCH_BROKER to one that runs"
    )


def ensure_topics(
    settings: Settings, topics: Sequence[Topic[Message]] = ALL, timeout: float = 30.0
) -> list[str]:
    """Create the topics that are missing; returns their names. A topic that exists is left as it is.

    Tansu forgets a request now and then while it starts, so an attempt is repeated until `timeout`
    seconds are over; then BrokerUnavailable.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            return _create_missing(settings, topics)
        except (KafkaError, OSError) as error:
            if time.monotonic() > deadline:
                raise unavailable(settings, error) from error
            time.sleep(0.3)


def _create_missing(settings: Settings, topics: Sequence[Topic[Message]]) -> list[str]:
    admin = KafkaAdminClient(**connection(settings), bootstrap_timeout_ms=5000, request_timeout_ms=10000)
    try:
        missing = [topic for topic in topics if topic.name not in set(admin.list_topics())]
        for topic in missing:
            wanted = {
                "num_partitions": topic.partitions,
                "replication_factor": settings.topic_replication,
                "configs": {
                    "retention.ms": str(topic.retention_ms),
                    "max.message.bytes": str(topic.max_message_bytes),
                },
            }
            try:
                admin.create_topics({topic.name: wanted})
            except TopicAlreadyExistsError:
                continue  # another service was quicker
        return [topic.name for topic in missing]
    finally:
        admin.close()


class Publisher:
    """A producer with the settings that lose nothing: all replicas acknowledge, retries keep the order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        try:
            self._producer = KafkaProducer(
                **connection(settings),
                acks="all",
                enable_idempotence=False,
                max_in_flight_requests_per_connection=1,
                compression_type="zstd",
                linger_ms=20,
                batch_size=131072,
                max_request_size=MAX_MESSAGE_BYTES + 65536,
                delivery_timeout_ms=60000,
                request_timeout_ms=10000,
                max_block_ms=10000,
                bootstrap_timeout_ms=5000,
            )
        except (KafkaError, OSError) as error:
            raise unavailable(settings, error) from error

    def send(
        self, topic: Topic[Message], key: str, value: bytes, headers: Mapping[str, str]
    ) -> FutureRecordMetadata:
        """Hand a message over; its future succeeds when the broker has acknowledged it."""
        pairs = [(name, text.encode()) for name, text in headers.items()]
        try:
            return self._producer.send(topic.name, value=value, key=key.encode(), headers=pairs)
        except KafkaError as error:
            raise unavailable(self._settings, error) from error

    def settle(self, futures: Sequence[FutureRecordMetadata], timeout: float = 60.0) -> None:
        """Wait until the broker has acknowledged all of them. BrokerUnavailable where one was not."""
        try:
            for future in futures:
                future.get(timeout=timeout)
        except KafkaError as error:
            raise unavailable(self._settings, error) from error

    def flush(self, timeout: float = 60.0) -> None:
        """Wait until everything handed over is acknowledged or has failed."""
        try:
            self._producer.flush(timeout=timeout)
        except KafkaError as error:
            raise unavailable(self._settings, error) from error

    def close(self) -> None:
        self._producer.close(timeout=5)


def read_back(
    settings: Settings, topic: Topic[Message], since: datetime | None = None, timeout: float = 60.0
) -> Iterator[bytes]:
    """What lies in the topic now, oldest first within a partition, without joining a group; from a moment
    on, where the broker is Kafka (the embedded one holds little, and is read from its beginning).

    Ends at the high-water marks of the fetches: the embedded broker's answer to "what is the latest
    offset" is not to be trusted. BrokerUnavailable where they are not reached in `timeout` seconds.
    """
    consumer = KafkaConsumer(
        **connection(settings),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
        fetch_max_bytes=4 * MAX_MESSAGE_BYTES,
        max_partition_fetch_bytes=MAX_MESSAGE_BYTES,
        bootstrap_timeout_ms=5000,
    )
    try:
        waiting = {TopicPartition(topic.name, number) for number in range(topic.partitions)}
        consumer.assign(list(waiting))
        _seek(consumer, waiting, since if settings.broker_durable else None)
        deadline = time.monotonic() + timeout
        while waiting:
            for records in consumer.poll(timeout_ms=200).values():
                yield from (record.value for record in records)
            waiting = {partition for partition in waiting if not _at_end(consumer, partition)}
            if time.monotonic() > deadline:
                raise BrokerUnavailable(
                    f"broker {settings.broker}: {topic.name} was not read back in {timeout:.0f} s"
                )
    except (KafkaError, OSError) as error:
        raise unavailable(settings, error) from error
    finally:
        consumer.close()


def _seek(consumer: KafkaConsumer, partitions: set[TopicPartition], since: datetime | None) -> None:
    consumer.seek_to_beginning(*partitions)
    if since is None:
        return
    found = consumer.offsets_for_times(dict.fromkeys(partitions, milliseconds(since)))
    for partition, first in found.items():
        if first is None:
            consumer.seek_to_end(partition)
        else:
            consumer.seek(partition, first.offset)


def _at_end(consumer: KafkaConsumer, partition: TopicPartition) -> bool:
    """Whether a fetch has told the high-water mark, and all before it was read."""
    high = consumer.highwater(partition)
    return high is not None and consumer.position(partition) >= high
