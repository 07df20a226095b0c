"""What gives a kind of page away: types, paths, players, titles of errors. Data, each narrow."""

import re

ARTICLE_TYPE = re.compile(
    r'"(?:\w{0,30}NewsArticle|Article|\w{0,30}BlogPosting|OpinionPiece|\w{0,30}Report|ScholarlyArticle|Review)"'
    r'|"articleBody"\s{0,9}:\s{0,9}"[^"]'
)
VIDEO_TYPE = re.compile(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"VideoObject"')
GALLERY_TYPE = re.compile(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(?:ImageGallery|MediaGallery)"')

# Whole steps of a path: /video/storm and /videos/storm, not /video-killed-the-radio-star
VIDEO_PATH = re.compile(
    r"/(?:videos?|vídeos?|watch|mediathek|tv-video|video-news|clips?|clip|vod)(?:/|$)", re.IGNORECASE
)
GALLERY_PATH = re.compile(
    r"/(?:(?:photo|image|picture|media)?-?galler(?:y|ies)|photos?|pictures|in-pictures|slide-?shows?|"
    r"(?:bilder|foto)-?(?:galerien?|strecken?)|galeries?|diaporamas?|galerías?|fotogaler[ií]as?|galerias?|"
    r"fotogaller(?:y|ia|ie)|foto)(?:/|$)",
    re.IGNORECASE,
)
FRONT_PATH = re.compile(
    r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?|(?:index|home|default)(?:\.\w{3,5})?/?)?", re.IGNORECASE
)
PLAYER = re.compile(
    r"//[^/]{0,80}(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com|dailymotion\.com|brightcove\.net|"
    r"jwplatform\.com|jwplayer\.com|ooyala\.com|kaltura\.com|rutube\.ru|players?\.)",
    re.IGNORECASE,
)

PARTS = re.compile(r"\s[|–—·-]\s|\s?[|»«:]\s")
ERROR_CODE = re.compile(
    r"(?:(?:http|error|fehler|erreur|ошибка|status|code)[\s:#-]{0,3})*\b[45]\d\d\b(?:\s(?:error|fehler))?"
)
# Whole titles in lower case, without a code and without what is not a letter at the ends.
ERROR_TITLES = frozenset(
    line.strip()
    for line in """
page not found
not found
the page was not found
page was not found
this page was not found
page can't be found
page could not be found
page cannot be found
that page can't be found
this page can't be found
this page could not be found
the page could not be found
the requested page could not be found
the page you requested could not be found
the page you requested was not found
the page you are looking for could not be found
the page you're looking for can't be found
oops! that page can't be found
oops! page not found
sorry, page not found
sorry, this page isn't available
page unavailable
page not available
page is not available
page does not exist
this page does not exist
this page doesn't exist
page no longer exists
page no longer available
page missing
article not found
story not found
content not found
content unavailable
we can't find that page
we can't find the page you're looking for
we couldn't find that page
sorry, we couldn't find that page
sorry, we can't find that page
file not found
file or directory not found
gone
internal server error
server error
bad gateway
service unavailable
service temporarily unavailable
gateway timeout
gateway time-out
too many requests
bad request
an error occurred
an error has occurred
an unexpected error occurred
application error
something went wrong
oops, something went wrong
error
error establishing a database connection
database error
site maintenance
scheduled maintenance
under maintenance
down for maintenance
site under maintenance
seite nicht gefunden
die seite wurde nicht gefunden
diese seite wurde nicht gefunden
die angeforderte seite wurde nicht gefunden
seite existiert nicht
artikel nicht gefunden
nicht gefunden
ein fehler ist aufgetreten
interner serverfehler
wartungsarbeiten
page introuvable
page non trouvée
la page demandée est introuvable
cette page n'existe pas
cette page n'existe plus
article introuvable
une erreur est survenue
erreur interne du serveur
site en maintenance
página no encontrada
la página no existe
no se encontró la página
no se ha encontrado la página
error del servidor
página não encontrada
a página não existe
pagina non trovata
la pagina non esiste
pagina niet gevonden
deze pagina bestaat niet
sidan hittades inte
sidan kunde inte hittas
sidan finns inte
siden ble ikke funnet
siden finnes ikke
siden blev ikke fundet
siden findes ikke
sivua ei löytynyt
sivua ei löydy
lehte ei leitud
lapa nav atrasta
puslapis nerastas
nie znaleziono strony
strona nie istnieje
strona nie została znaleziona
stránka nenalezena
stránka nebyla nalezena
stránka neexistuje
stránka sa nenašla
az oldal nem található
a keresett oldal nem található
pagina nu a fost găsită
pagina nu există
stranica nije pronađena
stran ni bila najdena
страница не найдена
запрашиваемая страница не найдена
такой страницы не существует
сторінку не знайдено
сторінка не знайдена
страницата не е намерена
страницата не е открита
sayfa bulunamadı
aradığınız sayfa bulunamadı
η σελίδα δεν βρέθηκε
halaman tidak ditemukan
không tìm thấy trang
trang không tồn tại
ไม่พบหน้าที่คุณต้องการ
ไม่พบหน้านี้
الصفحة غير موجودة
عذرا، الصفحة غير موجودة
הדף לא נמצא
העמוד לא נמצא
صفحه یافت نشد
صفحه مورد نظر یافت نشد
صفحہ نہیں ملا
पृष्ठ नहीं मिला
पेज नहीं मिला
পৃষ্ঠাটি পাওয়া যায়নি
ページが見つかりません
ページが見つかりませんでした
お探しのページは見つかりませんでした
お探しのページは存在しません
記事が見つかりません
页面不存在
页面未找到
找不到页面
您访问的页面不存在
頁面不存在
找不到頁面
페이지를 찾을 수 없습니다
요청하신 페이지를 찾을 수 없습니다
""".splitlines()
    if line.strip()
)
