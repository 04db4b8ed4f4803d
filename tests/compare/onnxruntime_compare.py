#!/usr/bin/env python3
"""Compares FotoTa with the usual Python stack: ONNX Runtime, OpenCV, NumPy, SQLite.

`networks` times single networks, one thread each: ONNX Runtime in this process, FotoTa's engine through
`fotota measure network`. `pipeline` times whole photos on several cores: `fotota import` against worker
processes that do the same steps in Python. README.md, beside this file, says how both are kept fair.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import queue
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import cv2
import numpy as np
import onnx
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
PACK_NAME = "default"

# The ratios (FotoTa's speed in units of ONNX Runtime's, or of the Python stack's) that FotoTa wants to reach.
REQUIRED_RECOGNISER = 2.5
REQUIRED_CENTERFACE = 1.1
REQUIRED_YUNET = 1.05
REQUIRED_PIPELINE = 1.5

# Detections that overlap more than this (intersection over union) are the same face, at the second look too.
MAX_OVERLAP = 0.3
# Flat crops are not stretched beyond this when their contrast is evened out.
MIN_DEVIATION = 8.0
PREVIEW_LONG_SIDE = 2048
THUMBNAIL_LONG_SIDE = 400
DETECTOR_LONG_SIDE = 1024
DERIVED_QUALITY = 82
# Faces per photo of FotoTa and of the Python stack may differ by this share before a warning is printed.
FACES_TOLERANCE = 0.03

# Photos that are made to measure with.
MADE_PIXELS = 24_000_000
MADE_QUALITY = 93
MADE_BYTES = (7_200_000, 7_800_000)
MAX_NOISE = 32.0


def note(text: str) -> None:
    """One line for the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    """Ends the program: something is missing or does not work, so nothing was compared."""
    note(f"error: {text}")
    sys.exit(2)


# ---- The model pack and ONNX Runtime -----------------------------------------------------------------------


@dataclass(frozen=True)
class Normalisation:
    """How pixels become a network's input: `(pixel - mean) * scale`, in the order RGB or BGR."""

    mean: float
    scale: float
    rgb: bool

    @staticmethod
    def parse(spec: dict[str, Any]) -> Normalisation:
        """From a detector's or recogniser's entry in packs.toml."""
        return Normalisation(spec["mean"], spec["scale"], spec["channels"] == "rgb")

    def blob(self, picture: np.ndarray) -> np.ndarray:
        """`[1, 3, height, width]` of a BGR picture."""
        means = (self.mean, self.mean, self.mean)
        return cv2.dnn.blobFromImage(picture, self.scale, mean=means, swapRB=self.rgb, crop=False)


@dataclass(frozen=True)
class Pack:
    """What models/packs.toml says about the default pack."""

    detector: dict[str, Any]
    recogniser: dict[str, Any]
    template: np.ndarray

    @staticmethod
    def load() -> Pack:
        """Reads the list of packs of this repository."""
        with (ROOT / "models" / "packs.toml").open("rb") as file:
            packs = tomllib.load(file)
        pack = next(pack for pack in packs["pack"] if pack["name"] == PACK_NAME)
        template = packs["template"][pack["recogniser"]["template"]]["points"]
        return Pack(pack["detector"], pack["recogniser"], np.array(template))


def flexible(path: Path) -> bytes:
    """The network with a batch of one and any height and width, in the form that ONNX Runtime optimises best.

    Weights that are also listed as inputs could be replaced by a caller, so ONNX Runtime would not fold them.
    """
    model = onnx.load(str(path))
    graph = model.graph
    weights = {weight.name for weight in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    del graph.input[:]
    graph.input.extend(inputs)
    batch, _, height, width = graph.input[0].type.tensor_type.shape.dim
    batch.Clear()
    batch.dim_value = 1
    for dimension, name in ((height, "height"), (width, "width")):
        dimension.Clear()
        dimension.dim_param = name
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")
    serialised: bytes = model.SerializeToString()
    return serialised


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """The network on one thread, with everything ONNX Runtime can do to make it fast."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(flexible(path), options, providers=["CPUExecutionProvider"])


# ---- Part 1: single networks -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One network at one size."""

    model: Path
    width: int
    height: int
    # In one block; about a second of ONNX Runtime.
    runs: int
    normalisation: Normalisation
    required: float | None = None

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.model.stem} {self.width}x{self.height}"


@dataclass
class Times:
    """Milliseconds for one run of a network, one number for each block."""

    # Mean CPU time of the block's runs.
    cpu: list[float] = field(default_factory=list)
    # Median and minimum of the wall time of the block's runs.
    wall_median: list[float] = field(default_factory=list)
    wall_min: list[float] = field(default_factory=list)

    def add(self, cpu: float, wall_median: float, wall_min: float) -> None:
        """Takes in one block."""
        self.cpu.append(cpu)
        self.wall_median.append(wall_median)
        self.wall_min.append(wall_min)


@dataclass
class NetworkResult:
    """Both engines on one network."""

    model: str
    width: int
    height: int
    runs: int
    onnxruntime: Times
    fotota: Times
    instruction_set: str
    required: float | None

    @property
    def ratio_of_medians(self) -> float:
        """How many times as fast FotoTa is: CPU time of the median block."""
        return statistics.median(self.onnxruntime.cpu) / statistics.median(self.fotota.cpu)

    @property
    def ratio_of_minima(self) -> float:
        """The same for the quickest block of each."""
        return min(self.onnxruntime.cpu) / min(self.fotota.cpu)

    @property
    def ratio_of_wall_medians(self) -> float:
        """The same for the wall time of the median run."""
        ours = statistics.median(self.fotota.wall_median)
        return statistics.median(self.onnxruntime.wall_median) / ours

    @property
    def reached(self) -> bool:
        """Whether the median is as required."""
        return self.required is None or self.ratio_of_medians >= self.required

    def to_json(self) -> dict[str, Any]:
        """All numbers."""
        return asdict(self) | {
            "ratio_of_medians": self.ratio_of_medians,
            "ratio_of_minima": self.ratio_of_minima,
            "ratio_of_wall_medians": self.ratio_of_wall_medians,
            "reached": self.reached,
        }


def network_cases(shared: Path) -> tuple[list[Case], list[str]]:
    """What is measured, and what is not because its file is missing."""
    pack = Pack.load()
    detector, recogniser = Normalisation.parse(pack.detector), Normalisation.parse(pack.recogniser)
    centerface = ROOT / "models" / pack.detector["file"]
    mobilefacenet = ROOT / "models" / pack.recogniser["file"]
    yunet = shared / "models" / "yunet_n_dynamic.onnx"
    raw_bgr = Normalisation(0.0, 1.0, rgb=False)
    cases = [
        Case(mobilefacenet, 112, 112, 100, recogniser, REQUIRED_RECOGNISER),
        Case(centerface, 640, 448, 30, detector),
        Case(centerface, 1024, 704, 15, detector, REQUIRED_CENTERFACE),
        Case(centerface, 1600, 1088, 8, detector),
        Case(yunet, 640, 640, 80, raw_bgr, REQUIRED_YUNET),
        Case(yunet, 1024, 704, 50, raw_bgr),
    ]
    found = [case for case in cases if case.model.is_file()]
    missing = [f"{case.title}: there is no file {case.model}" for case in cases if case not in found]
    return found, missing


def picture_like(width: int, height: int) -> np.ndarray:
    """A BGR picture, always the same: soft shapes and fine noise over the whole range."""
    random = np.random.default_rng(20_240_501)
    coarse = random.integers(0, 256, (max(height // 32, 2), max(width // 32, 2), 3), dtype=np.uint8)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    noisy = soft + 8.0 * random.standard_normal((height, width, 3), dtype=np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def time_onnxruntime(
    session: onnxruntime.InferenceSession, blob: np.ndarray, runs: int, times: Times
) -> None:
    """One block in this process."""
    name = session.get_inputs()[0].name
    cpu, wall = [], []
    for _ in range(runs):
        wall_start, cpu_start = time.perf_counter(), time.thread_time()
        session.run(None, {name: blob})
        cpu.append(1e3 * (time.thread_time() - cpu_start))
        wall.append(1e3 * (time.perf_counter() - wall_start))
    times.add(statistics.fmean(cpu), statistics.median(wall), min(wall))


def plain_environment() -> dict[str, str]:
    """This process's, without what would configure FotoTa."""
    return {key: value for key, value in os.environ.items() if not key.startswith("FOTOTA_")}


def run_counting_cpu(command: Sequence[str]) -> tuple[str, float]:
    """Standard output of a process, and the seconds of CPU time that it took in all its threads."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=plain_environment()) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        # Waited for here, because only this call tells the use of this one child.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        fail(f"`{' '.join(command)}` ended with status {process.returncode}")
    return output, usage.ru_utime + usage.ru_stime


def measure_network(fotota: Path, case: Case, runs: int) -> tuple[dict[str, Any], float]:
    """What `fotota measure network` printed, and its CPU time in seconds."""
    size = f"{case.width}x{case.height}"
    command = [str(fotota), "measure", "network", str(case.model)]
    command += ["--size", size, "--runs", str(runs), "--json"]
    output, cpu = run_counting_cpu(command)
    report = json.loads(output)
    expected = {"width": case.width, "height": case.height, "runs": runs}
    if any(report[key] != value for key, value in expected.items()):
        fail(f"`{' '.join(command)}` reported another measurement: {report}")
    return report, cpu


def time_fotota(fotota: Path, case: Case, runs: int, times: Times) -> str:
    """One block in a child process; returns the instruction set it used.

    A second child with a single run takes the cost of start and loading out of the CPU time.
    """
    report, cpu_many = measure_network(fotota, case, runs)
    _, cpu_one = measure_network(fotota, case, 1)
    cpu = 1e3 * (cpu_many - cpu_one) / (runs - 1)
    if cpu <= 0:
        fail(f"{case.title}: {runs} runs took no more CPU time than one\nhint: --runs takes a larger number")
    times.add(cpu, report["median_ms"], report["min_ms"])
    if cpu > 1.25 * report["median_ms"]:
        note(f"WARNING: {case.title}: FotoTa took {cpu:.2f} ms of CPU time in {report['median_ms']:.2f} ms: "
             "it uses more than one thread, or the computer is busy")
    return str(report["instruction_set"])


def compare_network(fotota: Path, case: Case, runs: int, rounds: int) -> NetworkResult:
    """Blocks of the one and of the other by turns, so that a change of the computer's speed hits both."""
    session = open_session(case.model)
    blob = case.normalisation.blob(picture_like(case.width, case.height))
    # ONNX Runtime plans its memory in its first runs.
    time_onnxruntime(session, blob, 2, Times())
    ours, theirs, instruction_set = Times(), Times(), ""
    for number in range(rounds):
        note(f"{case.title}: round {number + 1} of {rounds}")
        time_onnxruntime(session, blob, runs, theirs)
        instruction_set = time_fotota(fotota, case, runs, ours)
    model = case.model.name
    return NetworkResult(model, case.width, case.height, runs, theirs, ours, instruction_set, case.required)


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as they must be: the first to the left, the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  ".join([line[0].ljust(widths[0]), *cells]))


def print_networks(results: Sequence[NetworkResult]) -> None:
    """The table for people."""
    head = ["model", "size", "ORT ms", "FotoTa ms", "ratio", "of minima", "required", "",
            "ORT wall", "FotoTa wall", "of wall", "FotoTa runs on"]
    rows = []
    for result in results:
        ours, theirs = result.fotota, result.onnxruntime
        medians = [statistics.median(times) for times in (theirs.cpu, ours.cpu)]
        walls = [statistics.median(times) for times in (theirs.wall_median, ours.wall_median)]
        goal = ["-", ""]
        if result.required is not None:
            goal = [f"{result.required:.2f}", "reached" if result.reached else "MISSED"]
        rows.append([
            result.model, f"{result.width}x{result.height}", *(f"{median:.2f}" for median in medians),
            f"{result.ratio_of_medians:.3f}", f"{result.ratio_of_minima:.3f}", *goal,
            *(f"{wall:.2f}" for wall in walls), f"{result.ratio_of_wall_medians:.3f}", result.instruction_set,
        ])
    print_table(head, rows)


def run_networks(options: argparse.Namespace) -> bool:
    """The subcommand `networks`; true when all that is required is reached."""
    check_executable(options.fotota)
    # OpenCV's idle threads would keep the other cores busy for a while.
    cv2.setNumThreads(1)
    cases, skipped = network_cases(options.shared)
    results = [
        compare_network(options.fotota, case, options.runs or case.runs, options.rounds)
        for case in cases
        if options.only in case.title
    ]
    if options.json:
        report = {"onnxruntime": onnxruntime.__version__, "rounds": options.rounds, "skipped": skipped}
        print(json.dumps(report | {"networks": [result.to_json() for result in results]}))
    else:
        print_networks(results)
    for reason in skipped:
        note(f"SKIPPED: {reason}")
    return all(result.reached for result in results)


# ---- Part 2: the Python stack, stage by stage --------------------------------------------------------------


@dataclass
class Detections:
    """Faces of a picture, in its pixels: `n` of them, most confident first."""

    # [n, 4]: left, top, width, height.
    boxes: np.ndarray
    # [n, 5, 2]: x, y of eyes, nose, corners of the mouth.
    landmarks: np.ndarray
    # [n]
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def select(self, which: np.ndarray | list[int] | slice) -> Detections:
        """Some of them."""
        return Detections(self.boxes[which], self.landmarks[which], self.scores[which])

    def mapped(self, scale: float, left: float, top: float) -> Detections:
        """The same faces where every coordinate is first scaled, then moved."""
        shift = np.array([left, top])
        boxes = self.boxes * scale
        boxes[:, :2] += shift
        return Detections(boxes, self.landmarks * scale + shift, self.scores)

    @staticmethod
    def joined(parts: Sequence[Detections]) -> Detections:
        """All in one."""
        if not parts:
            return Detections(np.zeros((0, 4)), np.zeros((0, 5, 2)), np.zeros(0))
        fields = ([getattr(part, name) for part in parts] for name in ("boxes", "landmarks", "scores"))
        return Detections(*map(np.concatenate, fields))


def overlaps(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of one box with each of the others."""
    near = np.maximum(box[:2], boxes[:, :2])
    far = np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    intersection = np.clip(far - near, 0, None).prod(axis=1)
    shares: np.ndarray = intersection / (box[2:].prod() + boxes[:, 2:].prod(axis=1) - intersection)
    return shares


def suppress_overlaps(found: Detections) -> Detections:
    """Of detections that overlap, the most confident stays."""
    rest = found.select(np.argsort(-found.scores, kind="stable"))
    kept = []
    while len(rest):
        kept.append(rest.select(slice(0, 1)))
        apart = overlaps(rest.boxes[0], rest.boxes) <= MAX_OVERLAP
        apart[0] = False
        rest = rest.select(apart)
    return Detections.joined(kept)


def read_centerface(outputs: Sequence[np.ndarray], threshold: float) -> Detections:
    """Every cell of a grid of stride 4 that is the centre of a face says where it is and how large."""
    stride = 4.0
    score, size, offset, points = (output[0] for output in outputs)
    rows, columns = np.nonzero(score[0] >= threshold)
    height, width = np.exp(size[:, rows, columns]) * stride
    centre_y = (rows + offset[0, rows, columns] + 0.5) * stride
    centre_x = (columns + offset[1, rows, columns] + 0.5) * stride
    boxes = np.stack([centre_x - width / 2, centre_y - height / 2, width, height], axis=1)
    # [5, y and x, n], in heights and widths of the box.
    relative = points[:, rows, columns].reshape(5, 2, -1)
    x, y = boxes[:, 0] + relative[:, 1] * width, boxes[:, 1] + relative[:, 0] * height
    return Detections(boxes, np.stack([x, y], axis=2).transpose(1, 0, 2), score[0, rows, columns])


def reduced(picture: np.ndarray, long_side: int, how: int = cv2.INTER_AREA) -> np.ndarray:
    """The picture with that long side; smaller ones stay as they are."""
    height, width = picture.shape[:2]
    factor = long_side / max(height, width)
    if factor >= 1:
        return picture
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    return cv2.resize(picture, size, interpolation=how)


@dataclass(frozen=True)
class Picture:
    """A decoded photo and its smaller copies."""

    full: np.ndarray
    preview: np.ndarray
    # What the detector sees, before it is padded.
    small: np.ndarray

    @staticmethod
    def reduce(full: np.ndarray) -> Picture:
        """Each copy from the next larger one."""
        preview = reduced(full, PREVIEW_LONG_SIDE)
        # At most twice as large: linear interpolation leaves no pixel out, and is several times as quick.
        return Picture(full, preview, reduced(preview, DETECTOR_LONG_SIDE, cv2.INTER_LINEAR))

    def level(self, scale: float) -> tuple[np.ndarray, float]:
        """Where to cut from when `scale` pixels become one, and how many full pixels one pixel there is.

        What is fine enough in the preview is cut from the preview: that takes a fraction of the time.
        """
        factor = max(self.full.shape) / max(self.preview.shape)
        return (self.preview, factor) if scale >= factor else (self.full, 1.0)


def cut_square(picture: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    """A square of the picture; black where it reaches over the edges."""
    inner = picture[max(top, 0):max(top + side, 0), max(left, 0):max(left + side, 0)]
    if inner.shape[:2] == (side, side):
        return inner
    square = np.zeros((side, side, 3), np.uint8)
    if inner.size:
        y, x = max(-top, 0), max(-left, 0)
        square[y:y + inner.shape[0], x:x + inner.shape[1]] = inner
    return square


def crop_to_picture(template: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The 2x3 matrix of the similarity that takes the template's points closest to the landmarks.

    Least squares: in the plane a similarity is a complex factor and a shift.
    """
    source, target = template @ (1, 1j), landmarks @ (1, 1j)
    centred = source - source.mean()
    factor = np.vdot(centred, target - target.mean()) / np.vdot(centred, centred).real
    shift = target.mean() - factor * source.mean()
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def scale_of(matrix: np.ndarray) -> float:
    """Pixels of the picture for each pixel of the crop."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def warp(picture: np.ndarray, matrix: np.ndarray, side: int) -> np.ndarray:
    """The square crop whose pixels `matrix` takes to the picture.

    Where the picture is more than twice as fine, each pixel is the mean of a grid of samples.
    """
    scale = scale_of(matrix)
    samples = min(int(np.ceil(scale)), 16) if scale > 2 else 1
    shift = 0.5 / samples - 0.5
    finer = matrix @ np.array([[1 / samples, 0, shift], [0, 1 / samples, shift], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(picture, finer, (side * samples, side * samples), flags=flags)
    return crop if samples == 1 else cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)


def even_out(crop: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """Brings the inside of the face to that mean and standard deviation."""
    height, width = crop.shape[:2]
    inside = crop[height * 3 // 14:height * 13 // 14, width * 3 // 14:width * 11 // 14]
    factor = deviation / max(float(inside.std()), MIN_DEVIATION)
    table = np.rint((np.arange(256) - inside.mean()) * factor + mean)
    return cv2.LUT(crop, np.clip(table, 0, 255).astype(np.uint8))


class Engine:
    """Detector and recogniser of the default pack on ONNX Runtime."""

    def __init__(self) -> None:
        self.pack = Pack.load()
        self.detector = open_session(ROOT / "models" / self.pack.detector["file"])
        self.recogniser = open_session(ROOT / "models" / self.pack.recogniser["file"])
        self.detector_normalisation = Normalisation.parse(self.pack.detector)
        self.recogniser_normalisation = Normalisation.parse(self.pack.recogniser)

    def look(self, canvas: np.ndarray, threshold: float) -> Detections:
        """Faces of a picture of a size that the detector takes."""
        blob = self.detector_normalisation.blob(canvas)
        outputs = self.detector.run(None, {self.detector.get_inputs()[0].name: blob})
        return suppress_overlaps(read_centerface(outputs, threshold))

    def detect(self, picture: Picture) -> Detections:
        """Faces of a photo, in pixels of the full picture."""
        height, width = picture.small.shape[:2]
        multiple = self.pack.detector["multiple_of"]
        right, bottom = -width % multiple, -height % multiple
        canvas = cv2.copyMakeBorder(picture.small, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))
        found = self.look(canvas, self.pack.detector["score_threshold"])
        scale = max(picture.full.shape) / max(picture.small.shape)
        verified = [self.look_again(picture, box) for box in found.mapped(scale, 0, 0).boxes]
        return suppress_overlaps(Detections.joined(verified))

    def look_again(self, picture: Picture, box: np.ndarray) -> Detections:
        """The second look: what is found again in a cut-out around the box; none or one."""
        spec = self.pack.detector["verify"]
        image, factor = picture.level(spec["crop"] * max(box[2:]) / spec["size"])
        box = box / factor
        side = max(round(spec["crop"] * max(box[2:])), 1)
        left, top = (round(corner) for corner in box[:2] + box[2:] / 2 - side / 2)
        square = cut_square(image, left, top, side)
        how = cv2.INTER_AREA if side > spec["size"] else cv2.INTER_LINEAR
        square = cv2.resize(square, (spec["size"], spec["size"]), interpolation=how)
        again = self.look(square, spec["score_threshold"]).mapped(side / spec["size"], left, top)
        same = np.flatnonzero(overlaps(box, again.boxes) > MAX_OVERLAP)
        return again.select(same[:1]).mapped(factor, 0, 0)

    def recognise(self, picture: Picture, landmarks: np.ndarray) -> np.ndarray:
        """The unit vector of one face."""
        side, contrast = self.pack.recogniser["input_size"], self.pack.recogniser["contrast"]
        image, factor = picture.level(scale_of(crop_to_picture(self.pack.template, landmarks)))
        # Coordinates name pixel centres.
        landmarks = (landmarks + 0.5) / factor - 0.5
        crop = warp(image, crop_to_picture(self.pack.template, landmarks), side)
        crop = even_out(crop, contrast["mean"], contrast["deviation"])
        blob = self.recogniser_normalisation.blob(crop)
        (output,) = self.recogniser.run(None, {self.recogniser.get_inputs()[0].name: blob})
        vector: np.ndarray = output[0] / np.linalg.norm(output[0])
        return vector


SCHEMA = """
create table photo (id integer primary key, name text not null, digest blob not null unique,
                    width integer not null, height integer not null);
create table face (id integer primary key, photo_id integer not null references photo (id),
                   x real not null, y real not null, w real not null, h real not null,
                   score real not null, embedding blob not null);
create index face_by_photo on face (photo_id);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """With the settings that FotoTa uses too."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    return connection


@dataclass(frozen=True)
class Photo:
    """What goes into the database of one photo."""

    name: str
    digest: bytes
    # Of the decoded picture, in whose pixels the faces are.
    width: int
    height: int
    found: Detections
    embeddings: list[np.ndarray]


def store(connection: sqlite3.Connection, photo: Photo) -> None:
    """One row for each face, in one transaction."""
    connection.execute("begin immediate")
    row = (photo.name, photo.digest, photo.width, photo.height)
    insert = "insert into photo (name, digest, width, height) values (?, ?, ?, ?)"
    photo_id = connection.execute(insert, row).lastrowid
    connection.executemany(
        "insert into face (photo_id, x, y, w, h, score, embedding) values (?, ?, ?, ?, ?, ?, ?)",
        (
            (photo_id, *map(float, box), float(score), embedding.astype(np.float32).tobytes())
            for box, score, embedding in zip(
                photo.found.boxes, photo.found.scores, photo.embeddings, strict=True
            )
        ),
    )
    connection.execute("commit")


def write_jpeg(path: Path, picture: np.ndarray, quality: int) -> None:
    """With OpenCV's defaults but for the quality."""
    if not cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, quality]):
        raise OSError(f"cannot write {path}")


def index_photo(engine: Engine, path: Path, decode_flag: int, folder: Path) -> Photo:
    """One photo through all stages but the database: previews go into `folder`."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).digest()
    full = cv2.imdecode(np.frombuffer(data, np.uint8), decode_flag)
    if full is None:
        raise ValueError(f"cannot decode {path}")
    picture = Picture.reduce(full)
    thumbnail = reduced(picture.small, THUMBNAIL_LONG_SIDE)
    write_jpeg(folder / f"{digest.hex()}.preview.jpg", picture.preview, DERIVED_QUALITY)
    write_jpeg(folder / f"{digest.hex()}.thumb.jpg", thumbnail, DERIVED_QUALITY)
    found = engine.detect(picture)
    embeddings = [engine.recognise(picture, landmarks) for landmarks in found.landmarks]
    height, width = full.shape[:2]
    return Photo(path.name, digest, width, height, found, embeddings)


# ---- Part 2: the Python stack in worker processes ----------------------------------------------------------


@dataclass(frozen=True)
class Variant:
    """A way to decode."""

    name: str
    decode_flag: int


VARIANTS = (
    Variant("python full", cv2.IMREAD_COLOR),
    Variant("python reduced", cv2.IMREAD_REDUCED_COLOR_2),
)
READY = "ready"


def work(variant: Variant, folder: Path, warm_up: Path, tasks: Any, results: Any) -> None:
    """A worker process: says when it is ready, then the number of faces of each photo, or what went wrong."""
    try:
        cv2.setNumThreads(1)
        engine = Engine()
        index_photo(engine, warm_up, variant.decode_flag, folder)
        connection = open_database(folder / "faces.db")
        results.put(READY)
        for path in iter(tasks.get, None):
            photo = index_photo(engine, path, variant.decode_flag, folder)
            store(connection, photo)
            results.put(len(photo.embeddings))
        connection.close()
    except Exception:
        results.put(traceback.format_exc())


def next_result(results: Any, workers: Sequence[Any]) -> Any:
    """Waits for a worker's answer; ends the program when a worker died or failed."""
    while True:
        try:
            result = results.get(timeout=5)
        except queue.Empty:
            if any(worker.exitcode for worker in workers):
                fail("a worker process died")
            continue
        if isinstance(result, str) and result != READY:
            fail(f"a worker process failed\n{result}")
        return result


@dataclass(frozen=True)
class Block:
    """All photos once."""

    photos: int
    faces: int
    seconds: float

    @property
    def photos_per_second(self) -> float:
        """The speed."""
        return self.photos / self.seconds


def run_python(variant: Variant, photos: Sequence[Path], folder: Path, workers: int) -> Block:
    """All photos through worker processes; they are started, loaded and warmed up before the clock starts."""
    folder.mkdir()
    with open_database(folder / "faces.db") as connection:
        connection.executescript(SCHEMA)
    connection.close()
    context = multiprocessing.get_context("spawn")
    tasks, results = context.Queue(), context.Queue()
    arguments = (variant, folder, photos[0], tasks, results)
    processes = [context.Process(target=work, args=arguments, daemon=True) for _ in range(workers)]
    for process in processes:
        process.start()
    for _ in processes:
        next_result(results, processes)
    start = time.perf_counter()
    for photo in photos:
        tasks.put(photo)
    faces = sum(next_result(results, processes) for _ in photos)
    seconds = time.perf_counter() - start
    for _ in processes:
        tasks.put(None)
    for process in processes:
        process.join()
    return Block(len(photos), faces, seconds)


# ---- Part 2: FotoTa ----------------------------------------------------------------------------------------


def check_executable(fotota: Path) -> None:
    """Says how to make it where it is missing."""
    if not os.access(fotota, os.X_OK):
        fail(f"there is no executable {fotota}\n"
             "hint: `cargo build --release` makes it, --fotota names another")


def run_json(command: Sequence[str]) -> dict[str, Any]:
    """What a command of FotoTa prints with --json."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=plain_environment(), check=False)
    if done.returncode != 0:
        fail(f"`{' '.join(command)}` ended with status {done.returncode}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def run_fotota(fotota: Path, photos: Sequence[Path], folder: Path, workers: int) -> Block:
    """All photos through `fotota import`; it reports the time from the first file to the last commit."""
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(f"[intake]\nworkers = {workers}\n[face]\ndetector_long_side = {DETECTOR_LONG_SIDE}\n")
    command = [str(fotota), "--data", str(folder / "data"), "--config", str(config), "--json"]
    event = run_json([*command, "event", "create", "compare"])
    report = run_json([*command, "import", str(event["id"]), *map(str, photos)])
    if report["imported"] != len(photos):
        fail(f"FotoTa imported {report['imported']} of {len(photos)} photos: {report}")
    return Block(len(photos), report["faces"], report["seconds"])


# ---- Part 2: photos to measure with ------------------------------------------------------------------------


def labelled_photos(event: Path) -> list[Path]:
    """Photos of the labelled event with five faces, or else with four to six."""
    labels: dict[str, list[Any]] = json.loads((event / "truth.json").read_text())["photos"]
    for wanted in (range(5, 6), range(4, 7)):
        names = sorted(name for name, faces in labels.items() if len(faces) in wanted)
        if names:
            return [event / "photos" / name for name in names]
    fail(f"no photo of {event} has four to six faces")


def with_noise(picture: np.ndarray, noise: np.ndarray, deviation: float) -> np.ndarray:
    """Noise in the luminance alone, as most of a camera's is."""
    luma, red, blue = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb))
    luma = np.clip(np.rint(luma + deviation * noise), 0, 255).astype(np.uint8)
    return cv2.cvtColor(cv2.merge([luma, red, blue]), cv2.COLOR_YCrCb2BGR)


def encode_at_usual_size(picture: np.ndarray, noise: np.ndarray) -> bytes:
    """A JPEG as large as a camera's: as much noise as that takes, found by halving the range."""
    options = [cv2.IMWRITE_JPEG_QUALITY, MADE_QUALITY,
               cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    low, high = 0.0, MAX_NOISE
    while True:
        deviation = (low + high) / 2
        encoded = cv2.imencode(".jpg", with_noise(picture, noise, deviation), options)[1].tobytes()
        if high - low < 0.05 or MADE_BYTES[0] <= len(encoded) <= MADE_BYTES[1]:
            return encoded
        low, high = (deviation, high) if len(encoded) < MADE_BYTES[0] else (low, deviation)


def read_picture(path: Path) -> np.ndarray:
    """A decoded file."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        fail(f"cannot read {path}")
    return picture


def enlarged(picture: np.ndarray) -> np.ndarray:
    """24 megapixels in the picture's own aspect."""
    height, width = picture.shape[:2]
    factor = (MADE_PIXELS / (width * height)) ** 0.5
    return cv2.resize(picture, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_CUBIC)


def make_photos(shared: Path, folder: Path, count: int) -> None:
    """Writes `count` photos of 24 megapixels; a source that serves again gets other noise."""
    event = shared / "photos" / "event"
    if not event.is_dir():
        fail(f"there are no labelled photos in {event}\nhint: --photos takes a folder of your own")
    folder.mkdir(parents=True, exist_ok=True)
    sources = labelled_photos(event)
    for number in range(count):
        source = sources[number % len(sources)]
        picture = enlarged(read_picture(source))
        noise = np.random.default_rng(number).standard_normal(picture.shape[:2], dtype=np.float32)
        encoded = encode_at_usual_size(picture, noise)
        path = folder / f"{number:03}_{source.stem}.jpg"
        path.write_bytes(encoded)
        height, width = picture.shape[:2]
        note(f"made {path.name}: {width}x{height}, {len(encoded) / 1e6:.2f} MB")


# ---- Part 2: the comparison --------------------------------------------------------------------------------


@dataclass
class PipelineResult:
    """All rounds of all contestants: FotoTa first, then the Python variants."""

    photos: int
    megabytes: float
    cores: int
    blocks: dict[str, list[Block]]

    def speeds(self, name: str) -> list[float]:
        """Photos per second of each round."""
        return [block.photos_per_second for block in self.blocks[name]]

    def median(self, name: str) -> float:
        """Photos per second of the median round."""
        return statistics.median(self.speeds(name))

    def faces(self, name: str) -> float:
        """Faces found in a photo, on average."""
        return statistics.fmean(block.faces / block.photos for block in self.blocks[name])

    def ratio(self, variant: str) -> float:
        """How many times as fast FotoTa is."""
        return self.median("fotota") / self.median(variant)

    @property
    def best_variant(self) -> str:
        """The quicker way of the Python stack."""
        return max((variant.name for variant in VARIANTS), key=self.median)

    @property
    def reached(self) -> bool:
        """Whether FotoTa is as fast as required."""
        return self.ratio(self.best_variant) >= REQUIRED_PIPELINE

    def warnings(self) -> list[str]:
        """Reasons to doubt that both did the same work."""
        ours = self.faces("fotota")
        return [
            f"{variant.name} found {self.faces(variant.name):.2f} faces per photo, FotoTa {ours:.2f}"
            for variant in VARIANTS
            if abs(self.faces(variant.name) - ours) > FACES_TOLERANCE * max(ours, 1e-9)
        ]

    def to_json(self) -> dict[str, Any]:
        """All numbers."""
        contestants = {
            name: {
                "photos_per_second": self.speeds(name),
                "median": self.median(name),
                "faces_per_photo": self.faces(name),
                "ratio": self.ratio(name),
            }
            for name in self.blocks
        }
        return {
            "onnxruntime": onnxruntime.__version__,
            "opencv": cv2.__version__,
            "photos": self.photos,
            "megabytes": self.megabytes,
            "cores": self.cores,
            "contestants": contestants,
            "best_python": self.best_variant,
            "required": REQUIRED_PIPELINE,
            "reached": self.reached,
            "warnings": self.warnings(),
        }


def print_pipeline(result: PipelineResult) -> None:
    """The table for people."""
    rounds = len(result.blocks["fotota"])
    print(f"{result.photos} photos, {result.megabytes:.1f} MB on average, {result.cores} cores; photos/s:")
    numbers = (f"round {number + 1}" for number in range(rounds))
    head = ["", *numbers, "median", "FotoTa's ratio", "faces/photo"]
    rows = []
    for name in result.blocks:
        ratio = "-" if name == "fotota" else f"{result.ratio(name):.3f}"
        speeds = [f"{speed:.3f}" for speed in result.speeds(name)]
        rows.append([name, *speeds, f"{result.median(name):.3f}", ratio, f"{result.faces(name):.2f}"])
    print_table(head, rows)
    best, verdict = result.best_variant, "reached" if result.reached else "MISSED"
    print(f"against {best}, the better one: {result.ratio(best):.3f}, "
          f"required {REQUIRED_PIPELINE:.2f}: {verdict}")
    for warning in result.warnings():
        print(f"WARNING: {warning}")


def keep_to_cores(cores: int) -> None:
    """This process and all it starts use that many cores, where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        available = sorted(os.sched_getaffinity(0))
        if len(available) < cores:
            fail(f"--cores {cores}: this computer has {len(available)}")
        os.sched_setaffinity(0, available[:cores])


def find_photos(folder: Path) -> list[Path]:
    """The JPEG files of a folder."""
    photos = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    if not photos:
        fail(f"there are no JPEG files in {folder}")
    if len({hashlib.sha256(path.read_bytes()).digest() for path in photos}) < len(photos):
        fail(f"some photos in {folder} are the same file twice: FotoTa would take them in once")
    return photos


def run_block(contestant: Callable[[Path], Block], work_folder: Path) -> Block:
    """One contestant in a fresh folder; what the one before has left to write is written first."""
    os.sync()
    folder = work_folder / "block"
    block = contestant(folder)
    shutil.rmtree(folder)
    return block


def compare_pipelines(options: argparse.Namespace, photos: Sequence[Path]) -> PipelineResult:
    """All contestants in each round; another one begins each time."""
    cores = options.cores
    contestants: dict[str, Callable[[Path], Block]] = {
        "fotota": partial(run_fotota, options.fotota, photos, workers=cores)
    }
    for variant in VARIANTS:
        contestants[variant.name] = partial(run_python, variant, photos, workers=cores)
    blocks: dict[str, list[Block]] = {name: [] for name in contestants}
    names = list(contestants)
    with tempfile.TemporaryDirectory(prefix="fotota-compare-", dir=options.work) as work_folder:
        for number in range(options.rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                block = run_block(contestants[name], Path(work_folder))
                blocks[name].append(block)
                speed = f"{block.photos_per_second:.3f} photos/s"
                note(f"round {number + 1} of {options.rounds}: {name}: {speed}")
    megabytes = statistics.fmean(path.stat().st_size for path in photos) / 1e6
    return PipelineResult(len(photos), megabytes, cores, blocks)


def run_pipeline(options: argparse.Namespace) -> bool:
    """The subcommand `pipeline`; true when what is required is reached."""
    if options.make:
        make_photos(options.shared, options.make, options.count)
        if options.make_only:
            return True
    check_executable(options.fotota)
    keep_to_cores(options.cores)
    result = compare_pipelines(options, find_photos(options.make or options.photos))
    if options.json:
        print(json.dumps(result.to_json()))
    else:
        print_pipeline(result)
    return result.reached


# ---- The command line --------------------------------------------------------------------------------------


def at_least(least: int) -> Callable[[str], int]:
    """A whole number with a lower limit."""

    def parse(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return number

    return parse


def parse_options() -> argparse.Namespace:
    """What the command line asks for."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--fotota", type=Path, default=ROOT / "target" / "release" / "fotota", metavar="PATH",
                        help="executable (default: target/release/fotota)")
    common.add_argument("--shared", type=Path, default=ROOT.parent / "shared", metavar="DIR",
                        help="folder with models/ (YuNet) and photos/event/ (default: ../shared)")
    common.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    parser = argparse.ArgumentParser(description="Compares FotoTa with the usual Python stack.")
    commands = parser.add_subparsers(required=True, metavar="networks|pipeline")
    networks = commands.add_parser("networks", parents=[common], help="single networks, one thread")
    networks.add_argument("--rounds", type=at_least(1), default=7, help="blocks of each (default: 7)")
    networks.add_argument("--runs", type=at_least(2), help="runs in a block (default: a second's worth)")
    networks.add_argument("--only", default="", metavar="TEXT", help="networks whose title contains it")
    networks.set_defaults(run=run_networks)

    pipeline = commands.add_parser("pipeline", parents=[common], help="whole photos, several cores")
    source = pipeline.add_mutually_exclusive_group(required=True)
    source.add_argument("--photos", type=Path, metavar="DIR", help="folder of JPEG photos")
    source.add_argument("--make", type=Path, metavar="DIR", help="make photos of 24 megapixels there first")
    pipeline.add_argument("--count", type=at_least(1), default=24, help="photos to make (default: 24)")
    pipeline.add_argument("--make-only", action="store_true", help="with --make: do not compare")
    pipeline.add_argument("--rounds", type=at_least(1), default=3, help="blocks of each (default: 3)")
    pipeline.add_argument("--cores", type=at_least(1), default=2, help="cores, workers (default: 2)")
    pipeline.add_argument("--work", type=Path, metavar="DIR", help="where temporary folders go")
    pipeline.set_defaults(run=run_pipeline)
    return parser.parse_args()


def main() -> int:
    """0: all required ratios are reached, 1: some are not; 2 comes from `fail`."""
    options = parse_options()
    return 0 if options.run(options) else 1


if __name__ == "__main__":
    sys.exit(main())
