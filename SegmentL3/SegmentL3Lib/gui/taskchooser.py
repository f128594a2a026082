"""The list of tasks, and what the panel says of the one that is chosen."""

from collections.abc import Callable, Sequence

from .choicebox import ChoiceBox
from .taskchoice import TaskChoice


class TaskChooser:
    """Shows tasks by title; the imported models come after a line."""

    def __init__(self, ui, chosen: Callable[[str], None]):
        """``chosen`` is called with the ID of the task that the user picks."""
        self._ui = ui
        self._box = ChoiceBox(ui.taskComboBox, chosen)

    def fill(self, choices: Sequence[TaskChoice]) -> None:
        """Offer these tasks."""
        groups = [[choice for choice in choices if choice.usesModel == usesModel] for usesModel in (False, True)]
        self._box.fill([[(choice.title, choice.id) for choice in group] for group in groups])

    def show(self, choice: TaskChoice) -> None:
        """Show a task as chosen, even where it is none of those that are offered."""
        self._box.show(choice.title, choice.id)
        self._ui.taskComboBox.toolTip = choice.description
        self._ui.taskLabel.text = choice.description
        self._ui.taskDetailsLabel.text = choice.details
