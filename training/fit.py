"""Fit one member: the loop, plain. Seeded, resumes after a kill, keeps the epoch that does best on validation."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from training import metrics
from training.kept import check_network, log_epoch, room_for, save_weights, write_whole
from training.mean import RunningMean
from training.recipe import Recipe

LEAST_TO_JUDGE = 20
"""Validation films that a finding needs to have a say in choosing the epoch."""

JUDGED_SHARE = 0.8
"""From this share of a fit on every epoch is judged: the rate falls along a cosine, so the best are the last."""

JUDGED_EVERY = 5
"""Before, every so many epochs, to see how it goes: judging costs a third of an epoch."""

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Inputs (films, side, side, channels) and what each may show (films, n), or what else a loss wants of each."""

MakeBatch = Callable[[int], Batch]
"""Makes the batch of a step from the step's number alone, so that a fit that was killed goes on the same."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Ready inputs (films, side, side, channels) and what each film may show, to judge an epoch by; `views` of them are
    of one film."""

    inputs: NDArray[np.float32]
    allowed: NDArray[np.float32]
    views: int = 1


Loss = Callable[[dict[str, tf.Tensor], tf.Tensor], tf.Tensor]
"""A model's outputs and what a batch wants -> what to make small."""

Judge = Callable[[keras.Model], float]
"""How well a model does on validation, 0..1."""


def fit(
    recipe: Recipe,
    model: keras.Model,
    make: MakeBatch,
    steps: int,
    judge: Judge,
    folder: Path,
    loss: Loss | None = None,
) -> None:
    """Fit `model` in place, `steps` batches an epoch; leave `best.weights.h5`, `fit.json` (history), `fit.log` and
    `tensorboard/` in `folder`.

    Killed and called again, it goes on after the last whole epoch. The best epoch is the one that does best on
    validation of those that are judged; the last one always is. Without a `loss` it is `partial_label_loss`. Raises
    DataError when an epoch cannot be kept, the disk being full: the epochs before it are; and where the folder keeps
    another network's.
    A recipe with a running mean falls to no lower rate, and it is the mean that is judged and kept.
    """
    check_network(recipe, folder)
    folder.mkdir(parents=True, exist_ok=True)
    lowest = 1.0 if recipe.running_mean else 0.01
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, recipe.epochs * steps, alpha=lowest, warmup_target=recipe.learning_rate, warmup_steps=steps
    )
    mean = RunningMean(model, recipe.running_mean) if recipe.running_mean else None
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, clipnorm=1.0)
    optimizer.build(model.trainable_variables)
    epoch_variable = tf.Variable(0, dtype=tf.int64)
    # A model's checkpoint leaves out what its dropout draws by, and a fit that goes on would draw otherwise.
    lots = [layer.seed_generator.state.value for layer in model.layers if getattr(layer, "seed_generator", None)]
    followed, kept = ({"mean": mean}, mean.in_place) if mean else ({}, nullcontext)
    checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer, epoch=epoch_variable, lots=lots, **followed)
    manager = tf.train.CheckpointManager(checkpoint, str(folder / "checkpoint"), max_to_keep=1)
    history: list[dict[str, float]] = []
    if manager.latest_checkpoint and (folder / "fit.json").is_file():
        checkpoint.restore(manager.latest_checkpoint)
        history = json.loads((folder / "fit.json").read_text())["history"][: int(epoch_variable)]
    step = _step(model, optimizer, loss or _finding_loss(recipe), mean)
    with room_for(folder, int(epoch_variable)):
        board = tf.summary.create_file_writer(str(folder / "tensorboard"))
    with ThreadPoolExecutor(2) as pool, board.as_default():
        for epoch in range(int(epoch_variable), recipe.epochs):
            bar = tqdm(
                _ahead(pool, make, range(epoch * steps, (epoch + 1) * steps)),
                total=steps,
                desc=f"{recipe.name} {epoch + 1}/{recipe.epochs}",
            )
            losses = [float(step(inputs, allowed)) for inputs, allowed in bar]
            history.append({"loss": float(np.mean(losses))})
            judged = _is_judged(epoch, recipe.epochs)
            if judged:
                with kept():
                    history[-1]["validation_balanced_accuracy"] = judge(model)
            bar.set_postfix({name: f"{value:.3f}" for name, value in history[-1].items()})
            bar.close()
            epoch_variable.assign(epoch + 1)
            with room_for(folder, epoch):
                if judged and _is_best(history):
                    with kept():
                        save_weights(model, folder / "best.weights.h5")
                write_whole(folder / "fit.json", json.dumps({"recipe": asdict(recipe), "history": history}, indent=1))
                manager.save()
                told = {**history[-1], "learning_rate": float(rate(optimizer.iterations))}
                log_epoch(folder / "fit.log", recipe, epoch, told)
                for name, value in told.items():
                    tf.summary.scalar(name, value, step=epoch + 1)
                board.flush()
    board.close()
    model.load_weights(folder / "best.weights.h5")


def _is_judged(epoch: int, epochs: int) -> bool:
    return (epoch + 1) % JUDGED_EVERY == 0 or epoch + 1 >= JUDGED_SHARE * epochs


def _is_best(history: list[dict[str, float]]) -> bool:
    reached = [line.get("validation_balanced_accuracy", 0.0) for line in history]
    return reached[-1] >= max(reached)


def _step(  # type: ignore[no-untyped-def]
    model: keras.Model, optimizer: keras.optimizers.Optimizer, loss: Loss, mean: RunningMean | None
):
    @tf.function
    def step(inputs: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = loss(model(inputs, training=True), wanted)
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        if mean:
            mean.follow()
        return value

    return step


def _finding_loss(recipe: Recipe) -> Loss:
    def loss(outputs: dict[str, tf.Tensor], allowed: tf.Tensor) -> tf.Tensor:
        labels = partial_label_loss(outputs["logits"], allowed, recipe.label_smoothing)
        if not recipe.consistency:
            return labels
        return labels + recipe.consistency * disagreement(outputs["logits"])

    return loss


def disagreement(logits: tf.Tensor) -> tf.Tensor:
    """How far the answers of the batch's first half, clean films, lie from those of its second, photos of the same:
    the Jensen-Shannon divergence in nats, 0 to log 2, as AugMix (Hendrycks et al., 2020) has it for three views."""
    clean, photo = tf.split(tf.nn.log_softmax(logits), 2)
    middle = tf.reduce_logsumexp(tf.stack([clean, photo]), axis=0) - np.log(2)
    apart = tf.exp(clean) * (clean - middle) + tf.exp(photo) * (photo - middle)
    return tf.reduce_mean(tf.reduce_sum(apart, axis=1)) / 2


def partial_label_loss(logits: tf.Tensor, allowed: tf.Tensor, smoothing: float) -> tf.Tensor:
    """Cross-entropy of "one of the allowed findings": for a film with one finding, the ordinary one.

    Of a mixture of two films `allowed` is (films, 2, n), each film's findings times its part: the mean by these parts.
    """
    logs = tf.nn.log_softmax(logits)
    if len(allowed.shape) == 2:
        allowed = allowed[:, None]
    hits = -tf.reduce_logsumexp(tf.where(allowed > 0, logs[:, None], tf.fill(tf.shape(allowed), -1e9)), axis=2)
    hit = tf.reduce_sum(hits * tf.reduce_max(allowed, axis=2), axis=1)
    even = -tf.reduce_mean(logs, axis=1)
    return tf.reduce_mean((1 - smoothing) * hit + smoothing * even)


def _ahead(pool: ThreadPoolExecutor, make: MakeBatch, numbers: range) -> Iterator[Batch]:
    """Batches in order, a few made ahead on other threads: OpenCV and numpy free the lock while they work."""
    waiting: deque[Future[Batch]] = deque()
    for number in numbers:
        waiting.append(pool.submit(make, number))
        if len(waiting) > 4:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def by_balanced_accuracy(judged: Judged) -> Judge:
    """Judge a model by its class-balanced accuracy on these films."""
    return lambda model: balanced_accuracy(model, judged)


def balanced_accuracy(model: keras.Model, judge: Judged) -> float:
    """The mean over findings of the share of films read right.

    Films known by their group only are left out, and findings with fewer than LEAST_TO_JUDGE films: choosing an epoch
    by six films is choosing by chance.
    """
    single = judge.allowed.sum(axis=1) == 1
    inputs, truth = judge.inputs[single], judge.allowed[single].argmax(axis=1)
    guesses = np.concatenate(
        [np.argmax(model(inputs[i : i + 64], training=False)["logits"], axis=1) for i in range(0, len(inputs), 64)]
    )
    counts = np.bincount(truth) // judge.views
    enough = [finding for finding in np.unique(truth) if counts[finding] >= min(LEAST_TO_JUDGE, counts.max())]
    judged = np.isin(truth, enough)
    return metrics.balanced_accuracy(truth[judged], guesses[judged])
