"""One part of an experiment: its own numbers, its own observations, its own error."""

import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from tinystack.lab import problems
from tinystack.lab.evidence import MAX_TEXT, encode, encoded_list, part_text
from tinystack.lab.recording import Array, RateRecorder, Recorder, flat, numbers
from tinystack.lab.time_limit import OutOfTime, TooManyUpdates, time_limit

LIBRARIES = (
    "tinystack",
    "site-packages",
    "dist-packages",
    str(Path(os.__file__).parent),
    "<frozen",
    "<__array_function__",
)
"""What a file's name holds that is not the student's."""

HISTORY = ("train_loss", "eval_loss", "learning_rates")
"""What a history has by the contract."""

OPTIONAL_SECONDS = 0.5
"""CPU time of a block that may fail: some hundred times what a correct trainer needs for a few batches."""

MOST_ENTRIES = 60
"""Entries of a history that are noted; a trainer of an experiment has a tenth of that."""


def _first(entries: Any) -> Any:
    is_long = isinstance(entries, (list, tuple, np.ndarray)) and len(entries) > MOST_ENTRIES
    return entries[:MOST_ENTRIES] if is_long else entries


def _shared_folder() -> Path:
    """Where parts have their folders. In memory, if the system can: folders on a disk cost milliseconds."""
    return Path("/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else tempfile.gettempdir())


def _is_students(filename: str) -> bool:
    return not any(library in filename for library in LIBRARIES)


def describe(error: BaseException, own_file: str = "") -> dict[str, str]:
    """Return type, message and place of an error: the last line of the student's own code on the way to it.

    own_file: what the code of the experiment itself is filed under; it is no place for a student to look.
    """
    trace = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in trace if _is_students(frame.filename) and frame.filename != own_file]
    where = f"line {frames[-1].lineno}, in {frames[-1].name}" if frames else ""
    return {
        "type": type(error).__name__[:MAX_TEXT],
        "message": str(error)[:MAX_TEXT],
        "where": where[:MAX_TEXT],
    }


class Part:
    """Gives a part its problems, drives a trainer through it, and keeps what was observed."""

    def __init__(self, stack: Any, rng: np.random.Generator, mark: Array, own_file: str = "") -> None:
        self._stack = stack
        self._recorders: dict[str, RateRecorder] = {}
        self._observed: dict[str, str | list[str]] = {}
        self._folder: Path | None = None
        self.rng = rng
        self._own_file = own_file
        self.observe("drawn", mark)
        self.error: dict[str, str] | None = None

    @contextmanager
    def optional(self) -> Iterator[None]:
        """Do what another experiment looks at: an error in it, or a loop without an end, is noted nowhere."""
        with suppress(Exception, SystemExit, OutOfTime, TooManyUpdates), time_limit(OPTIONAL_SECONDS):
            yield

    def draw(self, low: float, high: float) -> float:
        """Draw one number, evenly between low and high."""
        return float(self.rng.uniform(low, high))

    def footprints(
        self,
        batches: int = 0,
        sizes: tuple[float, ...] = (),
        last_loss: float | None = None,
        traced: bool = False,
        last_rows: int = problems.ROWS,
    ) -> problems.Problem:
        """Batches that leave footprints in the gradient: small ones of either sign, or about the sizes given.

        last_loss: sets the first parameters so that the loss of the last batch has about this sign and size.
        traced: `propagated` can tell which losses were propagated back. last_rows: rows of the last batch.
        """
        if sizes:
            weights = np.array(sizes) * self.rng.uniform(0.9, 1.1, len(sizes))
        else:
            weights = self.rng.uniform(0.2, 0.5, batches) * problems.draw_signs(self.rng, batches)
        problem = problems.footprints(self._stack, weights, traced, last_rows)
        problems.draw_parameters(problem.model, self.rng, min(0.5, 1.0 / np.sqrt(len(weights))))
        if last_loss is not None:
            problems.set_last_loss(problem.model, last_loss / weights[-1])
        self.observe("footprints", weights)
        return problem

    def regression(self, batches: int) -> problems.Problem:
        """Noise-free linear regression; its true weights and bias are noted."""
        problem, truth = problems.regression(self._stack, self.rng, batches)
        self.observe("true_parameters", truth)
        return problem

    def xor(self, batches: int) -> problems.Problem:
        """A classification that no linear model can learn."""
        return problems.xor(self._stack, self.rng, batches)

    def draw_state(self, model: Any) -> Any:
        """Give a model drawn parameters and running statistics, and return it."""
        model.load_state_dict(
            {name: self.rng.uniform(0.2, 1.2, np.shape(v)) for name, v in model.state_dict().items()}
        )
        return model

    def labelled(self, model: Any, misses: list[tuple[int, ...]], kind: str) -> list[problems.Batch]:
        """Batches with labels that lie `misses` classes beside what the model says: 0 is a hit."""
        return problems.labelled(self._stack, self.rng, model, misses, kind)

    def folder(self) -> Path:
        """A folder of this part's own, which goes away with the part."""
        if self._folder is None:
            self._folder = _shared_folder() / f"tinystack-{os.urandom(4).hex()}"
            self._folder.mkdir(mode=0o700)
        return self._folder

    def error_of(self, call: Callable[..., Any], *arguments: Any) -> str | None:
        """Call something that should raise an error; return the error's name, None where there is none."""
        try:
            call(*arguments)
        except (Exception, SystemExit) as error:
            return type(error).__name__
        return None

    def tensor(self, *shape: int) -> Any:
        """A Tensor of normal numbers."""
        return self._stack.Tensor(self.rng.normal(0.0, 1.0, shape))

    def loader(self, batches: list[problems.Batch]) -> problems.Loader:
        """A dataloader with nothing but `__iter__`, over what the list holds when it is walked."""
        return problems.Loader(batches)

    def rate_table(self, epochs: int, zero: int | None = None) -> problems.RateTable:
        """A scheduler with a rate for each epoch, in no order, and one more for all epochs after.

        zero: an epoch whose rate is 0.
        """
        rates = 0.05 * 1.5 ** self.rng.permutation(epochs + 1) * self.rng.uniform(0.9, 1.1, epochs + 1)
        if zero is not None:
            rates[zero] = 0.0
        self.observe("table", rates)
        return problems.RateTable(rates)

    def watch(self, optimizer: Any, name: str = "") -> Any:
        """Record every step of an optimizer, and return it."""
        self._recorders[name] = Recorder(optimizer)
        return optimizer

    def count(self, optimizer: Any, name: str = "") -> Any:
        """Record the rate of every step of an optimizer, which also counts the steps, and return it."""
        self._recorders[name] = RateRecorder(optimizer)
        return optimizer

    def observe(self, name: str, value: Any) -> None:
        """Note a value as evidence. It is copied now, so that later changes do not show."""
        self._observed[name] = encode(value)

    def append(self, name: str, value: Any) -> None:
        """Note one more value of a list.

        Raises:
            TypeError: something was observed under this name.
        """
        items = self._observed.setdefault(name, [])
        if isinstance(items, str):
            raise TypeError(f"{name!r} was observed already: it is one value, and no list to append to")
        items.append(encode(value))

    def epoch(self, trainer: Any, loader: Any, name: str = "", **options: Any) -> None:
        """Train one epoch; note what was returned, the counters, and the updates so far, if recorded."""
        returned = trainer.train_epoch(loader, **options)
        self.append(f"{name}returned", returned)
        self.append(f"{name}step", getattr(trainer, "step", None))
        self.append(f"{name}epoch", getattr(trainer, "epoch", None))
        if name in self._recorders:
            self.append(f"{name}updates", len(self._recorders[name].rates))

    def state(self, name: str, trainer: Any) -> None:
        """Note a trainer's parameters, running statistics, optimizer's state and rate, and counters."""
        self.model_state(name, trainer)
        self.append(f"{name}optimizer", numbers(trainer.optimizer.state_dict()))
        self.counters(name, trainer)

    def model_state(self, name: str, trainer: Any) -> None:
        """Note parameters, running statistics and the optimizer's rate, as they are now."""
        self.append(f"{name}model", numbers(trainer.model.state_dict()))
        self.append(f"{name}rate", trainer.optimizer.lr)

    def history(self, trainer: Any) -> Any:
        """Return a trainer's history for evidence, of a few entries as it is.

        Of further keys, which are free, that they are there; of a list that many share, its first entries.
        """
        history = getattr(trainer, "history", None)
        if not isinstance(history, Mapping):
            return history
        return {name: _first(entries) if name in HISTORY else None for name, entries in history.items()}

    def parameters(self, name: str, model: Any) -> None:
        """Note the parameters of a model as they are now."""
        self.append(name, flat(model.parameters()))

    def gradients(self, name: str, parameters: list[Any]) -> None:
        """Note the gradients of some parameters as they are now; a missing one is noted as such."""
        self.append(name, [None if p.grad is None else np.asarray(p.grad) for p in parameters])

    def propagated(self, problem: problems.Problem) -> None:
        """Note the largest gradient that has reached the inputs of each batch, 0 where none has."""
        gradients = [numbers(inputs.grad) for inputs, _ in problem.batches]
        self.observe("propagated", np.array([np.abs(gradient).max(initial=0.0) for gradient in gradients]))

    def counters(self, name: str, trainer: Any) -> None:
        """Note a trainer's `epoch` and `step`, as they are now."""
        self.append(f"{name}counters", [getattr(trainer, "epoch", None), getattr(trainer, "step", None)])

    def statistics(self, name: str, model: Any) -> None:
        """Note the model's running statistics as they are: what its state holds besides its parameters."""
        parameters = {np.asarray(p.data).tobytes() for p in model.parameters()}
        running = [
            array for _, array in sorted(model.state_dict().items()) if array.tobytes() not in parameters
        ]
        self.append(name, numbers(running))

    def evidence(self) -> str:
        """Return error and observations of this part as JSON text, in the schema of the evidence."""
        for name, recorder in self._recorders.items():
            for column, values in recorder.observed().items():
                self.observe(name + column, values)
        observed = {
            name: value if isinstance(value, str) else encoded_list(value)
            for name, value in self._observed.items()
        }
        return part_text(self.error, observed)

    def __enter__(self) -> "Part":
        self._limit = time_limit()
        self._limit.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._limit.__exit__(None, None, None)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if error is None:
            return False
        self.error = describe(error, self._own_file)
        return True
