"""Files that are no models, or damaged ones: one line of text, never another exception."""

from pathlib import Path

import numpy as np
import pytest

from celosia.compiler.tflite_import import ModelError, import_model, import_tflite
from tests.importer.patching import tensor, with_vector_element
from tests.zoo import ZOO

TENSOR_SHAPE = 0  # the field's number in the schema


@pytest.fixture(scope="module")
def intact() -> bytes:
    return ZOO["mobilenet_v2_block"](1)


def error_of(content: bytes) -> str:
    with pytest.raises(ModelError) as caught:
        import_model(content, name="model")
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


def is_imported(content: bytes) -> bool:
    """Whether it passes; anything but :class:`ModelError` is a failure of the test."""
    try:
        import_model(content, name="model")
    except ModelError:
        return False
    return True


def test_intact_model_is_imported(intact: bytes) -> None:
    assert is_imported(intact)


def test_empty_file() -> None:
    assert error_of(b"") == "the file is empty"


@pytest.mark.parametrize(
    "content", [b"hello", b"a,b,c\n1,2,3\n" * 50, bytes(1000), b"PK\x03\x04" + bytes(99)]
)
def test_other_files(content: bytes) -> None:
    assert error_of(content) == "not a TFLite model (the identifier TFL3 is missing)"


def test_header_alone() -> None:
    assert error_of(b"\x10\x00\x00\x00TFL3") == "the file is damaged or cut short: it ends in its header"


def test_cut_short_anywhere(intact: bytes) -> None:
    """No prefix imports, up to the padding at the end."""
    for size in range(0, len(intact) - 64, 211):
        assert not is_imported(intact[:size]), size


def test_vector_longer_than_the_file(intact: bytes) -> None:
    length = with_vector_element(intact, tensor(0), TENSOR_SHAPE, -1, "I", 0x7FFFFFFF)
    assert error_of(length) == "the file is damaged or cut short: a vector is longer than the file"


def test_random_damage(intact: bytes) -> None:
    seed = 41
    rng = np.random.default_rng(seed)
    imported = 0
    for _ in range(600):
        content = bytearray(intact)
        for position in rng.integers(8, len(content), rng.integers(1, 40)):
            content[position] = rng.integers(0, 256)
        imported += is_imported(bytes(content))
    assert 0 < imported < 600, f"seed {seed}: the damage must matter sometimes, and not always"


def test_random_damage_to_offsets(intact: bytes) -> None:
    """Whole words of all ones, of the sign bit, and of small numbers, near the tables."""
    seed = 42
    rng = np.random.default_rng(seed)
    imported = 0
    for _ in range(600):
        content = bytearray(intact)
        position = int(rng.integers(0, len(content) // 4)) * 4
        word = rng.choice([0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 0, 4, len(content)])
        content[position : position + 4] = int(word).to_bytes(4, "little")
        imported += is_imported(bytes(content))
    assert 0 < imported < 600, f"seed {seed}: the damage must matter sometimes, and not always"


def test_message_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.tflite"
    path.write_text("not a model")
    with pytest.raises(ModelError, match=r"^.*notes\.tflite: not a TFLite model"):
        import_tflite(path)


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        import_tflite(tmp_path / "missing.tflite")
    with pytest.raises(IsADirectoryError):
        import_tflite(tmp_path)
