"""Filling a QTableWidget whose columns and look come from the .ui file."""

import qt

SQUARE_PX = 14
FRAME_GRAY = 110


def stretchFirstColumn(table) -> None:
    """Let the first column take the room that the others leave, and its texts as many lines as they need."""
    header = table.horizontalHeader()
    header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
    for column in range(1, table.columnCount):
        header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
    table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)


def fill(table, rows: list[list[str]], hints: list[str]) -> None:
    """Replace the rows; texts after the first column are right aligned, a hint is the tool tip of its whole row."""
    table.setRowCount(len(rows))
    for number, (texts, hint) in enumerate(zip(rows, hints, strict=True)):
        for column, text in enumerate(texts):
            table.setItem(number, column, _item(text, hint, column > 0))


def setColor(table, row: int, color) -> None:
    """Put a framed square of a color (three numbers, 0 to 1) before the first text of a row; None: as much room."""
    pixmap = qt.QPixmap(SQUARE_PX, SQUARE_PX)
    pixmap.fill(qt.QColor(0, 0, 0, 0) if color is None else qt.QColor(*(round(255 * part) for part in color)))
    if color is not None:
        painter = qt.QPainter(pixmap)
        painter.setPen(qt.QColor(FRAME_GRAY, FRAME_GRAY, FRAME_GRAY))  # white must be seen on white
        painter.drawRect(0, 0, SQUARE_PX - 1, SQUARE_PX - 1)
        painter.end()
    table.item(row, 0).setIcon(qt.QIcon(pixmap))


def setBold(table, row: int) -> None:
    """Make the texts of a row bold."""
    for column in range(table.columnCount):
        item = table.item(row, column)
        font = item.font()
        font.setBold(True)
        item.setFont(font)


def _item(text, hint, isRight):
    item = qt.QTableWidgetItem(text)
    item.setToolTip(hint)
    horizontal = qt.Qt.AlignRight if isRight else qt.Qt.AlignLeft
    item.setTextAlignment(horizontal | qt.Qt.AlignVCenter)
    return item
