"""Names that could be taken for the staff or the system, in the scripts that people write. Pure."""

import unicodedata

import regex

from chat.services.lookalikes import looks, skeleton

_TITLES = (
    *("admin", "administrator", "moderator", "webmaster", "owner", "operator", "sysop"),
    *("운영자", "운영진", "관리자", "관리인", "매니저", "방장"),
    *("어드민", "모더레이터", "오퍼레이터"),
    *("админ", "модератор", "оператор", "адмін", "διαχειριστης", "συντονιστης", "αντμιν"),
    *("ადმინ", "მოდერატორ", "ադմին", "մոդերատոր", "אדמין", "מנהל", "أدمن", "ادمن", "المشرف"),
    *("एडमिन", "मॉडरेटर", "প্রশাসক", "অ্যাডমিন", "এডমিন", "แอดมิน", "ผู้ดูแล", "அட்மின்"),
    *("管理者", "管理人", "管理员", "管理員", "运营", "運営", "版主", "站长", "站長", "群主"),
    *("アドミン", "モデレーター", "モデレータ", "オペレーター", "オーナー"),
)
"""Whoever wears one of these at either end of the name wears the title."""
_WORDS = (
    *("system", "sysadmin", "staff", "madang", "support", "notice", "official", "root", "server"),
    *("bot", "chatbot", "mod", "helpdesk", "host", "manager", "everyone", "all", "here"),
    *("시스템", "알림", "알림이", "공지", "공지사항", "마당", "스태프", "스탭", "직원", "고객센터"),
    *("봇", "챗봇", "호스트", "진행자", "오너", "공식", "서버", "운영팀", "관리팀", "주인장"),
    *("система", "поддержка", "персонал", "владелец", "хост", "бот", "сервер", "менеджер"),
    *("власник", "підтримка", "система", "συστημα", "υποστηριξη", "ιδιοκτητης", "προσωπικο"),
    *("სისტემა", "მფლობელი", "համակարգ", "מערכת", "צוות", "תמיכה", "בעלים"),
    *("مدير", "مشرف", "المدير", "النظام", "الدعم", "المالك", "موظف", "मालिक", "सिस्टम", "मेज़बान"),
    *("মালিক", "সিস্টেম", "ระบบ", "เจ้าของ", "ทีมงาน", "நிர்வாகி"),
    *("系统", "系統", "客服", "官方", "主持人", "工作人员", "工作人員", "所有者", "公告", "机器人"),
    *("システム", "スタッフ", "サポート", "ホスト", "ボット", "公式", "お知らせ", "司会者"),
)
"""Names that are one of these, whatever stands around it."""
_DECORATION = tuple(
    skeleton(word) for word in ("님", "씨", "공식", "official", "the", "team", "팀")
)
_LEET = str.maketrans("34578!$@", "eastbisa")


def _bare(text: str) -> str:
    """Without accents, and NFC."""
    return unicodedata.normalize(
        "NFC", regex.sub(r"\p{sc=Inherited}", "", unicodedata.normalize("NFD", text))
    )


def _letters(text: str) -> set[str]:
    return {regex.sub(r"[^\p{L}\p{M}]+", "", key) for key in looks(text)}


_BLURRED_TITLES = tuple({key for word in _TITLES for key in _letters(_bare(word))})
_BLURRED_WORDS = frozenset(key for word in _WORDS for key in _letters(_bare(word)))


def sounds_like_staff(name: str) -> bool:
    """Whether someone could take the bearer for the staff or the system, in any of the scripts."""
    bare = _bare(unicodedata.normalize("NFKC", name))
    # As written, and with digits read as the letters they resemble and as numbers behind a name.
    words = _letters(bare.translate(_LEET)) | _letters(regex.sub(r"\d+$", "", bare))
    return any(map(_is_staffs, words))


def _is_staffs(word: str) -> bool:
    if any(word.startswith(title) or word.endswith(title) for title in _BLURRED_TITLES):
        return True
    if any(title in word for title in _BLURRED_TITLES if not title.isascii()):
        return True
    for affix in _DECORATION:
        if word not in _BLURRED_WORDS:
            word = word.removeprefix(affix).removesuffix(affix)
    return word in _BLURRED_WORDS
