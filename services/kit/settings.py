"""Every setting of every service, from the environment (NEWSWATCH_…). Only shells read it.

docs/configuration.md lists them; a test fails if one is missing there.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One class for all services, so that one table tells an operator everything."""

    model_config = SettingsConfigDict(env_prefix="NEWSWATCH_", extra="ignore", frozen=True)

    data: Path = Field(
        default=Path(".newswatch"), description="folder for archive, outbox, embedded store and logs"
    )
    store: str = Field(
        default="embedded:.newswatch/store",
        description="embedded:FOLDER, or http(s)://[user:password@]host:port of Elasticsearch",
    )

    broker: str = Field(default="127.0.0.1:9092", description="Kafka bootstrap servers, separated by commas")
    broker_durable: bool = Field(
        default=True,
        description="false if the broker forgets on restart (embedded): captures are then kept until settled",
    )
    broker_session_timeout: float = Field(
        default=30.0, ge=1, description="seconds until Kafka takes a silent consumer for dead"
    )
    broker_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="how to talk to Kafka"
    )
    broker_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="how to log in, with SASL"
    )
    broker_username: str = Field(default="", description="SASL user name")
    broker_password: SecretStr = Field(default=SecretStr(""), description="SASL password")
    broker_ca_file: Path | None = Field(default=None, description="certificates to trust, with SSL")
    topic_replication: int = Field(
        default=1, ge=1, description="replicas of the topics that newswatch creates"
    )

    host: str = Field(default="127.0.0.1", description="address that health, metrics and console listen on")
    port: int = Field(
        default=0, ge=0, le=65535, description="port of health, metrics and console; 0 takes a free one"
    )
    ready_file: Path | None = Field(
        default=None, description="written with the address once the service listens"
    )
    console_url: str = Field(
        default="http://127.0.0.1:8600", description="where people reach the console, for links"
    )
    crawler_urls: str = Field(
        default="",
        description="addresses of the crawlers' health servers, separated by commas: the console asks them "
        "why an address was never seen; newswatch up needs none",
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="least level logged"
    )
    log_format: Literal["text", "json"] = Field(default="text", description="for people or for machines")

    batch_size: int = Field(
        default=100, ge=1, le=1000, description="most messages that a service takes at once"
    )
    batch_wait: float = Field(default=0.05, gt=0, le=5, description="seconds it waits for a batch to fill")
    dead_in_a_row: int = Field(
        default=200,
        ge=1,
        description="a service stops after so many messages in a row failed by its own fault",
    )

    sources: Path | None = Field(
        default=None, description="YAML file of the sources that the crawler watches"
    )
    user_agent: str = Field(
        default="newswatch/0.1 (+https://github.com/newswatch/newswatch)",
        description="how the crawler names itself to sites, and to their robots.txt",
    )
    poll_seconds: float = Field(
        default=300, gt=0, description="time between two looks at a feed, where its source says nothing"
    )
    crawl_delay: float = Field(
        default=1.0, ge=0, description="seconds between two fetches from one host, at least"
    )
    fetch_timeout: float = Field(
        default=20.0, gt=0, description="seconds until a fetch is given up, all its redirects together"
    )
    fetch_concurrency: int = Field(
        default=64, ge=1, description="fetches at the same time; those that hang take a place each"
    )
    private_hosts: str = Field(
        default="",
        description="hosts, separated by commas, that the crawler may ask though they are not on the public "
        "internet",
    )
    host_concurrency: int = Field(default=1, ge=1, description="fetches at the same time from one host")
    shard: str = Field(
        default="1/1", description="2/3: this is the second of three crawlers that share the sources"
    )
    websub_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="where WebSub hubs reach this crawler (https://news.example/hub), to deliver what feeds "
        "publish; without it no hub is asked",
    )
    websub_port: int = Field(
        default=8610, ge=1, le=65535, description="port that the crawler listens on for hubs, if it does"
    )
    page_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1024, description="a page that is longer is not fetched to its end"
    )
    archive_bytes: int = Field(
        default=512 * 1024 * 1024, ge=4096, description="size at which a new WARC file is begun"
    )

    spacy_models: str = Field(
        default="",
        description="en=en_core_web_sm,de=de_core_news_sm: spaCy's models that find people and organisations "
        "beside the names that newswatch knows (needs the extra newswatch[spacy]); empty: none",
    )
    window_hours: float = Field(
        default=72.0, gt=0, description="how far back the threader looks for copies and stories"
    )
    webhook_timeout: float = Field(
        default=10.0, gt=0, description="seconds until a webhook's answer is given up"
    )
    subscriptions: Path | None = Field(
        default=None, description="folder of YAML files with subscriptions; followed as they change"
    )
    delivery_hours: float = Field(
        default=24.0, gt=0, description="how long a delivery is tried again before it is marked as failed"
    )
    channels: Path | None = Field(
        default=None, description="YAML file of the named channels: e-mail, chat and others"
    )
    feed_hub: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#<>\"]+)?$",
        description="WebSub hub that is told of new alerts, so that readers of the feeds hear at once; one "
        "that is not on the public internet is named in NEWSWATCH_WEBHOOK_PRIVATE_HOSTS, too",
    )
    webhook_private_hosts: str = Field(
        default="",
        description="hosts, separated by commas, that webhooks may be at though they are not on the public "
        "internet; loopback with its port, for a receiver on this machine: 127.0.0.1:9000",
    )
