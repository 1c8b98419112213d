"""Words of the audit's screen."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "desk_audit": Text("Журнал", "Audit"),
    "audit_title": Text("Журнал действий", "Audit"),
    "audit_who": Text("Кто", "Who"),
    "audit_anyone": Text("Все", "Anybody"),
    "audit_any": Text("Любой", "Any"),
    "audit_any_action": Text("Любое", "Any"),
    "audit_action": Text("Действие", "Action"),
    "audit_object": Text("Над чем", "What to"),
    "audit_outcome": Text("Итог", "Outcome"),
    "audit_done": Text("Сделано", "Done"),
    "audit_denied": Text("Не разрешено", "Denied"),
    "audit_refused": Text("Отказ", "Refused"),
    "audit_asked": Text("Запрошено", "Asked"),
    "audit_unknown": Text("Неизвестно", "Not known"),
    "audit_from": Text("С какого дня", "From"),
    "audit_to": Text("По какой день", "To"),
    "audit_go": Text("Показать", "Show"),
    "audit_csv": Text("Скачать таблицу", "Download as a table"),
    "audit_at": Text("Когда", "When"),
    "audit_client": Text("Адрес", "Address"),
    "audit_more": Text("Подробности", "Details"),
    "audit_show": Text("Показать", "Show"),
    "audit_older": Text("Раньше", "Older"),
    "audit_none": Text(
        "Таких записей нет. Измените условия и покажите снова.",
        "There are no such entries. Change the filter and try again.",
    ),
}
