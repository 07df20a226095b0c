"""Words in many languages that tell what an element or a line is for. Pure data.

ELEMENTS are words of what a page's author wrote for style sheets and scripts: class, id, role, itemprop and
the like. WORDS and OPENINGS are words of readers' text.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What an element is for. A word of five letters or more stands for all words that begin with it, a shorter
# one for itself and its plural; two words of a name that follow each other count as one, too (read-more).
ELEMENTS: dict[str, tuple[str, ...]] = {
    "body": _words(
        """
        articlebody articlecontent articletext articlecopy articlemain storybody storycontent
        storytext postbody postcontent posttext entrycontent entrybody entrytext newsbody
        newscontent newstext newsdetail maincontent maintext contentbody contenttext contentmain
        bodycontent bodytext bodycopy detailbody detailcontent detailtext singlecontent singlebody
        pagecontent richtext prose wysiwyg cuerpo corpo artikeltext brodtext artikelbody
        artikelinhalt textarticle textearticle notecontent noticiatexto fieldbody nodebody
        contentarticle habermetni haberdetay textblock textbody paragraph paragraf parrafo paragrafo
        absatz
        """
    ),
    "article": _words(
        """
        article story content entry post text artikel articulo articolo noticia materia nieuws
        clanek haber inhalt contenu contenido conteudo innhold artigo nyhet wpis tresc blog news
        body main block copy
        """
    ),
    "related": _words(
        """
        related relat recommend recirc morenews morestories morefrom moreon morein morelike more
        readmore readalso readnext readon alsoread seealso teaser trending popular mostread
        mostviewed most latest suggest similar upnext further weitere verwandt relacionad lireaussi
        alire correlat leggi leesook leesmeer leesverder lesogsa les powiazan ilgili meest interlink
        inlink outbrain taboola nextarticle nextpost nextstory prev next previous souvisej andere
        autres zergnet crosslink linklist
        """
    ),
    "tile": _words(
        """
        card tile grid carousel slider swiper slick slide feed widget promo loop archive stream
        listitem listing thumb collection cluster playlist item row list items
        """
    ),
    "comment": _words(
        """
        comment disqus kommentar comentari commenti reactie reaction respond reply replies forum
        yorum discussi opinie livefyre coral viafoura spotim debat commentaire
        """
    ),
    "furniture": _words(
        """
        share sharing social follow facebook twitter whatsapp instagram addthis partage teilen
        compart condivid sns paylas delen bookmark linkedin pinterest tweet nav navbar navigation
        menu breadcrumb crumb masthead topbar toolbar pagination pager skip sitemap toc tab tabs
        search tableofcontents jump dropdown accordion header footer head foot colophon contentinfo
        sticky fixed topper sitehead sitefoot ad ads advert sponsor banner dfp gpt werb anzeige
        publicid reklam commercial affiliate partner shop product deal coupon buy adslot adunit
        merch price marketing tag tags topic categor rubri keyword schlagw themen etiquet
        sectionname stichw taxonomy terms hashtag section
        """
    ),
    "offer": _words(
        """
        newsletter subscri signup paywall abo abonn regist premium login donat donation member
        membership piano offer cta calltoaction form popup modal overlay dialog suscri iscriv
        promotion mail email optin alert notice download contribut input submit button btn
        """
    ),
    "byline": _words(
        """
        byline author autor auteur autore verfasser writer profile bio contributor forfatter
        journalist redac signature firma avatar reporter creator
        """
    ),
    "stamp": _words(
        """
        date time timestamp publish posted meta datum fecha dateline updated info readingtime kicker
        eyebrow source location view label badge overline
        """
    ),
    "caption": _words(
        """
        caption credit legend figcaption copyright bildunter didascalia piedefoto piefoto
        photographer bijschrift
        """
    ),
    "media": _words(
        """
        figure image photo img picture media gallery galler video foto bild player embed audio
        podcast infogra instagram twitter tweet youtube iframe
        """
    ),
    "summary": _words(
        """
        lead lede leed summar standfirst subtitle subhead subheadline subline dek deck excerpt chapo
        intro descripti abstract vorspann entradilla sommario ingress manchet preamble perex resumen
        highlight keypoint takeaway bullet samenvatting tldr spot catenaccio bajada copete tagline
        """
    ),
    "title": _words("title headline heading titul titre titel titol hed rubrik otsikko baslik titulo"),
    "side": _words(
        """
        aside sidebar side rail secondary rightcol colright complementary margin infobox factbox box
        pullquote callout panel supplement extra drawer
        """
    ),
    "consent": _words(
        """
        cookie consent gdpr privacy cmp onetrust didomi legal disclaim disclosure correction
        footnote
        """
    ),
    "hidden": _words(
        """
        hidden hide sronly visually screenreader invisible collapse tooltip printonly dnone
        offscreen assistive
        """
    ),
}

# Elements that say by their name what they hold, with the roles that say the same.
SEMANTIC: dict[str, tuple[str, ...]] = {
    "<article>": ("article",),
    "<aside>": ("aside", "complementary"),
    "<furniture>": (
        "header", "banner", "footer", "contentinfo", "nav", "navigation", "form", "fieldset", "dialog",
        "search",
    ),
    "<list>": ("ul", "ol", "dl", "menu", "list"),
    "<table>": ("table",),
    "<figure>": ("figure",),
    "<quote>": ("blockquote",),
}  # fmt: skip

# Words that furniture is made of. WORDS count anywhere in a short block, OPENINGS as its first word.
WORDS: dict[str, tuple[str, ...]] = {
    "offer": _words(
        """
        newsletter newsletters subscribe subscriber subscribers subscription subscriptions signup
        login register registered inbox unlimited premium membership donate donation donations sign
        unsubscribe trial download app email e-mail mail click join member members account password
        enter abonnieren abonnement abo abonnent anmelden registrieren kostenlos suscríbete
        suscribirse suscripción abonnez abonnez-vous abonner abonnés inscrivez-vous inscription
        iscriviti iscriversi abbonati abbonamento assine assinante assinatura cadastre-se
        inscreva-se abonneer abonnee aanmelden nieuwsbrief prenumerera abonner nyhetsbrev nyhedsbrev
        tilaa uutiskirje prenumerata zaprenumeruj zapisz newslettera předplatné odebírat hírlevél
        feliratkozás abonează-te подписаться подписывайтесь подпишитесь рассылку підписатися abone
        bülten εγγραφή הרשמה اشترك langganan daftar berlangganan
        """
    ),
    "furniture": _words(
        """
        © copyright rights reserved privacy cookie cookies terms consent policy impressum
        datenschutz nutzungsbedingungen vorbehalten droits réservés mentions légales derechos
        reservados privacidad diritti riservati direitos licence license trademark disclaimer gdpr
        права защищены zastrzeżone vyhrazena share sharing shares tweet tweets facebook twitter
        whatsapp instagram telegram linkedin tiktok youtube pinterest reddit follow followers
        bluesky threads messenger print copy link teilen drucken kopieren merken compartir
        compártelo copiar partager partagez suivez condividi stampa compartilhar compartilhe delen
        dela del jaa udostępnij sdílet поделиться paylaş google author authors writer reporter
        journalist editor editors correspondent columnist contributor contributed reporting edited
        editing written staff bio posts profile about views opinions expressed guest founder
        redaktion redakteur redakteurin autor autorin journalistin redacción periodista rédaction
        rédacteur journaliste redazione giornalista redação jornalista redactie journalisten автор
        редакция redakcja comment comments commenting reply replies discussion conversation respond
        moderated moderation kommentar kommentare kommentieren comentario comentarios comentar
        commentaire commentaires commenter commento commenti reactie reacties reageren kommentarer
        komentarze komentarz komentáře комментарии комментарий коментарі yorum yorumlar σχόλια
        hozzászólás advertisement advertising advertise advert ads ad sponsored sponsor affiliate
        commission promo promotion promoted buy shop sale deal deals coupon discount price prices
        amazon offer offers partner partners anzeige werbung publicidad publicité pubblicità
        publicidade reklam reklama advertentie реклама annonse annonce mainos purchase purchases
        published updated posted modified ago min mins minute minutes hour hours read edt est gmt
        pst pdt am pm uhr stand aktualisiert veröffentlicht publié mis à jour publicado actualizado
        aggiornato pubblicato atualizado bijgewerkt gepubliceerd january february march april june
        july august september october november december jan feb mar apr jun jul aug sep sept oct nov
        dec januar februar märz mai juni juli oktober dezember enero febrero marzo abril mayo junio
        julio agosto septiembre octubre noviembre diciembre janvier février mars avril juin juillet
        août septembre octobre novembre décembre monday tuesday wednesday thursday friday saturday
        sunday last tags tag topics topic filed categories category keywords related sources source
        references themen mehr etiquetas temas labels archives archive latest trending popular
        recommended recommendations stories articles news more next previous article story top most
        home menu search contact faq related: thema artikel
        """
    ),
    "picture": _words(
        """
        photo photos photograph photographer getty afp reuters dpa epa ap shutterstock alamy istock
        unsplash pexels image images picture pictures credit courtesy video videos gallery slideshow
        watch caption illustration foto fotos bild bilder bildquelle quelle symbolbild imago galerie
        imagen imágenes fotografía archivo vídeo photographie crédit immagine immagini foto: beeld
        afbeelding фото zdjęcie fot kép wikimedia commons file
        """
    ),
}
