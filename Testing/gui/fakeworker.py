"""A worker that speaks the protocol and hands over files made before, so that it starts at once.

    python fakeworker.py BEHAVIOR RESULTS_FOLDER JOB.json

BEHAVIOR: "good"; "hang" after starting a child that hangs too; "refuse" with an error event; "crash" without a word;
"lie" with exit code 0 and no files; "chatter" with much output before a good result. RESULTS_FOLDER has one folder for
each slice index that may be asked for, and "automatic".
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
    assert Path(job["input"]).is_file()
    send("progress", fraction=0.2, text="Finding L3")
    send("log", text=f"device {job['device']}, visible {os.environ.get('CUDA_VISIBLE_DEVICES')}")
    if behavior == "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        send("log", text=f"child {child.pid} of {os.getpid()}")
        time.sleep(600)
    if behavior == "refuse":
        send("error", text="L3 is not in this scan.", exit_code=4)
        return 4
    if behavior == "crash":
        print("Segmentation fault <here>", flush=True)
        os._exit(139)
    if behavior == "chatter":
        for number in range(3000):
            print(f"line {number}")
    if behavior != "lie":
        chosen = "automatic" if job["slice_index"] is None else str(job["slice_index"])
        shutil.copytree(Path(results) / chosen, job["output"], dirs_exist_ok=True)
        send("result", output=job["output"], files={})
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
