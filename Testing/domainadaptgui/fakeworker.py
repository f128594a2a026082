"""A worker that speaks the protocol of ``DomainAdaptLib.worker`` and computes nothing, so that it starts at once.

    python fakeworker.py BEHAVIOR JOB.json

BEHAVIOR: "good"; "worse": the guard does not keep the model; "hang" after a few points of the curves and a checkpoint;
"refuse" with an error event; "crash" after a checkpoint, without a word; "lie" with exit code 0 and
an answer that says nothing.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

CHECKPOINT = "checkpoint.pt"
STEPS = 5


def send(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def main(behavior, job_file):
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    send("log", text="job " + json.dumps(job, sort_keys=True))
    if behavior == "lie":
        send("result")
        return 0
    if behavior == "refuse":
        send("error", text="The scans are MR; the model understands CT only.", exit_code=3)
        return 3
    return {"shift": shift, "adapt": adapt, "keep": keep, "synthesize": synthesize}[job["kind"]](job, behavior)


def shift(job, behavior):
    report = Path(job["out"]) / "shift report.html"
    report.write_text("<p>far</p>", encoding="utf-8")
    wait(behavior)
    send("result", report=str(report), json="", sentence="The scans are far from what the model knows.")
    return 0


def adapt(job, behavior):
    out = Path(job["out"])
    first = STEPS if job["resume"] and (out / CHECKPOINT).is_file() else 0
    for step in range(first, first + STEPS):
        send("progress", fraction=step / 10, text=f"step {step} of 10")
        send("metric", series="segmentation_loss", step=step, value=1 / (1 + step))
        send("metric", series="discriminator_accuracy", step=step, value=0.5 + 0.4 / (1 + step))
    (out / CHECKPOINT).write_bytes(b"weights")
    if behavior == "crash":
        os._exit(137)
    wait(behavior)
    (out / "report.html").write_text("<p>report</p>", encoding="utf-8")
    (out / "model").mkdir()
    kept = behavior == "good"
    send(
        "result",
        kept=kept,
        sentence="The model is better on the new scans." if kept else "The model is no better; the original one stays.",
        model=str(out / "model"),
        report=str(out / "report.html"),
        json=str(out / "report.json"),
        before=label_files(job["target"], out, "before"),
        after=label_files(job["target"], out, "after"),
        figures={
            "before": {"agreement": 0.81, "source_dice": None},
            "after": {"agreement": 0.9123, "source_dice": None},
            "steps": STEPS,
        },
    )
    return 0


def label_files(images, out, name):
    """Label maps that a test has put beside the images; empty paths where it has not."""
    found = []
    for number, image in enumerate(images):
        drawn = Path(image).parent / f"{name}.seg.nrrd"
        found.append(str(out / f"{name}-{number}.seg.nrrd"))
        if drawn.is_file():
            shutil.copy(drawn, found[-1])
    return found


def keep(job, behavior):
    wait(behavior)
    identifier = "adapted-model"
    row = {"identifier": identifier, "title": "Adapted model", "inputs": ["CT"], "structures": ["muscle"]}
    folder = Path(job["models_dir"]) / identifier
    folder.mkdir(parents=True)
    (folder / "row.json").write_text(json.dumps(row), encoding="utf-8")
    send("result", model_id=identifier)
    return 0


def synthesize(job, behavior):
    wait(behavior)
    import numpy as np
    import SimpleITK as sitk

    labels = sitk.ReadImage(job["labels"])
    image = sitk.GetImageFromArray((100 * sitk.GetArrayFromImage(labels)).astype(np.int16) + job["seed"])
    image.CopyInformation(labels)
    sitk.WriteImage(image, job["out"])
    send("result", image=job["out"])
    return 0


def wait(behavior):
    if behavior == "hang":
        time.sleep(600)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
