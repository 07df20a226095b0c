"""News agencies: who they are in the spellings of bylines and credit lines, and which of them a text
credits. Pure.
"""

import re
import unicodedata

# The name that an agency has here, and how it is written. What has three letters is a word or somebody's
# initials in another case, so it is compared with its case; all else without case, points and accents.
_TABLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "AP",
        (
            "AP",
            "Associated Press",
            "The Associated Press",
            "AP News",
            "AP通信",
            "AP통신",
            "美联社",
            "美聯社",
            "Ассошиэйтед Пресс",
            "АП",
            "أسوشيتد برس",
            "أ ب",
            "एपी",
            "Асошиейтед прес",
            "এপি",
        ),
    ),
    (
        "Reuters",
        (
            "Reuters",
            "Thomson Reuters",
            "Reuters News",
            "Рейтер",
            "Ройтерс",
            "Рейтерс",
            "رويترز",
            "رویترز",
            "路透社",
            "路透",
            "ロイター",
            "ロイター通信",
            "로이터",
            "로이터통신",
            "रॉयटर्स",
            "Roiters",
            "Reutersi",
            "রয়টার্স",
            "רויטרס",
            "Ρόιτερς",
            "rtr",
        ),
    ),
    (
        "AFP",
        (
            "afp",
            "AFP",
            "Agence France-Presse",
            "Agence France Presse",
            "AFP News",
            "AFP Deutschland",
            "AFP Relaxnews",
            "France-Presse",
            "Франс Пресс",
            "АФП",
            "فرانس برس",
            "أ ف ب",
            "وكالة فرانس برس",
            "法新社",
            "AFP通信",
            "AFP時事",
            "AFP=時事",
            "AFP연합뉴스",
            "এএফপি",
            "एएफपी",
            "afpd",
        ),
    ),
    (
        "dpa",
        (
            "dpa",
            "Deutsche Presse-Agentur",
            "Deutsche Presse-Agentur (dpa)",
            "dpa international",
            "dpa-AFX",
            "dpa-infocom",
            "dpa/tmn",
            "dpa-tmn",
            "dpa/lsw",
            "dpa/lno",
            "dpa/lni",
            "dpa/lby",
            "dpa/lhe",
            "dpa/lrs",
            "dpa/lnw",
            "ДПА",
            "د ب أ",
            "德新社",
            "DPA通信",
        ),
    ),
    ("AFX", ("AFX", "dpa-AFX Broker")),
    ("SID", ("sid", "SID", "Sport-Informations-Dienst")),
    ("epd", ("epd", "Evangelischer Pressedienst")),
    ("KNA", ("kna", "KNA", "Katholische Nachrichten-Agentur")),
    ("APA", ("apa", "APA", "Austria Presse Agentur", "APA.at", "APA-OTS", "Austria Presse-Agentur")),
    (
        "Keystone-SDA",
        (
            "sda",
            "SDA",
            "Keystone-SDA",
            "Keystone SDA",
            "Schweizerische Depeschenagentur",
            "ATS",
            "Keystone-ATS",
            "Agence télégraphique suisse",
        ),
    ),
    (
        "TASS",
        ("TASS", "ITAR-TASS", "ТАСС", "ИТАР-ТАСС", "تاس", "塔斯社", "タス通信", "타스통신", "Agencia TASS"),
    ),
    ("RIA Novosti", ("RIA", "RIA Novosti", "РИА", "РИА Новости", "РИА «Новости»", "俄新社")),
    (
        "Interfax",
        (
            "Interfax",
            "Интерфакс",
            "Interfax-Ukraine",
            "Интерфакс-Украина",
            "Інтерфакс-Україна",
            "国际文传电讯社",
            "インタファクス通信",
        ),
    ),
    ("Ukrinform", ("Ukrinform", "Укринформ", "Укрінформ")),
    ("UNIAN", ("UNIAN", "УНИАН", "УНІАН")),
    ("BelTA", ("BelTA", "БЕЛТА", "БелТА")),
    (
        "Xinhua",
        (
            "Xinhua",
            "Xinhua News Agency",
            "Xinhuanet",
            "新华社",
            "新華社",
            "新华网",
            "Синьхуа",
            "شينخوا",
            "신화통신",
            "Xinhua Agency",
            "Agencia Xinhua",
        ),
    ),
    ("CNS", ("China News Service", "中新社", "中新网", "中国新闻社")),
    ("CNA", ("Central News Agency", "中央社", "CNA Taiwan", "Focus Taiwan")),
    ("Kyodo", ("Kyodo", "Kyodo News", "共同通信", "共同通信社", "共同", "KYODO NEWS", "교도통신", "共同社")),
    ("Jiji Press", ("Jiji", "Jiji Press", "時事通信", "時事通信社", "時事", "時事通信ニュース")),
    (
        "Yonhap",
        (
            "Yonhap",
            "Yonhap News",
            "Yonhap News Agency",
            "연합뉴스",
            "韩联社",
            "韓聯社",
            "聯合ニュース",
            "연합",
        ),
    ),
    ("Newsis", ("Newsis", "뉴시스")),
    ("News1", ("뉴스1",)),
    ("KCNA", ("KCNA", "Korean Central News Agency", "조선중앙통신", "朝中社", "朝鮮中央通信")),
    ("PTI", ("PTI", "Press Trust of India", "पीटीआई", "पीटीआई-भाषा", "भाषा", "PTI News")),
    ("ANI", ("ANI", "Asian News International", "एएनआई", "ANI News")),
    ("IANS", ("IANS", "Indo-Asian News Service", "आईएएनएस", "IANS English")),
    ("UNI", ("United News of India", "यूनीवार्ता")),
    ("APP", ("Associated Press of Pakistan",)),
    ("BSS", ("BSS", "Bangladesh Sangbad Sangstha", "বাসস")),
    ("UNB", ("UNB", "United News of Bangladesh", "ইউএনবি")),
    ("ANSA", ("ANSA", "Agenzia ANSA", "АНСА", "安莎社")),
    ("Adnkronos", ("Adnkronos", "AdnKronos")),
    ("AGI", ("AGI", "Agenzia Italia")),
    ("LaPresse", ("LaPresse",)),
    ("Askanews", ("Askanews",)),
    ("EFE", ("EFE", "Agencia EFE", "EFE Noticias", "埃菲社", "ЭФЭ", "إفي", "Agência EFE")),
    ("Europa Press", ("Europa Press", "EP", "EuropaPress")),
    ("Lusa", ("Lusa", "Agência Lusa", "LUSA")),
    ("Agência Brasil", ("Agência Brasil", "Agencia Brasil", "ABr")),
    ("Estadão Conteúdo", ("Estadão Conteúdo", "Estadao Conteudo")),
    ("Folhapress", ("Folhapress",)),
    ("Télam", ("Télam", "Telam", "Agencia Télam")),
    ("Notimex", ("Notimex",)),
    ("Prensa Latina", ("Prensa Latina", "PL Prensa Latina")),
    ("Noticias Argentinas", ("Noticias Argentinas",)),
    (
        "PA Media",
        (
            "PA",
            "PA Media",
            "Press Association",
            "PA News Agency",
            "PA Wire",
            "The Press Association",
            "PA Real Life",
        ),
    ),
    (
        "The Canadian Press",
        (
            "CP",
            "The Canadian Press",
            "Canadian Press",
            "La Presse canadienne",
            "La Presse Canadienne",
            "Presse canadienne",
            "PC",
        ),
    ),
    ("AAP", ("AAP", "Australian Associated Press")),
    ("Bernama", ("Bernama", "BERNAMA")),
    ("Antara", ("Antara", "ANTARA", "Antara News", "Kantor Berita Antara")),
    ("PNA", ("Philippine News Agency",)),
    ("VNA", ("VNA", "TTXVN", "Thông tấn xã Việt Nam", "VietnamPlus", "Vietnam News Agency")),
    ("TNA", ("Thai News Agency", "สำนักข่าวไทย")),
    ("Belga", ("Belga", "Agence Belga", "Belga News Agency", "BELGA")),
    (
        "ANP",
        ("ANP", "Algemeen Nederlands Persbureau", "Algemeen Nederlands Persbureau (ANP)", "ANP Producties"),
    ),
    ("NTB", ("NTB", "©NTB", "Norsk Telegrambyrå", "NTB – Norsk Telegrambyrå")),
    ("Ritzau", ("Ritzau", "/ritzau/", "Ritzaus Bureau", "ritzau")),
    ("TT", ("TT", "TT Nyhetsbyrån", "Tidningarnas Telegrambyrå", "TT-Reuters", "TT/AFP")),
    ("STT", ("STT", "Suomen Tietotoimisto", "STT-Lehtikuva", "FNB", "SPT")),
    ("BNS", ("BNS", "Baltic News Service")),
    ("ELTA", ("ELTA", "Naujienų agentūra ELTA")),
    ("LETA", ("LETA",)),
    ("PAP", ("PAP", "Polska Agencja Prasowa", "ПАП")),
    ("IAR", ("IAR", "Informacyjna Agencja Radiowa")),
    ("ČTK", ("ČTK", "CTK", "Česká tisková kancelář", "Czech News Agency", "čtk")),
    ("TASR", ("TASR", "Tlačová agentúra Slovenskej republiky")),
    ("SITA", ("SITA",)),
    ("MTI", ("MTI", "Magyar Távirati Iroda")),
    ("Agerpres", ("Agerpres", "AGERPRES")),
    ("Mediafax", ("Mediafax",)),
    ("News.ro", ("News.ro",)),
    ("BTA", ("BTA", "БТА", "Българска телеграфна агенция", "Bulgarian News Agency")),
    ("BGNES", ("BGNES", "БГНЕС")),
    ("Tanjug", ("Tanjug", "Танјуг", "Tanjug News Agency")),
    ("Beta", ("Beta", "Бета", "Novinska agencija Beta")),
    ("FoNet", ("FoNet", "Фонет")),
    ("Hina", ("Hina", "HINA")),
    ("STA", ("STA", "Slovenska tiskovna agencija")),
    ("FENA", ("FENA",)),
    ("SRNA", ("SRNA", "Срна")),
    ("MIA", ("МИА", "MIA News Agency")),
    ("ATA", ("Agjencia Telegrafike Shqiptare",)),
    ("ANA-MPA", ("ANA-MPA", "ΑΠΕ-ΜΠΕ", "ΑΠΕ", "AMNA", "Αθηναϊκό-Μακεδονικό Πρακτορείο Ειδήσεων")),
    ("CNA Cyprus", ("ΚΥΠΕ",)),
    (
        "Anadolu",
        (
            "AA",
            "Anadolu",
            "Anadolu Agency",
            "Anadolu Ajansı",
            "Anadolu Ajansi",
            "АА",
            "Анадолу",
            "الأناضول",
            "وكالة الأناضول",
            "آناتولی",
        ),
    ),
    ("DHA", ("DHA", "Demirören Haber Ajansı")),
    ("İHA", ("İHA", "IHA", "İhlas Haber Ajansı")),
    ("ANKA", ("ANKA", "ANKA Haber Ajansı")),
    ("IRNA", ("IRNA", "ایرنا", "إرنا", "خبرگزاری جمهوری اسلامی")),
    ("ISNA", ("ISNA", "ایسنا")),
    ("Fars", ("Fars News", "Fars News Agency", "خبرگزاری فارس", "فارس")),
    ("Tasnim", ("Tasnim", "Tasnim News", "تسنیم", "خبرگزاری تسنیم")),
    ("Mehr", ("Mehr News", "Mehr News Agency", "خبرگزاری مهر")),
    ("SPA", ("SPA", "Saudi Press Agency", "واس", "وكالة الأنباء السعودية")),
    ("WAM", ("WAM", "Emirates News Agency", "وام")),
    ("QNA", ("QNA", "Qatar News Agency", "قنا")),
    ("KUNA", ("KUNA", "Kuwait News Agency", "كونا")),
    ("MENA", ("Middle East News Agency", "أ ش أ")),
    ("SANA", ("SANA", "سانا")),
    ("NNA", ("National News Agency", "الوكالة الوطنية للإعلام")),
    ("Petra", ("Petra News Agency", "بترا")),
    ("WAFA", ("WAFA", "وفا")),
    ("MAP", ("MAP", "Maghreb Arabe Presse", "Maghreb Agence Presse")),
    ("APS", ("Algérie Presse Service", "Algérie Presse Service (APS)", "وأج")),
    ("TAP", ("Tunis Afrique Presse",)),
    ("NAN", ("NAN", "News Agency of Nigeria")),
    ("GNA", ("Ghana News Agency",)),
    ("KNA Kenya", ("Kenya News Agency",)),
    ("SAnews", ("SAnews", "SAnews.gov.za", "South African Government News Agency")),
    ("Nampa", ("Nampa", "NAMPA")),
    ("APO Group", ("APO Group", "African Press Organization")),
    ("Kazinform", ("Kazinform", "Казинформ", "Қазақпарат")),
    ("Trend", ("Trend News Agency",)),
    ("AzerTac", ("AZERTAC", "AzerTac", "AZƏRTAC")),
    ("Armenpress", ("Armenpress", "Արմենպրես", "Арменпресс")),
    ("Bloomberg", ("Bloomberg", "Bloomberg News", "彭博社", "Блумберг", "ブルームバーグ", "블룸버그")),
    ("Dow Jones", ("Dow Jones", "Dow Jones Newswires", "Dow Jones News")),
    ("UPI", ("UPI", "United Press International")),
    ("AWP", ("AWP", "awp Finanznachrichten", "AWP Finanznachrichten")),
    ("Tribune News Service", ("TNS", "Tribune News Service", "Tribune Content Agency")),
    ("SWNS", ("SWNS", "South West News Service")),
    ("Cover Media", ("Cover Media",)),
)

SHORT = 3
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+")
START, END = 240, 160
_INSIDE = r"[^()（）【】［］\[\]/«»]{2,30}"
_BRACKETED = rf"[(（【［\[/«]\s*({_INSIDE}(?:[/=]{_INSIDE}){{0,3}})\s*[)）】］\]/»]"
# At the very start, or between a place and a dash: elsewhere PA is the Palestinian Authority.
_OPENING = re.compile(rf"^\s*{_BRACKETED}|^[^()]{{2,60}}?{_BRACKETED}\s*[-–—.:]")
_CLOSING = re.compile(rf"{_BRACKETED}\s*$", re.MULTILINE)
_PARTS = re.compile(
    r"\s*[/,;=+&、・·|]\s*|\s+(?:and|und|et|y|e|og|och|ja|en|и|i|with|mit|via|ve)\s+|\s+[-–—]\s+",
    re.IGNORECASE,
)
# OSLO, 2 March - RIA Novosti.
_DATELINE = re.compile(r"^[^.!?]{2,60}?\s[-–—]+\s*([^.!?,–—-]{2,40})[.,]")
# 新华社奥斯陆3月2日电: the agency, then the place, in one.
_EAST_ASIAN_DATELINE = re.compile(r"^([\u3040-\u30ff\u3400-\u9fff]{3,16})\d{1,2}月\d{1,2}日")
_CREDIT = re.compile(
    r"(?:©|\(c\)|copyright|source|quelle|fuente|fonte|bron|kilde|källa|źródło|zdroj|forrás|kaynak|sumber|nguồn|источник"
    r"|джерело|المصدر|出典|来源|來源|with|mit|avec|con)\s*:?\s*(?:\d{4}\s+)?([^.:;,\n]{2,40})",
    re.IGNORECASE,
)


def agency(text: str) -> str | None:
    """The agency that a part of a byline names, by the name that it has here."""
    plain = text.strip(" .,:;()[]*–—-/\u00a0")
    return _EXACT.get(plain) or _FOLDED.get(_fold(plain))


def credited(text: str) -> list[str]:
    """The agencies that an article's text credits where that is done: in its dateline, and at its end."""
    start, end = text[:START], text[-END:]
    found: list[str] = []
    if opening := _OPENING.match(start):
        within = opening[1] or opening[2]
        found += agencies_in(within) or _beside_a_place(within)
    if dateline := _DATELINE.match(start):
        found += agencies_in(dateline[1])
    if dateline := _EAST_ASIAN_DATELINE.match(start):
        found += _beside_a_place(dateline[1])
    for match in (*_CREDIT.finditer(end), *_CLOSING.finditer(end)):
        found += agencies_in(match[1])
    found += agencies_in(text.rstrip().rpartition("\n")[2][:60])
    return list(dict.fromkeys(found))


def _beside_a_place(text: str) -> list[str]:
    """The agency that begins or ends a text in Han or kana, which has no spaces: オスロ共同."""
    return [
        name for spelling, name in _EAST_ASIAN.items() if text.startswith(spelling) or text.endswith(spelling)
    ][:1]


def agencies_in(text: str) -> list[str]:
    """The agencies among the parts of a byline such as "Ada Example and AFP"."""
    whole = agency(text)
    parts = [text] if whole else _PARTS.split(text)
    return [name for part in parts if (name := agency(part))]


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace(".", "").replace("-", " "))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


_EXACT = {spelling: name for name, spellings in _TABLE for spelling in spellings}
_FOLDED = {
    _fold(spelling): name for name, spellings in _TABLE for spelling in spellings if len(spelling) > SHORT
}
_EAST_ASIAN = {spelling: name for spelling, name in _EXACT.items() if _UNSPACED.fullmatch(spelling)}
