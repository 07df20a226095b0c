"""A real Kafka and a real Elasticsearch on this machine, without Docker.

python deploy/local/cluster.py run               in the foreground until Ctrl-C
python deploy/local/cluster.py up | down         in the background
python deploy/local/cluster.py status            where they are; exits 1 if they are not running
python deploy/local/cluster.py exec -- COMMAND   runs COMMAND with both, and stops what it started
python deploy/local/cluster.py java              which JDK would be used

Needs a JDK 21 or later and Maven, which fetches both servers once (see pom.xml). All files lie in one
folder, .cluster by default; its cluster.json tells the addresses while the cluster runs:
{"kafka": "127.0.0.1:PORT", "elasticsearch": "http://127.0.0.1:PORT", "pids": {...}}.
COMMAND finds them in NEWSWATCH_TEST_KAFKA and NEWSWATCH_TEST_ELASTICSEARCH.
"""

import argparse
import base64
import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

POM = Path(__file__).with_name("pom.xml")
DEFAULT_DATA = Path(__file__).resolve().parents[2] / ".cluster"
LEAST_JAVA = 21
START_SECONDS = 120
STOP_SECONDS = 30
PR_SET_PDEATHSIG = 1

KAFKA_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={logs}
auto.create.topics.enable=false
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""

ELASTICSEARCH_YML = """\
cluster.name: newswatch-local
node.name: local
discovery.type: single-node
xpack.security.enabled: false
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {data}
path.logs: {logs}
cluster.routing.allocation.disk.threshold_enabled: false
"""


class ClusterError(Exception):
    """Why the cluster cannot run, in one line with the way out."""


class Stopped(Exception):
    """Somebody asked the cluster to stop, by the signal of that number."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything lies. `work` differs from `data` only where Elasticsearch could not reach `data`."""

    data: Path
    work: Path

    @property
    def state(self) -> Path:
        return self.data / "cluster.json"

    @property
    def lock(self) -> Path:
        return self.data / "lock"

    @property
    def build(self) -> Path:
        return self.work / "build"

    def log(self, name: str) -> Path:
        return self.work / f"{name}.log"


@dataclass(frozen=True, slots=True)
class Ports:
    """0 takes a free one."""

    kafka: int = 0
    elasticsearch: int = 0


@dataclass(frozen=True, slots=True)
class Server:
    """A child process and the file it writes to."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


def open_folder(data: Path) -> Folder:
    """The folder, made if absent.

    Elasticsearch refuses to run as root and then runs as nobody. If nobody cannot enter the folder, the
    work is done in a temporary one, which is remembered and used again as long as it is there.
    """
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or all(path.stat().st_mode & 0o001 for path in (data, *data.parents)):
        return Folder(data, data)
    remembered = data / "work"
    if remembered.is_symlink() and remembered.is_dir():
        return Folder(data, remembered.resolve())
    work = Path(tempfile.mkdtemp(prefix="newswatch-cluster-"))
    work.chmod(0o755)
    remembered.unlink(missing_ok=True)
    remembered.symlink_to(work)
    return Folder(data, work)


def find_jdk() -> Path:
    """JAVA_HOME if it is recent enough, else the newest JDK of this machine."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if homes and java_version(homes[0]) >= LEAST_JAVA:
        return homes[0]
    homes += Path("/usr/lib/jvm").glob("*")
    homes += Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home")
    if java := shutil.which("java"):
        homes.append(Path(java).resolve().parent.parent)
    versions = {home: java_version(home) for home in homes}
    newest = max(versions, key=lambda home: versions[home], default=None)
    if newest is None or versions[newest] < LEAST_JAVA:
        found = f"the newest here is {versions[newest]}" if newest and versions[newest] else "none was found"
        raise ClusterError(
            f"no JDK {LEAST_JAVA} or later: {found} in JAVA_HOME, /usr/lib/jvm and PATH; "
            "install one (apt-get install openjdk-21-jre-headless, or a Temurin package) or set JAVA_HOME"
        )
    return newest


def java_version(home: Path) -> int:
    """The major version of the JDK in that folder; 0 if there is none."""
    try:
        answer = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    match = re.search(r'version "(\d+)', answer.stderr)
    return int(match[1]) if match else 0


def build(folder: Folder, java_home: Path) -> None:
    """Let Maven fetch both servers, unless it has done so for this very pom.xml."""
    stamp = folder.build / "pom.sha256"
    wanted = hashlib.sha256(POM.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    if shutil.which("mvn") is None:
        raise ClusterError(
            "mvn: not found; install Maven (apt-get install maven), it fetches the two servers"
        )
    say("fetching Kafka and Elasticsearch with Maven (about 150 MB, once)")
    shutil.rmtree(folder.build, ignore_errors=True)
    folder.build.mkdir(parents=True)
    shutil.copyfile(POM, folder.build / "pom.xml")
    log = folder.log("maven")
    with log.open("wb") as output:
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", "pom.xml", "package"],
            cwd=folder.build,
            env={**os.environ, "JAVA_HOME": str(java_home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        errors = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line]
        raise ClusterError(f"mvn failed: {errors[0] if errors else 'it says nothing'}; all of it is in {log}")
    stamp.write_text(wanted)


def take_ports(wanted: Ports) -> tuple[int, int, int, int]:
    """Four free ports: Kafka, its controller, Elasticsearch, its transport."""
    with contextlib.ExitStack() as held:
        ports = []
        for option, port in (
            ("--kafka-port", wanted.kafka),
            ("", 0),
            ("--elasticsearch-port", wanted.elasticsearch),
            ("", 0),
        ):
            listener = held.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                raise ClusterError(
                    f"port {port}: {error.strerror}; stop what uses it, or choose another with {option}"
                ) from error
            ports.append(listener.getsockname()[1])
        kafka, controller, http, transport = ports
        return kafka, controller, http, transport


def start_kafka(folder: Folder, java_home: Path, port: int, controller: int) -> Server:
    """Start Kafka; its storage is formatted the first time."""
    home, logs = folder.work / "kafka", folder.work / "kafka" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    properties = home / "server.properties"
    properties.write_text(KAFKA_PROPERTIES.format(broker=port, controller=controller, logs=logs))
    java = [
        str(java_home / "bin" / "java"),
        "-Xms256m",
        "-Xmx512m",
        "-cp",
        f"{folder.build}/target/kafka/lib/*",
    ]
    log = folder.log("kafka")
    if not (logs / "meta.properties").is_file():
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        command = [*java, "kafka.tools.StorageTool", "format", "-t", identity, "-c", str(properties)]
        with log.open("wb") as output:
            formatted = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
        if formatted.returncode != 0:
            raise ClusterError(f"Kafka cannot format {logs}: {last_line(log)}; all of it is in {log}")
    return start("kafka", [*java, "kafka.Kafka", str(properties)], home, log, environment=os.environ)


def start_elasticsearch(folder: Folder, java_home: Path, http: int, transport: int) -> Server:
    """Start Elasticsearch, as nobody if we are root."""
    home = next((folder.build / "target").glob("elasticsearch-*"))
    place = folder.work / "elasticsearch"
    data, logs, scratch = place / "data", place / "logs", place / "tmp"
    for path in (data, logs, scratch):
        path.mkdir(parents=True, exist_ok=True)
    settings = ELASTICSEARCH_YML.format(http=http, transport=transport, data=data, logs=logs)
    (home / "config" / "elasticsearch.yml").write_text(settings)
    environment = {
        **os.environ,
        "HOME": str(scratch),
        "ES_JAVA_HOME": str(java_home),
        "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
        "ES_PATH_CONF": str(home / "config"),
        "ES_TMPDIR": str(scratch),
    }
    user = None
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        for root in (home, place):
            for path in (root, *root.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    command = [str(home / "bin" / "elasticsearch")]
    log = folder.log("elasticsearch")
    return start("elasticsearch", command, place, log, environment=environment, user=user)


def start(
    name: str,
    command: list[str],
    cwd: Path,
    log: Path,
    *,
    environment: Mapping[str, str],
    user: pwd.struct_passwd | None = None,
) -> Server:
    """Start a child that dies with us and that the terminal's Ctrl-C does not reach: we stop it ourselves."""
    identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  we have no threads
            **identity,
        )
    return Server(name, process, log)


def die_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel kills the child when we are killed.

    The child asks for it after its change of user, which would undo it.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def kafka_answers(port: int) -> bool:
    """Does it answer an ApiVersions request (version 0)?"""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.recv(10)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)


def elasticsearch_answers(port: int) -> bool:
    """Is its health yellow or green? GET / is not there in this distribution."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/_cluster/health?wait_for_status=yellow", timeout=5
        ) as answer:
            return bool(json.load(answer)["status"] in {"yellow", "green"})
    except (OSError, ValueError):
        return False


def wait_for(server: Server, answers: Callable[[], bool]) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if server.process.poll() is not None:
            raise ClusterError(
                f"{server.name} ended at its start: {last_line(server.log)}; all of it is in {server.log}"
            )
        if time.monotonic() > deadline:
            raise ClusterError(
                f"{server.name} does not answer after {START_SECONDS} s; look into {server.log}"
            )
        time.sleep(0.2)


def stop(servers: list[Server]) -> None:
    """Ask all to end, then make them."""
    for server in servers:
        server.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for server in servers:
        try:
            server.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


@contextlib.contextmanager
def running(folder: Folder, ports: Ports) -> Iterator[list[Server]]:
    """Both servers, up and answering; stopped at the end. Signals raise Stopped meanwhile."""
    with folder.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterError(
                f"a cluster already runs in {folder.data}; stop it with 'down', or choose another --data"
            ) from None
        folder.state.unlink(missing_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, raise_stopped)
        servers: list[Server] = []
        try:
            java_home = find_jdk()
            build(folder, java_home)
            kafka, controller, http, transport = take_ports(ports)
            servers.append(start_elasticsearch(folder, java_home, http, transport))
            servers.append(start_kafka(folder, java_home, kafka, controller))
            wait_for(servers[1], lambda: kafka_answers(kafka))
            wait_for(servers[0], lambda: elasticsearch_answers(http))
            write_state(folder, kafka, http, servers)
            yield servers
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            folder.state.unlink(missing_ok=True)
            stop(servers)


def raise_stopped(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


def write_state(folder: Folder, kafka: int, http: int, servers: list[Server]) -> None:
    pids = {"cluster": os.getpid(), **{server.name: server.process.pid for server in servers}}
    state = {"kafka": f"127.0.0.1:{kafka}", "elasticsearch": f"http://127.0.0.1:{http}", "pids": pids}
    unfinished = folder.state.with_suffix(".part")
    unfinished.write_text(json.dumps(state, indent=2) + "\n")
    unfinished.replace(folder.state)


def read_state(folder: Folder) -> dict[str, Any] | None:
    """The addresses of the cluster that runs in this folder; None if none does, or not yet."""
    if not locked(folder):
        return None
    try:
        state: dict[str, Any] = json.loads(folder.state.read_text())
    except FileNotFoundError:
        return None
    return state


def locked(folder: Folder) -> bool:
    """Does a process hold the folder? A lock, unlike a file with a pid, cannot outlive its process."""
    if not folder.lock.exists():
        return False
    with folder.lock.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def watch(servers: list[Server]) -> None:
    """Wait until a server ends by itself, which is an error, or until Stopped."""
    while True:
        for server in servers:
            if server.process.poll() is not None:
                status, cause = server.process.returncode, last_line(server.log)
                raise ClusterError(f"{server.name} ended with status {status}: {cause}; see {server.log}")
        time.sleep(0.5)


def last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"


def say(line: str) -> None:
    print(f"cluster: {line}", file=sys.stderr, flush=True)


def show(state: Mapping[str, Any]) -> None:
    print(f"Kafka          {state['kafka']}\nElasticsearch  {state['elasticsearch']}", flush=True)


def command_run(folder: Folder, ports: Ports) -> int:
    """Run in the foreground."""
    with contextlib.suppress(Stopped), running(folder, ports) as servers:
        show(json.loads(folder.state.read_text()))
        say("Ctrl-C stops it")
        watch(servers)
    return 0


def command_up(folder: Folder, ports: Ports) -> int:
    """Run in the background: a process of its own does `run`, unless one does already."""
    log = folder.log("cluster")
    runner = None if locked(folder) else start_runner(folder, ports, log)
    while (state := read_state(folder)) is None:
        if runner is None and not locked(folder):
            raise ClusterError(f"the cluster that was starting in {folder.data} has ended; try again")
        if runner is not None and runner.poll() is not None:
            raise ClusterError(last_line(log).removeprefix("cluster: "))
        time.sleep(0.2)
    show(state)
    return 0


def start_runner(folder: Folder, ports: Ports, log: Path) -> "subprocess.Popen[bytes]":
    options = [f"--data={folder.data}", f"--kafka-port={ports.kafka}"]
    options.append(f"--elasticsearch-port={ports.elasticsearch}")
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, __file__, "run", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def command_down(folder: Folder) -> int:
    """Stop what `up` or `run` started; nothing to do is no error."""
    state = read_state(folder)
    if state is None:
        return 0
    os.kill(state["pids"]["cluster"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS + 5
    while locked(folder):
        if time.monotonic() > deadline:
            raise ClusterError(
                f"process {state['pids']['cluster']} does not end; kill it, its servers end with it"
            )
        time.sleep(0.1)
    return 0


def command_status(folder: Folder) -> int:
    """Show the addresses."""
    state = read_state(folder)
    if state is None:
        say(f"nothing runs in {folder.data}")
        return 1
    show(state)
    return 0


def command_exec(folder: Folder, ports: Ports, command: list[str]) -> int:
    """Run a command with the cluster that runs, or else with one of its own; returns its exit status."""
    state = read_state(folder)
    if state is not None:
        return run_with(state, command)
    with running(folder, ports):
        return run_with(json.loads(folder.state.read_text()), command)


def run_with(state: Mapping[str, Any], command: list[str]) -> int:
    addresses = {
        "NEWSWATCH_TEST_KAFKA": str(state["kafka"]),
        "NEWSWATCH_TEST_ELASTICSEARCH": str(state["elasticsearch"]),
    }
    process = subprocess.Popen(command, env={**os.environ, **addresses}, preexec_fn=die_with_parent())  # noqa: PLW1509
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the terminal has sent it to the command too, which now comes to its end
        except Stopped as stopped:
            if stopped.args != (signal.SIGINT,):
                process.terminate()


def arguments() -> argparse.Namespace:
    """The options; those after -- are the command."""
    parser = argparse.ArgumentParser(
        prog="cluster.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["run", "up", "down", "status", "exec", "java"])
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, help="folder for everything (default: .cluster)"
    )
    parser.add_argument("--kafka-port", type=int, default=0, help="default: a free one")
    parser.add_argument("--elasticsearch-port", type=int, default=0, help="default: a free one")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:split], argparse.Namespace(command=sys.argv[split + 1 :]))
    if bool(options.command) != (options.action == "exec"):
        parser.error("exec needs a command after --, the other actions take none")
    return options


def main() -> int:
    options = arguments()
    ports = Ports(options.kafka_port, options.elasticsearch_port)
    try:
        folder = open_folder(options.data)
        match options.action:
            case "run":
                return command_run(folder, ports)
            case "up":
                return command_up(folder, ports)
            case "down":
                return command_down(folder)
            case "status":
                return command_status(folder)
            case "java":
                print(find_jdk())
                return 0
            case _:
                return command_exec(folder, ports, options.command)
    except ClusterError as error:
        say(str(error))
    except OSError as error:
        say(f"{error.filename or options.data}: {error.strerror}; choose another folder with --data")
    except Stopped:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
