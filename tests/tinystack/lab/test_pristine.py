"""Inside of an experiment the framework is as it was handed out; afterwards it is the notebook's again."""

from __future__ import annotations

import pytest

from tinystack import SGD, Linear, Tensor
from tinystack.lab.pristine import pristine


class Agreeable:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


def replaced(*args, **kwargs):
    return None


@pytest.mark.parametrize("value", [replaced, Agreeable(), None])
def test_a_replaced_method_is_put_back_for_an_experiment_alone(monkeypatch, value):
    original = vars(SGD)["_update"]
    monkeypatch.setattr(SGD, "_update", value)
    with pristine({}):
        assert vars(SGD)["_update"] is original
    assert vars(SGD)["_update"] is value


def test_an_attribute_added_in_place_of_another_is_seen(monkeypatch):
    original = vars(Linear)["forward"]
    monkeypatch.delattr(Linear, "forward")
    monkeypatch.setattr(Linear, "backward", original, raising=False)
    with pristine({}):
        assert vars(Linear)["forward"] is original and "backward" not in vars(Linear)
    assert vars(Linear)["backward"] is original and "forward" not in vars(Linear)


def test_what_an_experiment_changed_does_not_stay():
    original = vars(Tensor)["__add__"]
    with pristine({}):
        Tensor.__add__ = replaced
        Tensor.more = 1
    assert vars(Tensor)["__add__"] is original and "more" not in vars(Tensor)


def test_names_of_the_framework_are_put_back_where_they_are(monkeypatch):
    namespace = {"SGD": "mine", "other": "mine too"}
    with pristine(namespace):
        assert namespace == {"SGD": SGD, "other": "mine too"}
    assert namespace == {"SGD": "mine", "other": "mine too"}
