"""TensorFlow and Keras in surroundings that are not the usual ones: settings, environment, home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from toys import frozen, saved, small_model, written

import deepdreamr
from deepdreamr.backend import import_keras, keras_defaults, keras_folder, traced
from deepdreamr.errors import BackendError, NetworkError, WeightsError
from deepdreamr.looking.gradient import loss_and_gradient
from deepdreamr.networks.downloads import cache_folder
from deepdreamr.networks.loading import layer_names, load_network
from deepdreamr.networks.sources import find_network

PACKAGE = Path(deepdreamr.__file__).parents[1]


def shell(
    *arguments: object, cwd: Path, bare: bool = False, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; `bare`, as a user of no name, without a home."""
    code = "import sys; from deepdreamr.front.cli import main; sys.exit(main(sys.argv[1:]))"
    if bare:  # as where the user has no entry in passwd: neither HOME nor the system knows a home
        code = "import os; os.path.expanduser = lambda path: path\n" + code
    kept = ("PATH", "LD_LIBRARY_PATH") if bare else os.environ
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    environment |= {"PYTHONPATH": str(PACKAGE), "CUDA_VISIBLE_DEVICES": "-1", **variables}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(small_model(), tmp_path_factory.mktemp("model") / "model.keras")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a `keras.json`; the variable that names its folder."""

    def write(text: str) -> str:
        folder = tmp_path / "home"
        folder.mkdir(exist_ok=True)
        (folder / "keras.json").write_text(text)
        return str(folder)

    return write


@pytest.mark.slow
@pytest.mark.parametrize("file", ["keras", "graph"])
def test_layers_of_a_file_are_listed_without_a_word_of_tensorflow(
    file: str, model: Path, tmp_path: Path, settings: Any
) -> None:
    if file == "keras":  # where all that a user can set is set
        wrong = {"backend": "theano", "image_data_format": "channels_first", "epsilon": 0.5}
        home = settings(json.dumps({**wrong, "floatx": "float16"}))
        done = shell("layers", model, cwd=tmp_path, KERAS_HOME=home, KERAS_BACKEND="torch")
    else:
        path = written(frozen(small_model()), tmp_path / "graph.pb")
        done = shell("layers", path, cwd=tmp_path, bare=True)
        assert not (tmp_path / "~").exists()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 2


@pytest.mark.slow
@pytest.mark.parametrize("text", ['{"floatx": "float8"}', "[]"])
def test_settings_that_nobody_can_use_get_one_line(
    text: str, model: Path, tmp_path: Path, settings: Any
) -> None:
    home = settings(text)
    done = shell("layers", model, cwd=tmp_path, KERAS_HOME=home)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: TensorFlow cannot be imported: ")
    assert f"{home}/keras.json" in done.stderr


@pytest.fixture
def odd() -> Iterator[Any]:
    """A session with other settings than Keras's own, until the test ends."""
    config = keras.config
    changed = {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 0.5}
    changed |= {"dtype_policy": keras.DTypePolicy("mixed_float16")}
    before = {name: getattr(config, name)() for name in changed}
    for name, value in changed.items():
        getattr(config, f"set_{name}")(value)
    yield lambda: {name: getattr(config, name)() for name in changed} == changed
    for name, value in before.items():
        getattr(config, f"set_{name}")(value)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fast", "keras"])
@pytest.mark.parametrize("network", ["mobilenet", "inception_v3"])
def test_a_session_s_settings_change_no_network(
    engine: str, network: str, request: pytest.FixtureRequest
) -> None:
    image = np.random.default_rng(0).integers(0, 256, (75, 80, 3), np.uint8)
    layers = {"conv_pw_3_relu" if network == "mobilenet" else "mixed0": 1.0}
    weights = "untrained" if network == "mobilenet" else "auto"
    call = {"network": network, "weights": weights, "engine": engine, "seed": 1}

    def numbers() -> Any:
        from deepdreamr.networks.loaded import loaded_network

        loaded_network.cache_clear()
        return loss_and_gradient(image, layers, **call)

    (loss, gradient), untouched = numbers(), request.getfixturevalue("odd")
    other, same = numbers()
    assert other == loss
    np.testing.assert_array_equal(same, gradient)
    assert untouched()


def test_a_file_is_read_as_it_was_written(model: Path, odd: Any) -> None:
    network = load_network(model)
    kernel = next(
        network.parameters(node.name)["kernel"] for node in network.nodes if node.op == "conv"
    )
    assert kernel.dtype == np.float32 and odd()


def test_settings_come_back_after_an_error(odd: Any) -> None:
    with pytest.raises(ZeroDivisionError), keras_defaults():
        assert keras.config.image_data_format() == "channels_last"
        raise ZeroDivisionError
    assert odd()


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("sizes differ", "sizes differ"),
        ("first\nlast [[{{node a/b}}]]", "last"),
        ("", "ValueError"),
        ("[[{{node a/b}}]]", "{{node a/b}}"),
    ],
)
def test_what_cannot_be_computed_is_told_in_a_line(message: str, told: str) -> None:
    def fail(x: tf.Tensor) -> tf.Tensor:
        raise ValueError(message)

    with pytest.raises(NetworkError) as caught:
        traced(fail, [tf.TensorSpec(())])(tf.constant(0.0))
    assert told in caught.value.message.partition("this network: ")[2]


def test_keras_on_something_else_is_named(monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    own = small_model()
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    for network in ("mobilenet", model, own):
        with pytest.raises(BackendError, match="Keras runs on torch .* KERAS_BACKEND"):
            layer_names(network)
    assert layer_names("inception_v3")[-1] == "mixed10"  # it needs no Keras


def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("torch", None):
        if value:
            monkeypatch.setenv("KERAS_BACKEND", value)
        else:
            monkeypatch.delenv("KERAS_BACKEND")
        assert import_keras() is keras and os.environ.get("KERAS_BACKEND") == value


@pytest.mark.parametrize("raises", [True, False])
def test_without_a_home_there_is_a_line_and_no_folder(
    raises: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import platformdirs

    def user_cache_dir(*_: object, **__: object) -> str:
        if raises:
            raise RuntimeError("could not determine the home directory")
        return "~/.cache/deepdreamr"

    monkeypatch.setattr(platformdirs, "user_cache_dir", user_cache_dir)
    for name in ("DEEPDREAMR_CACHE", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WeightsError, match="no home folder .* DEEPDREAMR_CACHE"):
        cache_folder()
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert keras_folder() == Path("/tmp/.keras")


def test_a_home_of_nobody_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(deepdreamr.DeepDreamError, match="there is no file '~no-such-user/x.keras'"):
        find_network("~no-such-user/x.keras")
    with pytest.raises(WeightsError, match="~no-such-user/x.h5"):
        find_network("mobilenet", weights="~no-such-user/x.h5")


@pytest.mark.slow
def test_a_dream_without_a_home_leaves_nothing_but_its_picture(tmp_path: Path) -> None:
    Image.fromarray(np.full((96, 96, 3), 99, np.uint8)).save(tmp_path / "in.png")
    options = ["--layers", "mixed0", "--octaves", 1, "--iterations", 1]
    done = shell("dream", "in.png", "-o", "out.png", *options, cwd=tmp_path, bare=True)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]


# ---- Forks ---------------------------------------------------------------------------------------

FORKING = """
import os, sys, numpy as np
picture, how = np.full((96, 96, 3), 99, np.uint8), sys.argv[1]

def see(call):
    import deepdreamr
    arguments = {"octaves": 1, "iterations": 1} if call != "feature_maps" else {}
    layers = "mixed0" if call == "feature_maps" else {"mixed0": 1.0}
    return getattr(deepdreamr, call)(picture, layers, **arguments)

if how == "imported":
    import tensorflow
elif how == "computed":
    import tensorflow as tf
    tf.ones((300, 300)) @ tf.ones((300, 300))
elif how == "dreamed":
    [see(call) for call in ("dream", "feature_maps", "gradient_picture")]
child = os.fork()
if child == 0:
    for call in ("dream", "feature_maps", "gradient_picture", "loss_and_gradient", "layer_sheet"):
        try:
            see(call)
            print("seen")
        except Exception as error:
            print(type(error).__name__, error)
        if how == "imported":
            break
    sys.stdout.flush()
    os._exit(0)
sys.exit(os.waitpid(child, 0)[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize(("how", "calls"), [("imported", 0), ("computed", 5), ("dreamed", 5)])
def test_a_fork_of_what_has_computed_says_so_at_once(how: str, calls: int) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKING, how]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    lines = result.stdout.splitlines()
    said = "ForkedError this process was forked from one in which TensorFlow had computed"
    assert len(lines) == max(calls, 1)
    assert all(line.startswith(said if calls else "seen") for line in lines), lines
