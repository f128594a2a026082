"""The list of tasks, and what the panel says of the one that is chosen."""

from collections.abc import Callable, Sequence

from .taskchoice import TaskChoice


class TaskChooser:
    """Shows tasks by title; the imported models come after a line."""

    def __init__(self, ui, chosen: Callable[[str], None]):
        """``chosen`` is called with the ID of the task that the user picks."""
        self._ui = ui
        self._chosen = chosen
        ui.taskComboBox.connect("currentIndexChanged(int)", self._onIndexChanged)

    def fill(self, choices: Sequence[TaskChoice]) -> None:
        """Offer these tasks."""
        box = self._ui.taskComboBox
        blocked = box.blockSignals(True)
        box.clear()
        firstModel = next((choice for choice in choices if choice.usesModel), None)
        for choice in choices:
            if choice is firstModel:
                box.insertSeparator(box.count)
            box.addItem(choice.title, choice.id)
        box.blockSignals(blocked)

    def show(self, choice: TaskChoice) -> None:
        """Show a task as chosen, even where it is none of those that are offered."""
        box = self._ui.taskComboBox
        blocked = box.blockSignals(True)
        if box.findData(choice.id) < 0:
            box.addItem(choice.title, choice.id)
        box.currentIndex = box.findData(choice.id)
        box.blockSignals(blocked)
        box.toolTip = choice.description
        self._ui.taskLabel.text = choice.description
        self._ui.taskDetailsLabel.text = choice.details

    def _onIndexChanged(self, index):
        taskId = self._ui.taskComboBox.itemData(index) if index >= 0 else None
        if taskId:
            self._chosen(taskId)
