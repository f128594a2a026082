"""The section of the panel that lists, imports and deletes models."""

from collections.abc import Callable
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ..errors import SegmentL3Error
from . import settings, tableview
from .modelcatalog import CatalogCallbacks, ModelCatalog
from .modeldetails import detailsText
from .modelrow import ModelRow, sizeText

DAMAGED_COLOR = (0.83, 0.18, 0.18)
READY_COLOR = (0.18, 0.62, 0.27)


class ModelSection:
    """Shows what the catalog has. Requests run in the worker, so the panel stays usable meanwhile.

    ``askForFile`` and ``askForFolder`` are attributes, so that they can be replaced.
    """

    def __init__(self, ui, panel, catalog: ModelCatalog, changed: Callable[[], None], added: Callable[[str], None]):
        """
        Args:
            ui: widgets of the panel.
            panel: QObject that owns timers and dialogs.
            catalog: the imported models.
            changed: is called when the models may be others.
            added: is called with the task of a model that the user has imported.
        """
        self._ui = ui
        self._panel = panel
        self._catalog = catalog
        self._changed = changed
        self._added = added
        self._rows: tuple[ModelRow, ...] = ()
        self.askForFile = self._askForFile
        self.askForFolder = self._askForFolder
        self._timer = qt.QTimer(panel)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self.refresh)
        self._fillMenu()
        self._connect()
        tableview.stretchFirstColumn(ui.modelsTable)
        self._showFolder()
        self._showBusy(False)
        self._say("")
        self._showSelected()

    def _fillMenu(self):
        self._menu = qt.QMenu(self._ui.importButton)
        self._importFile = self._menu.addAction(_("Zip file..."))
        self._importFolder = self._menu.addAction(_("Folder..."))
        self._importFile.connect("triggered(bool)", self.onImportFile)
        self._importFolder.connect("triggered(bool)", self.onImportFolder)
        self._ui.importButton.setMenu(self._menu)

    def _connect(self):
        ui = self._ui
        ui.modelsTable.connect("itemSelectionChanged()", self._showSelected)
        ui.deleteModelButton.connect("clicked(bool)", self.onDelete)
        ui.refreshModelsButton.connect("clicked(bool)", self.refresh)
        ui.stopModelsButton.connect("clicked(bool)", self.onStop)
        ui.chooseFolderButton.connect("clicked(bool)", self.onChooseFolder)
        ui.defaultFolderButton.connect("clicked(bool)", self.onDefaultFolder)

    def refreshSoon(self) -> None:
        """Look into the models folder as soon as the application has nothing else to do."""
        self._timer.start()

    def close(self) -> None:
        """Stop whatever is under way; nothing is called back any more."""
        self._timer.stop()
        self._catalog.cancel()

    def refresh(self, _checked: bool = False) -> None:
        """Look into the models folder."""
        self._request(self._catalog.refresh, _("Looking for models"), self._onRefreshed)

    def onImportFile(self, _checked: bool = False) -> None:
        """Let the user choose a zip file, and import it."""
        self._import(self.askForFile())

    def onImportFolder(self, _checked: bool = False) -> None:
        """Let the user choose a folder, and import it."""
        self._import(self.askForFolder(_("Import model"), settings.importFolder()))

    def onDelete(self, _checked: bool = False) -> None:
        """Ask, and delete the selected model."""
        row = self._selected()
        question = _('Delete the model "{title}" from the models folder? This cannot be undone.')
        if row and slicer.util.confirmOkCancelDisplay(question.format(title=row.title), _("Delete model")):
            self._request(
                lambda *arguments: self._catalog.remove(row.identifier, *arguments),
                _("Deleting"),
                lambda _identifier: self._end(_('"{title}" has been deleted.').format(title=row.title)),
            )

    def onStop(self, _checked: bool = False) -> None:
        """Stop the request that is under way."""
        self._catalog.cancel()
        self._end(_("Stopped."))

    def onChooseFolder(self, _checked: bool = False) -> None:
        """Let the user choose the models folder."""
        path = self.askForFolder(_("Models folder"), str(settings.modelsFolder()))
        if path:
            self._setFolder(path)

    def onDefaultFolder(self, _checked: bool = False) -> None:
        """Return to the default models folder."""
        self._setFolder("")

    def _askForFile(self):
        return qt.QFileDialog.getOpenFileName(
            self._panel, _("Import model"), settings.importFolder(), _("Model packages (*.zip)")
        )

    def _askForFolder(self, title, start):
        return qt.QFileDialog.getExistingDirectory(self._panel, title, start)

    def _setFolder(self, path):
        settings.setModelsFolder(path)
        self._showFolder()
        self.refresh()

    def _import(self, path):
        if not path:
            return
        settings.setImportFolder(str(Path(path).parent))
        self._request(
            lambda *arguments: self._catalog.importPackage(path, *arguments), _("Importing"), self._onImported
        )

    def _request(self, start, status, finished):
        """Start a request of the catalog, unless one is under way."""
        if self._catalog.isBusy:
            return
        callbacks = CatalogCallbacks(finished, self._end)
        self._showBusy(True)
        self._say(f"{status}...")
        try:
            start(self._panel, callbacks)
        except (SegmentL3Error, OSError) as error:
            self._end(str(error))

    def _onRefreshed(self, _identifier):
        self._end("" if self._catalog.rows else _("No model has been imported yet."))

    def _onImported(self, identifier):
        self._end(_("Imported."))
        self._select(identifier)
        self._added(self._selected().taskId)

    def _end(self, status):
        self._showBusy(False)
        self._say(status)
        self._showRows()
        self._changed()

    def _showBusy(self, isBusy):
        ui = self._ui
        ui.modelsProgressBar.visible = isBusy
        ui.stopModelsButton.visible = isBusy
        for widget in (ui.importButton, ui.refreshModelsButton, ui.chooseFolderButton, ui.defaultFolderButton):
            widget.enabled = not isBusy
        ui.deleteModelButton.enabled = not isBusy and self._selected() is not None

    def _say(self, text):
        self._ui.modelsStatusLabel.text = text
        self._ui.modelsStatusLabel.visible = bool(text)

    def _showFolder(self):
        folder = str(settings.modelsFolder())
        self._ui.modelsFolderEdit.text = folder
        self._ui.modelsFolderEdit.toolTip = folder

    def _showRows(self):
        selected = self._selected()
        self._rows = self._catalog.rows
        table = self._ui.modelsTable
        blocked = table.blockSignals(True)
        texts = [[row.title, _("damaged") if row.error else sizeText(row.size_bytes)] for row in self._rows]
        tableview.fill(table, texts, [row.error or row.kind for row in self._rows])
        for number, row in enumerate(self._rows):
            tableview.setColor(table, number, DAMAGED_COLOR if row.error else READY_COLOR)
        table.clearSelection()
        table.blockSignals(blocked)
        table.visible = bool(self._rows)
        self._select(selected.identifier if selected else None)

    def _select(self, identifier):
        for number, row in enumerate(self._rows):
            if row.identifier == identifier:
                self._ui.modelsTable.selectRow(number)
        self._showSelected()

    def _selected(self) -> ModelRow | None:
        chosen = self._ui.modelsTable.selectionModel().selectedRows()
        numbers = [index.row() for index in chosen if index.row() < len(self._rows)]
        return self._rows[numbers[0]] if numbers else None

    def _showSelected(self):
        row = self._selected()
        self._ui.modelLabel.text = detailsText(row) if row else ""
        self._ui.modelLabel.visible = row is not None
        self._ui.deleteModelButton.enabled = row is not None and not self._catalog.isBusy
