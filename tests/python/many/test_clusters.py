"""Many pictures on Dask clusters of real processes, with the real network."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import Client, LocalCluster, Security
from needing import present
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))  # for the workers too
import ending

from deepdreamr import dream, dream_many, sample_image, show
from deepdreamr.backend import compute_threads
from deepdreamr.errors import ArgumentError, BackendError, NetworkError, WorkerError
from deepdreamr.many import clusters, connecting
from deepdreamr.many.connecting import client_of, quiet
from deepdreamr.many.house import local_cluster
from deepdreamr.many.journal import FOLDER
from deepdreamr.many.machines import alike, check_before
from deepdreamr.many.planning import plan_many
from deepdreamr.many.request import ManyRequest
from deepdreamr.many.running import ManyRun
from deepdreamr.many.sending import Files, Sender, Sent, absolute
from deepdreamr.runs.request import Request

FEW = {"recipe": "vivid", "octaves": 1, "iterations": 1, "seed": 3}


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    """A client of a cluster of two workers, which all tests here share."""
    with quiet(), client_of("local", 2, False) as client:
        yield client


@pytest.fixture
def local(started: Any) -> Any:
    """The same, with both workers there, whatever the last test has done to them."""
    started.wait_for_workers(2, timeout=120)
    return started


@pytest.fixture
def photos(tmp_path: Path) -> Any:
    """Five small pictures, not alike."""
    sample = Image.open(sample_image("jelly")).convert("RGB")
    (tmp_path / "photos").mkdir()
    for number in range(5):
        sample.rotate(20 * number).resize((96, 80)).save(tmp_path / "photos" / f"{number}.png")
    return tmp_path / "photos"


def options(**more: Any) -> Any:
    """Arguments with which workers make the pixels of this process."""
    return {"threads": compute_threads(), "workers": 2, **FEW, **more}


def files(folder: Any) -> Any:
    """What lies in a folder, without the journal: path → bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }


@pytest.mark.slow
def test_a_cluster_makes_the_pixels_of_dream(
    local: Any, photos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = tmp_path / "guide.png"
    Image.open(sample_image("jelly")).resize((90, 100)).save(guide)
    Image.linear_gradient("L").resize((96, 80)).save(tmp_path / "mask.png")
    monkeypatch.chdir(tmp_path)  # the workers' folder is another
    own = {"layers": {"mixed2": 1}, "guide": "guide.png", "mask": "mask.png"}
    summary = dream_many("photos", output="out", cluster=local, **options(**own))
    assert (summary.done, summary.failed, summary.workers) == (5, 0, 2)
    for name in ("0.png", "1.png"):
        alone = dream(photos / name, **own, **FEW)
        assert (tmp_path / "out" / name).read_bytes() == alone.png()
    again = dream_many("photos", output="out", **options(**own))  # a pool goes on where it was
    assert (again.done, again.skipped) == (0, 5)


def test_a_network_is_sent_and_read_by_its_name(
    local: Any, photos: Any, tmp_path: Path, toy_file: Any
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = toy_file.rename(folder / "toy.keras")
    own = {"layers": {"second": 1}, "network": str(path)}
    dream_many(photos, output=tmp_path / "out", cluster=local, **options(**own))
    alone = dream(photos / "0.png", **own, **FEW)
    assert (tmp_path / "out" / "0.png").read_bytes() == alone.png()
    assert show(tmp_path / "out" / "0.png")["network"] == "toy.keras"


@pytest.fixture
def toy_file(tmp_path: Path) -> Any:
    """A small network in a file."""
    import keras

    inputs = keras.Input((None, None, 3))
    first = keras.layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    second = keras.layers.Conv2D(5, 3, activation="relu", name="second")(first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras's own, of NumPy
        keras.Model(inputs, second).save(tmp_path / "toy.keras")
    return tmp_path / "toy.keras"


@pytest.mark.slow
def test_on_a_shared_disk_paths_travel(
    local: Any, photos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = []
    real = clusters.ClusterLanes.submit

    def submit(self: Any, task: Any) -> Any:
        tasks.append(task)
        return real(self, task)

    monkeypatch.setattr(clusters.ClusterLanes, "submit", submit)
    monkeypatch.chdir(photos)
    shared = {"cluster": local, "shared_disk": True}
    made = dream_many("0.png", {"mixed1": 1}, output=tmp_path / "a", **shared, **options())
    assert made.done == 1 and tasks[-1].image == str(photos / "0.png")
    made = dream_many("0.png", {"mixed1": 1}, output=tmp_path / "b", cluster=local, **options())
    assert made.done == 1 and tasks[-1].image == (photos / "0.png").read_bytes()
    assert files(tmp_path / "a") == files(tmp_path / "b")


@pytest.mark.slow
def test_nobody_else_is_listened_to() -> None:
    with quiet(), client_of("local", 1, False) as client:
        me = psutil.Process()
        processes = [me, *me.children(recursive=True)]
        mine = [p for p in processes if p.pid == me.pid or _is_of(p, client)]
        heard = [
            c.laddr.ip for p in mine for c in p.net_connections() if c.status == psutil.CONN_LISTEN
        ]
        assert heard and set(heard) == {"127.0.0.1"}
        address = client.scheduler_info()["address"]
        assert address.startswith("tls://127.0.0.1:")
        with pytest.raises(Exception, match=r"(?i)tls|certificate|ssl|timed out|connect"):
            Client(address.replace("tls", "tcp"), timeout=3, set_as_default=False)


@pytest.mark.slow
def test_workers_of_our_own_keep_their_memory(local: Any) -> None:
    variables = local.run(lambda: dict(__import__("os").environ))
    assert len(variables) == 2
    for found in variables.values():
        assert found["OMP_NUM_THREADS"] == "1"  # Dask's own variables are there but for one
        assert not [name for name in found if name.startswith("MALLOC_")]


@pytest.mark.slow
def test_a_worker_that_is_given_up_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT", "100ms")
    with quiet(), client_of("local", 1, False) as client:
        before = client.run(os.getpid)
        client.retire_workers(list(before), close_workers=True)
        client.wait_for_workers(1, timeout=120)
        end = time.monotonic() + 120
        while not (after := client.run(os.getpid)) or after == before:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert len(after) == 1 and not set(after.values()) & set(before.values())


def _is_of(process: Any, client: Any) -> Any:
    """Whether a process is of this client's cluster; others of this program are of other tests."""
    ports = {address.rpartition(":")[2] for address in client.nthreads()}
    ports.add(client.scheduler_info()["address"].rpartition(":")[2])
    own = {str(c.laddr.port) for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
    return bool(own & ports)


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(local: Any, photos: Any, tmp_path: Path) -> None:
    seen = iter(
        dream_many(photos, {"mixed2": 1}, output=None, cluster=local, **options(iterations=9))
    )
    outcomes = [next(seen)]
    victim = next(iter(local.run(os.getpid).values()))
    psutil.Process(victim).kill()
    outcomes += seen
    assert [outcome.status for outcome in outcomes] == ["done"] * 5
    alone = dream(photos / "0.png", {"mixed2": 1}, **{**FEW, "iterations": 9})
    assert [o for o in outcomes if o.image.endswith("0.png")][0].dream.png() == alone.png()


@pytest.mark.slow
def test_a_picture_that_ends_two_workers_is_set_aside(
    local: Any, photos: Any, tmp_path: Path
) -> None:
    pictures = [ending.Deadly(), str(photos / "0.png")]
    summary = dream_many(
        pictures, {"mixed1": 1}, output=tmp_path / "out", cluster=local, **options()
    )
    assert (summary.done, summary.failed) == (1, 1)
    assert "2 workers ended over it" in summary.failures[0].why
    local.wait_for_workers(2, timeout=120)


@pytest.mark.slow
def test_a_worker_that_ends_while_it_is_asked_is_not_waited_for(local: Any, tmp_path: Path) -> None:
    local.wait_for_workers(2, timeout=120)
    lanes = clusters.ClusterLanes(local, None, False)
    assert len(lanes._asked(ending.first_ends, str(tmp_path / "ended"))) == 1
    assert (tmp_path / "ended").exists()
    local.wait_for_workers(2, timeout=120)


@pytest.mark.slow
def test_a_run_that_is_left_leaves_nothing_on_the_cluster(
    local: Any, photos: Any, toy_file: Any
) -> None:
    def left(dask_scheduler: Any = None) -> Any:
        tasks = [key for key in dask_scheduler.tasks if str(key).startswith("deepdreamr")]
        plugins = [name for name in dask_scheduler.worker_plugins if name.startswith("deepdreamr")]
        return tasks + plugins + list(dask_scheduler.extensions["events"]._events)

    def folders(dask_worker: Any = None) -> Any:
        return [path.name for path in Path(dask_worker.local_directory).glob("deepdreamr*")]

    seen = dream_many(
        photos, {"second": 1}, output=None, network=str(toy_file), cluster=local,
        **options(iterations=60),
    )  # fmt: skip
    assert next(seen).status == "done"
    assert local.run_on_scheduler(left) and all(local.run(folders).values())
    seen.close()
    end = time.monotonic() + 60
    while local.run_on_scheduler(left):  # what was begun is done
        assert time.monotonic() < end
        time.sleep(0.1)
    assert not any(local.run(folders).values())


def test_a_closed_client_is_told_so(photos: Any, tmp_path: Path, local: Any) -> None:
    client = Client(
        local.scheduler_info()["address"], security=local.security, set_as_default=False
    )
    client.close()
    with pytest.raises(WorkerError, match="the client of the cluster is closed"):
        dream_many(photos, {"mixed1": 1}, output=tmp_path / "out", cluster=client, **FEW)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_program_may_end_in_the_middle_of_an_iterator(photos: Any) -> None:
    code = (
        "from deepdreamr import dream_many\n"
        f"seen = dream_many({str(photos)!r}, {{'mixed1': 1}}, output=None, cluster='local',\n"
        "    workers=1, recipe='vivid', octaves=1, iterations=1)\n"
        "print(next(seen).status)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=200
    )
    assert (ended.stdout, ended.returncode) == ("done\n", 0), ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_a_lost_scheduler_ends_the_run_and_it_goes_on(
    local: Any, photos: Any, tmp_path: Path
) -> None:
    """On another cluster, with what was done before."""
    out = tmp_path / "out"
    slow = options(iterations=12)
    with quiet(), client_of("local", 1, False) as client:
        asked = ManyRequest(
            images=photos, layers={"mixed2": 1}, output=out, cluster=client,
            threads=slow["threads"],
            options={name: slow[name] for name in slow if name not in ("threads", "workers")},
        )  # fmt: skip
        outcomes = iter(ManyRun(asked))
        next(outcomes)
        port = int(client.scheduler_info()["address"].rpartition(":")[2])
        _listener(port).kill()
        start = time.monotonic()
        with pytest.raises(WorkerError, match=r"scheduler is lost. Start it again"):
            list(outcomes)
        assert time.monotonic() - start < 30  # as promised, and not a measure of speed
    done = len(files(out))
    assert 1 <= done < 5
    summary = dream_many(photos, {"mixed2": 1}, output=out, cluster=local, **slow)
    assert (summary.skipped, summary.done) == (done, 5 - done)


def _listener(port: Any) -> Any:
    for process in psutil.Process().children(recursive=True):
        if any(c.laddr.port == port and c.status == "LISTEN" for c in process.net_connections()):
            return process
    raise AssertionError(f"nobody listens at {port}")


@pytest.mark.slow
def test_a_cluster_that_does_not_come_up_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CIPHERS", "none-such")
    why = "a cluster on this machine cannot be started: .*No cipher"
    with pytest.raises(WorkerError, match=why), local_cluster(1):
        pass


@pytest.mark.slow
def test_a_cluster_ends_with_the_one_that_started_it() -> None:
    code = (  # no `if __name__ == "__main__"`
        "import time; from deepdreamr.many.house import local_cluster\n"
        "with local_cluster(2): print('up', flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    driver = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    )
    with driver:
        assert present(driver.stdout).readline() == "up\n"
        started = psutil.Process(driver.pid).children(recursive=True)
        driver.kill()
    assert len(started) >= 3  # the house and its workers
    assert not psutil.wait_procs(started, timeout=30)[1]


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Schedulers of somebody else's, each with one worker: scheme → address, and certificates."""
    folder = tmp_path_factory.mktemp("foreign")
    security = Security.temporary()
    (folder / "cert.pem").write_text(security.tls_client_cert)
    (folder / "key.pem").write_text(security.tls_client_key)
    tls = [f"--tls-ca-file={folder}/cert.pem", f"--tls-cert={folder}/cert.pem"]
    tls.append(f"--tls-key={folder}/key.pem")
    processes, addresses = [], {}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    quietly: dict[str, Any] = {
        "env": environment,
        "stderr": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
    }
    try:
        for scheme, more in (("tls", tls), ("tcp", [])):
            found = folder / f"{scheme}.json"
            command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
            command += [f"--protocol={scheme}", "--host=127.0.0.1", "--port=0", "--no-dashboard"]
            command += [f"--scheduler-file={found}", *more]
            processes.append(subprocess.Popen(command, **quietly))
            worker = [sys.executable, "-m", "distributed.cli.dask_worker"]
            worker += [f"--scheduler-file={found}", "--nthreads=2", "--no-dashboard", "--no-nanny"]
            worker += ["--host=127.0.0.1", f"--local-directory={folder}", *more]
            processes.append(subprocess.Popen(worker, **quietly))
            addresses[scheme] = _address(found)
        yield addresses, folder
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _address(path: Any) -> Any:
    import json

    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return json.loads(path.read_text())["address"]
        except (OSError, ValueError):
            time.sleep(0.1)
    raise AssertionError("the scheduler does not start")


@pytest.mark.slow
def test_tls_with_certificates_of_the_configuration(
    foreign: Any, photos: Any, tmp_path: Path
) -> None:
    import dask

    addresses, folder = foreign
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    places = {"ca-file": cert, "client.cert": cert, "client.key": key}
    pem = {f"distributed.comm.tls.{name}": value for name, value in places.items()}
    more = options(workers=1, cluster=addresses["tls"])
    with dask.config.set(pem):
        summary = dream_many(photos, {"mixed1": 1}, output=tmp_path / "out", **more)
    assert (summary.done, summary.workers) == (5, 1)
    with pytest.raises(ArgumentError, match=r"cannot be reached.*DASK_DISTRIBUTED__COMM__TLS"):
        dream_many(photos, {"mixed1": 1}, output=tmp_path / "other", **more)
    with (
        dask.config.set({name: str(folder / "none.pem") for name in pem}),
        pytest.raises(ArgumentError, match=r"No such file.*DASK_DISTRIBUTED__COMM__TLS"),
    ):
        dream_many(photos, {"mixed1": 1}, output=tmp_path / "other", **more)


@pytest.mark.slow
def test_a_plan_counts_the_workers_of_a_cluster(local: Any, photos: Any, tmp_path: Path) -> None:
    asked = ManyRequest(
        images=photos, layers={"mixed1": 1}, output=tmp_path / "out", cluster=local, options=FEW
    )
    plan = plan_many(ManyRun(asked))
    assert (plan.workers, plan.todo) == (2, 5) and plan.memory and not plan.problems
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_plain_tcp_only_where_it_is_allowed(foreign: Any, photos: Any, tmp_path: Path) -> None:
    address = foreign[0]["tcp"]
    more = options(workers=1, cluster=address, output=tmp_path / "out")
    with pytest.raises(ArgumentError, match=r"is not encrypted: whoever.*`insecure_cluster`"):
        dream_many(photos, {"mixed1": 1}, **more)
    summary = dream_many(photos, {"mixed1": 1}, insecure_cluster=True, **more)
    assert summary.done == 5
    with pytest.raises(WorkerError, match=r"threads already, not with"):  # it has computed by now
        dream_many(
            photos, {"mixed1": 1}, insecure_cluster=True,
            **{**more, "threads": compute_threads() + 1, "output": tmp_path / "b"},
        )  # fmt: skip


def test_what_is_no_cluster(photos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(error: Any, words: Any, **more: Any) -> None:
        with pytest.raises(error, match=words):
            dream_many(photos, {"mixed1": 1}, output=tmp_path / "out", **options(**more))

    refused(ArgumentError, r"must be 'local' or an address such as 'tls://", cluster="nonsense")
    refused(ArgumentError, r"must be 'local' or an address", cluster="http://a:1")
    for address in ("tls://127.0.0.1", "tls://a b:1", "tls://a:70000"):
        refused(ArgumentError, r"must be 'local' or an address", cluster=address)
    refused(ArgumentError, r"must be 'local', an address or a Dask cluster", cluster=7)
    refused(ArgumentError, r"must be 'local', an address or a Dask cluster", cluster=LocalCluster)
    with pytest.raises(ArgumentError, match=r"must be 'local' or an address"):  # at once
        dream_many(photos, {"mixed1": 1}, output=None, cluster="nonsense", **FEW)
    assert not (tmp_path / "out").exists()
    refused(ArgumentError, r"cannot both be given", cluster="local", executor=object())
    refused(ArgumentError, r"`insecure_cluster` must be", cluster="local", insecure_cluster="yes")
    monkeypatch.setattr(connecting, "CONNECTING", 2.0)
    nowhere = {"cluster": "tcp://127.0.0.1:9", "insecure_cluster": True}
    refused(WorkerError, r"no scheduler answers at 'tcp://127.0.0.1:9'", **nowhere)
    found = importlib.util.find_spec
    with monkeypatch.context() as patched:
        patched.setattr(
            importlib.util, "find_spec", lambda name: None if "crypto" in name else found(name)
        )
        refused(BackendError, r"pip install \"deepdreamr\[cluster\]\"", cluster="local")
    monkeypatch.setitem(sys.modules, "deepdreamr.many.clusters", None)
    refused(BackendError, r"pip install \"deepdreamr\[cluster\]\"", cluster="local")


def test_workers_must_be_alike() -> None:
    def machine(**more: Any) -> Any:
        versions = {**describing_versions(), **more.pop("versions", {})}
        return {"versions": versions, "device": "cpu", "processor": "x", "threads": 1, **more}

    good = machine()
    assert alike({"a": good, "b": machine()}, 1, False) == good
    for there, words in (
        (machine(threads=2), r"b computes with 2 threads already, not with 1"),
        (machine(versions={"tensorflow": "2.0"}), r"b has tensorflow 2.0, and this is .*Install"),
        (machine(versions={"deepdreamr": "0.1.0"}), r"b has deepdreamr 0.1.0"),
        (machine(processor="y"), r"b is not like a: processor was x, is y. Pixels may differ"),
    ):
        with pytest.raises(WorkerError, match=words):
            alike({"a": good, "b": there}, 1, False)
    assert alike({"a": good, "b": machine(processor="y")}, 1, True) == good
    assert alike({"a": good, "b": machine(versions={"numpy": "1"})}, 1, True) == good
    with pytest.raises(WorkerError, match="deepdreamr 0.1.0"):  # which may not even understand it
        alike({"a": machine(versions={"deepdreamr": "0.1.0"})}, 1, True)
    with pytest.raises(WorkerError, match="began on another machine: device was gpu, is cpu"):
        check_before({**good, "device": "gpu"}, good, False)


def describing_versions() -> Any:
    """The versions of this process."""
    from deepdreamr.runs.describing import versions
    from deepdreamr.version import version

    return {"deepdreamr": version(), **versions()}


def test_what_is_sent_of_a_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "guide.png").write_bytes(b"picture")
    (tmp_path / "vgg16").write_bytes(b"not the network of that name")
    monkeypatch.chdir(tmp_path)
    registered: list[Any] = []
    sender = Sender(registered.append)
    asked = Request(
        network="model", guide=Path("guide.png"), mask="alpha", masks=[("guide.png", {"a": 1})]
    )
    made = sender.request(asked)
    assert isinstance(made.network, Sent) and made.network.name == "model"
    assert (made.guide, made.mask, made.masks) == (b"picture", "alpha", [(b"picture", {"a": 1})])
    assert made.weights == "auto" and sender.request(asked) is made
    sender.request(Request(network="model", weights=str(tmp_path / "model" / "saved_model.pb")))
    assert len(registered) == 2  # the folder once
    with pytest.raises(WorkerError, match="'model' has not come to this worker"):
        os.fspath(made.network)
    worker = type("Worker", (), {"local_directory": str(tmp_path / "worker")})()
    registered[0].setup(worker)
    assert (Path(made.network) / "saved_model.pb").read_bytes() == b"graph"
    registered[0].teardown(worker)
    assert not list((tmp_path / "worker").iterdir())
    assert sender.request(Request(network="vgg16")).network == "vgg16"
    whole = absolute(asked)
    assert whole.network == str(tmp_path / "model") and whole.mask == "alpha"
    for word in ("auto", "alpha", "VGG16"):  # which are meant, whatever lies here
        (tmp_path / word).write_bytes(b"no picture and no network")
    words = Request(network="VGG16", mask="alpha")
    assert sender.request(words) == words and len(registered) == 2
    with pytest.raises(NetworkError, match=r"holds no SavedModel"):  # and is not sent
        Files(tmp_path)
