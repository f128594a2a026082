"""The list of models, and what the panel says of the one that is chosen."""

from collections.abc import Callable, Sequence

from SegmentL3Lib.gui.choicebox import ChoiceBox

from .modelchoice import ModelChoice


class ModelChooser:
    """Shows models by title; the imported ones come after a line."""

    def __init__(self, ui, chosen: Callable[[str], None]):
        """``chosen`` is called with the ID of the model that the user picks."""
        self._ui = ui
        self._box = ChoiceBox(ui.modelComboBox, chosen)

    def fill(self, choices: Sequence[ModelChoice]) -> None:
        """Offer these models."""
        groups = [[choice for choice in choices if choice.isShipped == isShipped] for isShipped in (True, False)]
        self._box.fill([[(choice.title, choice.id) for choice in group] for group in groups])

    def show(self, choice: ModelChoice) -> None:
        """Show a model as chosen, even where it is none of those that are offered."""
        self._box.show(choice.title, choice.id)
        self._ui.modelComboBox.toolTip = choice.title
        self._ui.modelLabel.text = choice.problem or choice.description
