"""A worker that speaks the protocol and hands over files made before, so that it starts at once.

    python fakeworker.py BEHAVIOR RESULTS_FOLDER JOB.json

BEHAVIOR: "good"; "hang" after starting a child that hangs too; "refuse" with an error event; "crash" without a word;
"lie" with exit code 0 and no files; "chatter" with much output before a good result; "slow" with a hang after progress.
RESULTS_FOLDER has one folder for each slice index that may be asked for, "automatic", and
"predict" for imported models and "task" for tasks in 3D. A model is a folder with its entry in the list, ``row.json``.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path


def send(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def main(behavior, results, job_file):
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    kind = job.get("kind")
    code = misbehave(behavior, job)
    if code is not None:
        return code
    if kind == "models":
        serve_models(job)
    elif behavior == "lie":
        send("result", output=job["output"], files={})
    else:
        chosen = kind or ("automatic" if job["slice_index"] is None else str(job["slice_index"]))
        shutil.copytree(Path(results) / chosen, job["output"], dirs_exist_ok=True)
        send("result", output=job["output"], files={})
    return 0


def misbehave(behavior, job):
    """Say what a run says, and do what goes wrong; returns the exit code of a run that ends here."""
    if job.get("kind") != "models":
        inputs = job.get("inputs", [job.get("input")])
        assert all(Path(path).is_file() for path in (inputs.values() if isinstance(inputs, dict) else inputs))
        send("progress", fraction=0.2, text="Finding L3")
        send("log", text=f"device {job['device']}, visible {os.environ.get('CUDA_VISIBLE_DEVICES')}")
    if job.get("kind") == "task":
        send("log", text="task " + json.dumps(job))
    if job.get("kind") == "predict":
        send("log", text="job " + json.dumps({key: job[key] for key in sorted(job) if key not in ("inputs", "output")}))
        send("log", text=f"{len(job['inputs'])} inputs")
    if behavior == "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        send("log", text=f"child {child.pid} of {os.getpid()}")
        time.sleep(600)
    if behavior == "refuse":
        text = "The package holds code." if job.get("kind") == "models" else "L3 is not in this scan."
        send("error", text=text, exit_code=4)
        return 4
    if behavior == "crash":
        print("Segmentation fault <here>", flush=True)
        os._exit(139)
    if behavior == "chatter":
        for number in range(3000):
            print(f"line {number}")
    if behavior == "slow":
        send("progress", fraction=0.7, text="window 14 of 20, about 8 s left")
        time.sleep(600)
    return None


def serve_models(job):
    folder = Path(job["models_dir"])
    answer = {}
    if job["action"] == "import":
        row = json.loads((Path(job["path"]) / "row.json").read_text(encoding="utf-8"))
        shutil.copytree(job["path"], folder / row["identifier"])
        answer = {"identifier": row["identifier"]}
    if job["action"] == "remove":
        shutil.rmtree(folder / job["identifier"])
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*/row.json")]
    send("result", **answer, models=rows)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
