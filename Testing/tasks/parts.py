"""A task that is not in the catalog: parts of the brain, none of which is a lesion."""

from dataclasses import replace

from SegmentL3Lib.tasks import Task, TaskInput, find_task, load_tasks

TASK = "brain_parts"
LABELS = ("cerebral_white_matter", "intra_axial_csf", "corpus_callosum")


def parts_task() -> Task:
    """The task."""
    image = TaskInput("T2", ("t2w",), True, "bright", "T2-weighted.")
    return replace(
        find_task("brain_lesions_3d"),
        id=TASK,
        title="Parts of the brain (MR)",
        description="Outlines parts of the brain.",
        inputs=(image,),
        models=(TASK,),
        labels=LABELS,
        lesions=(),
        postprocessing=(),
        limits="Made up.",
        caution="Nothing was measured.",
    )


def add_parts_task(monkeypatch, *modules: str) -> Task:
    """Put the task into the catalog that these modules see."""
    task = parts_task()
    tasks = (*load_tasks(), task)
    for module in modules:
        monkeypatch.setattr(f"{module}.load_tasks", lambda: tasks)
    return task
