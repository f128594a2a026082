"""What a task in 3D found, in one line: of lesions or of structures."""

from ..task_results import TaskResult
from ..tasks import Task
from .lesion_tables import count_text, volume_text


def summary_text(result: TaskResult, task: Task) -> str:
    """Such as "3 lesions, together 12.4 ml" or "8 structures, together 212.0 ml"."""
    if task.lesions:
        return count_text(result.lesions)
    found = [volume for volume in result.volumes if volume.voxels]
    if not found:
        return "Nothing was found"
    total = volume_text(sum(volume.volume_ml for volume in found))
    return f"1 structure, {total} ml" if len(found) == 1 else f"{len(found)} structures, together {total} ml"
