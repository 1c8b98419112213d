"""Words of the staff's frame and doors: sign in, second factor, people and their rights."""

from __future__ import annotations

from typing import Final

from checkout.catalogue.catalogue import Text

WORDS: Final = {
    "desk": Text("Рабочее место", "Staff desk"),
    "desk_rooms": Text("Разделы", "Rooms"),
    "wing_front": Text("Приём", "Front desk"),
    "wing_money": Text("Деньги", "Money"),
    "wing_setting": Text("Настройка", "Settings"),
    "desk_home": Text("Начало", "Start"),
    "desk_people": Text("Сотрудники", "Staff"),
    "desk_me": Text("Мои входы", "My sign-ins"),
    "desk_out": Text("Выйти", "Sign out"),
    "desk_hello": Text("Что делаем?", "What is next?"),
    "desk_nothing": Text(
        "У вас пока нет прав ни на один раздел. Их даёт администратор.",
        "You may not enter any room yet. An administrator gives the rights.",
    ),
    "desk_back": Text("Вернуться", "Go back"),
    "desk_refused": Text("Это не сделано", "This was not done"),
    "login_title": Text("Вход для сотрудников", "Staff sign-in"),
    "login_email": Text("Электронная почта", "E-mail"),
    "login_password": Text("Пароль", "Password"),
    "login_go": Text("Войти", "Sign in"),
    "login_help": Text(
        "Не можете войти? Администратор клиники даст вам ссылку, по которой выбирают новый пароль.",
        "Cannot sign in? Your clinic’s administrator gives you a link to choose a new password.",
    ),
    "second_title": Text("Второй шаг входа", "Second step"),
    "second_code": Text("Код из приложения", "Code from the app"),
    "second_code_hint": Text(
        "Шесть цифр; если телефона нет, один из кодов на бумаге",
        "Six digits; without the telephone, one of the codes on paper",
    ),
    "second_go": Text("Подтвердить", "Confirm"),
    "setup_title": Text("Настройте второй шаг", "Set up the second step"),
    "setup_why": Text(
        "Ваша роль имеет дело с деньгами, поэтому одного пароля мало. Откройте на телефоне приложение с кодами "
        "и отсканируйте картинку.",
        "Your role deals with money, so a password alone is not enough. Open a code app on your telephone and scan "
        "the picture.",
    ),
    "setup_qr": Text("QR-код для приложения", "QR code for the app"),
    "setup_secret": Text("Или введите ключ вручную:", "Or type the key by hand:"),
    "paper_title": Text("Сохраните коды на бумаге", "Keep these codes on paper"),
    "paper_why": Text(
        "Если телефона не окажется рядом, войдите по одному из них. Каждый работает один раз. Больше мы их не покажем.",
        "If your telephone is not at hand, sign in with one of them. Each works once. They are not shown again.",
    ),
    "paper_go": Text("Коды сохранены, продолжить", "I have kept them, go on"),
    "proof_title": Text("Подтвердите, что это вы", "Confirm that it is you"),
    "proof_why": Text(
        "Это важное действие. Введите код ещё раз, и оно будет выполнено. Ничего заново вводить не придётся.",
        "This step matters. Enter the code once more, and it is done. Nothing has to be typed again.",
    ),
    "ticket_title": Text("Выберите пароль", "Choose a password"),
    "ticket_hint": Text(
        "От 15 символов. Лучше всего несколько слов подряд. Цифры и знаки не обязательны.",
        "At least 15 characters. Several words in a row are best. Digits and signs are not needed.",
    ),
    "ticket_go": Text("Сохранить пароль", "Save the password"),
    "ticket_dead": Text("Ссылка больше не работает", "The link does not work any more"),
    "people_title": Text("Сотрудники", "Staff"),
    "people_new": Text("Пригласить сотрудника", "Invite somebody"),
    "people_name": Text("Имя и фамилия", "Name"),
    "people_email": Text("Электронная почта", "E-mail"),
    "people_email_hint": Text("По ней входят", "They sign in with it"),
    "people_name_hint": Text("Как писать в журналах клиники", "As the clinic writes it"),
    "people_roles": Text("Роли", "Roles"),
    "people_roles_hint": Text(
        "Отметьте роль и клинику. Права складываются. Роли с пометкой «второй шаг» входят по коду.",
        "Tick a role and a clinic. Rights add up. Roles marked “second step” sign in with a code.",
    ),
    "people_role": Text("Роль", "Role"),
    "people_everywhere": Text("Все клиники", "All clinics"),
    "people_second_mark": Text("второй шаг", "second step"),
    "people_state": Text("Вход", "Sign-in"),
    "people_open": Text("Может войти", "May sign in"),
    "people_invited": Text("Приглашён, пароль не выбран", "Invited, no password yet"),
    "people_disabled": Text("Отключён", "Disabled"),
    "people_save": Text("Сохранить права", "Save the rights"),
    "people_second": Text("Второй шаг обязателен", "The second step is required"),
    "people_invite_go": Text("Добавить сотрудника", "Add"),
    "people_link": Text("Создать ссылку для пароля", "Make a link to choose a password"),
    "people_link_shown": Text(
        "Передайте ссылку лично. Её видно один раз; прежние ссылки больше не работают.",
        "Hand the link over in person. It is shown once; earlier links do not work any more.",
    ),
    "people_link_label": Text("Ссылка", "Link"),
    "people_disable": Text("Отключить", "Disable"),
    "people_enable": Text("Включить снова", "Enable again"),
    "people_forget": Text("Телефон потерян: сбросить второй шаг", "Telephone lost: reset the second step"),
    "people_own": Text(
        "Свои права меняет другой администратор.", "Your own rights are changed by another administrator."
    ),
    "people_logins": Text("Открытые входы", "Open sign-ins"),
    "people_no_logins": Text("Сейчас никто не вошёл.", "Nobody is signed in."),
    "login_where": Text("Откуда", "From"),
    "login_device": Text("Браузер", "Browser"),
    "login_since": Text("Вход", "Since"),
    "login_seen": Text("Последнее действие", "Last seen"),
    "login_this": Text("этот вход", "this one"),
    "login_end": Text("Завершить", "End"),
    "login_end_others": Text("Завершить все другие", "End all the others"),
    "me_title": Text("Мои входы", "My sign-ins"),
    "keys_title": Text("Клавиши", "Keys"),
    "keys_search": Text("К строке поиска", "To the search field"),
    "keys_next": Text("Следующая строка списка", "Next line of the list"),
    "keys_before": Text("Предыдущая строка", "Line before"),
    "keys_tick": Text("Отметить строку", "Tick the line"),
    "keys_list": Text("Этот список", "This list"),
    "keys_on": Text(
        "Буквы работают как клавиши. Пока вы пишете, они молчат; раскладка любая.",
        "Letters work as keys. They rest while you write; any keyboard layout will do.",
    ),
    "keys_close": Text("Закрыть", "Close"),
}
