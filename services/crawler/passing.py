"""Lines that change by themselves: how long ago, on what day, how many. Pure."""

import re

# A line of nothing but numbers and these words is a time, a date or a count.
WORDS = re.compile(
    r"""(?:just|now|ago|an?|the|at|on|of|in|to|and|last|updated?|published|posted|modified|created|edited
    |read(?:ing)?|time|s|m|h|d|w|y|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?|months?|years?|today|yesterday
    |am|pm|gmt|utc|bst|cest|cet|est|edt|pst|pdt|ist|z|t
    |comments?|shares?|likes?|views?|votes?|reactions?|replies|reply|followers?|visitors?|readers?|online|k|mio|mln
    |jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?
    |nov(?:ember)?|dec(?:ember)?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|st|nd|rd|th
    |vor|vom|um|uhr|der|den|sek(?:unden?)?|minuten?|std|stunden?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?|heute
    |gestern|aktualisiert|veröffentlicht|stand|kommentare?|jänner|januar|februar|märz|mai|juni|juli|oktober|dezember
    |montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag
    |il|y|a|à|le|de|du|et|hace|hoy|ayer|el|del|las|los|fa|alle|ore|ora|oggi|ieri|há|às|hoje|ontem|atualizado
    |mis|publié|modifié|jour|jours|heures?|semaines?|mois|ans?|hier|commentaires?|actualizado|publicado|aggiornato
    |pubblicato|horas?|minutos?|segundos?|días?|dias?|semanas?|mes(?:es)?|años?|anos?|comentarios?|comentários?|minuti
    |giorni|settimane?|commenti|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre
    |enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre
    |gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho
    |setembro|outubro|novembro|dezembro|geleden|uur|dagen|siden|sedan|timer?|timmar|dager?|dagar|temu|godz(?:in\w*)?
    |назад|минут[уы]?|час(?:а|ов)?|дн(?:я|ей)|сегодня|вчера|января|февраля|марта|апреля|мая|июня|июля|августа
    |сентября|октября|ноября|декабря|önce|dakika|saat|gün
    |(?:[年月日時间間分钟秒小时前天週時更新]|시간|분|일|전|년|월)+)""",
    re.IGNORECASE | re.VERBOSE,
)
PIECES = re.compile(r"\d+|[^\W\d_]+")


def passing(line: str) -> bool:
    """Whether a line says only when, or how many: `3 hours ago`, `27 Nov 2026, 10:15`, `12 comments`."""
    pieces = PIECES.findall(line)
    words = [piece for piece in pieces if not piece.isdigit()]
    counted = len(words) < len(pieces) or line.casefold() in {"just now", "now", "today", "yesterday"}
    return not pieces or (counted and all(WORDS.fullmatch(word) for word in words))
