"""News agencies: one short name for each, whatever the language, script, old name or service that is printed."""

import re
import unicodedata
from collections.abc import Set as AbstractSet

#: Short name → other printed forms, "/" between them. The short name itself always counts.
_TABLE = {
    "TASS": "ТАСС/Itar-Tass/ИТАР-ТАСС/塔斯社/タス通信/타스",
    "RIA Novosti": "РИА Новости/RIA/РИА/РИА Новости Крым/ria.ru",
    "R-Sport": "Р-Спорт",
    "Sputnik": "Спутник/스푸트니크",
    "Interfax": "Интерфакс/Interfax-Ukraine/Интерфакс-Украина/Interfax-Kazakhstan/INTERFAX.RU",
    "REGNUM": "ИА REGNUM/РЕГНУМ",
    "Rosbalt": "Росбалт",
    "Prime": "ПРАЙМ/PRIME",
    "UNN": "УНН",
    "UNIAN": "УНИАН/УНІАН",
    "Ukrinform": "Укринформ/Укрінформ",
    "BelTA": "БелТА/БЕЛТА",
    "KCNA": "ЦТАК/조선중앙통신/朝鮮中央通信/朝中社/朝中通信/Korean Central News Agency",
    "Yonhap": "연합뉴스/聯合ニュース/韩联社/韓聯社/Yonhap News Agency/Yonhap News/Ёнхап/Рёнхап/يونهاب",
    "Newsis": "뉴시스",
    "News1": "뉴스1",
    "Xinhua": "新华社/新華社/新华网/新華網/新华/新華/新華社通信/Синьхуа/신화통신/신화/Xinhua News Agency/شينخوا",
    "China News Service": "中新社/中新网/中新網/ECNS/CNS/中国新闻网",
    "People's Daily Online": "人民网/人民網",
    "CCTV": "央视/央视网/央视新闻",
    "CNA": "中央社/中央通訊社/Central News Agency/Focus Taiwan",
    "Kyodo": "Kyodo News/共同/共同社/共同通信/Киодо/교도/교도통신",
    "Jiji Press": "Jiji/時事/時事通信/时事社/時事社/지지통신",
    "NHK": "",
    "Reuters": "ロイター/路透/路透社/Рейтер/Рейтерс/Reuter/로이터/رويترز/Thomson Reuters",
    "AP": "Associated Press/The Associated Press/美联社/美聯社/AP通信/АП/أسوشيتد برس",
    "AFP": "法新社/AFP時事/АФП/Agence France-Presse/Agence France Presse/أ ف ب/فرانس برس",
    "UPI": "United Press International/合众国际社/合眾國際社",
    "CP": "Canadian Press/The Canadian Press/La Presse Canadienne/PC",
    "dpa": "德新社/DPA/Deutsche Presse-Agentur/dpa-AFX/ДПА",
    "ANSA": "АНСА/安莎社",
    "Adnkronos": "",
    "AGI": "",
    "askanews": "",
    "LaPresse": "",
    "ATS": "Keystone-ATS",
    "sda": "Keystone-SDA",
    "CNN": "",
    "EFE": "EFECOM/埃菲社",
    "Europa Press": "EUROPA PRESS",
    "Lusa": "",
    "STA": "",
    "APA": "АПА",
    "PAP": "",
    "ČTK": "CTK",
    "TASR": "",
    "MTI": "",
    "BTA": "БТА",
    "Agerpres": "",
    "Tanjug": "Танјуг/Танюг",
    "HINA": "",
    "Belga": "",
    "ANP": "",
    "NTB": "",
    "TT": "",
    "Ritzau": "",
    "STT": "",
    "BNS": "",
    "ELTA": "ЭЛЬТА",
    "LETA": "ЛЕТА",
    "PA": "Press Association/PA Media",
    "AA": "Anadolu/Anadolu Agency/Anadolu Ajansı/AA Russian/Анадолу/الأناضول",
    "DHA": "",
    "IHA": "İHA",
    "IRNA": "ИРНА/ایرنا/إرنا",
    "MNA": "Mehr/Mehr News Agency/مهر",
    "Tasnim": "Тасним/تسنیم",
    "Fars": "Fars News Agency/FNA",
    "ISNA": "ایسنا",
    "Press TV": "",
    "SANA": "САНА/سانا",
    "WAM": "وام",
    "KUNA": "كونا",
    "SPA": "واس",
    "QNA": "قنا",
    "MENA": "",
    "NNA": "",
    "Petra": "بترا",
    "ARMENPRESS": "АРМЕНПРЕСС",
    "Trend": "Тренд",
    "AZERTAC": "AZƏRTAC/АЗЕРТАДЖ/АЗЕРТАГ",
    "KAZINFORM": "Казинформ/Qazinform/ҚазАқпарат/МИА Казинформ",
    "Kabar": "Кабар",
    "AKIpress": "",
    "UzA": "УзА",
    "Khovar": "Ховар",
    "MONTSAME": "МОНЦАМЭ",
    "VNA": "TTXVN/Vietnam News Agency/VNA/VNP",
    "Bernama": "",
    "Antara": "ANTARA News",
    "PNA": "",
    "PTI": "",
    "ANI": "",
    "UNI": "",
    "IANS": "",
    "APP": "",
    "BSS": "",
    "Prensa Latina": "PL",
    "Télam": "Telam",
    "Notimex": "",
    "Bloomberg": "",
    "PRNewswire": "PR Newswire/PRNewswire-FirstCall",
    "Business Wire": "BUSINESS WIRE",
    "GLOBE NEWSWIRE": "GlobeNewswire",
}
#: Too common as words or initials to stand for an agency outside brackets.
_ONLY_BRACKETED = {
    "PC",
    "PL",
    "TT",
    "PA",
    "SPA",
    "CNS",
    "PRIME",
    "TREND",
    "新华",
    "新華",
    "مهر",
    "وام",
    "واس",
    "قنا",
    "АП",
    "MENA",
    "Спутник",
}


def _fold(printed: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", printed)).casefold()


_FORMS = {short: (short, *filter(None, forms.split("/"))) for short, forms in _TABLE.items()}
_SHORT = {_fold(form): short for short, forms in _FORMS.items() for form in forms}
#: Characters of a name that may be an agency's; folding many combining marks takes quadratic time.
_LONGEST = 200
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def canonical(printed: str) -> str | None:
    """The short name of an agency as printed anywhere, or None if the table does not know it."""
    return _SHORT.get(_fold(printed)) if len(printed) <= _LONGEST else None


def _pattern() -> str:
    """All printed forms. Scripts that write no spaces have no word ends either; short Latin forms are words in lower case."""
    forms = {form for forms in _FORMS.values() for form in forms} - _ONLY_BRACKETED
    spaceless = {form for form in forms if _SPACELESS.search(form)}
    short = {form for form in forms - spaceless if form.isascii() and len(form) < 5}
    # What stands around a word is looked at once, not with each of two hundred.
    return rf"{_any(spaceless)}|(?<!\w)(?:(?i:{_any(forms - spaceless - short)})|{_any(short)})(?!\w)"


def _any(forms: AbstractSet[str]) -> str:
    """The longest first: an agency's name may begin with another's."""
    return "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in sorted(forms, key=lambda form: (-len(form), form)))


#: An agency of the table where it stands in a text.
BARE = re.compile(_pattern())
