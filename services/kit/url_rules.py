"""What in an address says how a reader came, or how the page is shown, and never which page it is."""

import re

# Parameters, whole names in any case. A name is here only if no publisher is known to tell articles by it.
TRACKING = re.compile(
    r"""^(?:
    utm_.* | utm | mtm_.* | pk_(?:campaign|kwd|keyword|source|medium|content|cid) | piwik_.* | matomo_.*
    | hsa_.* | _hs(?:enc|mi) | hsctatracking | mc_(?:cid|eid|tc) | ml_subscriber(?:_hash)? | ck_subscriber_id
    | sfmc_.* | mkt_tok | vero_(?:id|conv) | oly_(?:anon|enc)_id | bxid | cndid | rb_clickid | s_kwcid | s_cid
    | fbclid | fb_(?:action_ids|action_types|comment_id|ref|source) | action_(?:object|type|ref)_map
    | __cft__.* | __tn__ | gclid | gclsrc | dclid | gbraid | wbraid | gad_(?:source|campaignid) | _gl | _ga
    | _gac | _gid | gs_l | ved | usqp | msclkid | yclid | ysclid | _openstat | ymclid | twclid | ttclid
    | tt_(?:medium|content) | li_fat_id | igshid? | igsh | epik | rdt_cid | scid | dicbo | tblci | obclickid
    | ob_click_id | outbrainclickid | wickedid | srsltid | sccid | irclickid | cjevent | awc | zanpid
    | at_(?:medium|campaign|campaign_type|custom\d|link.*|format|ptr.*|bbc_team) | ns_.*
    | ito | ocid | cmp | cmpid | cm_(?:mmc.*|ven|cat|pla|ite|lm|sp)
    | ref | ref_src | ref_url | referrer | referer
    | reflink | smid | smtyp | sm(?:id)?_type | emc | mbid | soc_(?:src|trk) | sr_share(?:_.*)? | sharedid
    | xtor | xtref | xtcr | wt_.* | wt\.(?!page_id).* | trk | trkcampaign | guccounter | guce_.* | ncid
    | traffic_source | wprov | icid | icmp | intcid | int_(?:cmp|source|medium|campaign) | ftag | tag_id_src
    | feedtype | feedname | __twitter_impression | _branch_match_id | __s | nr_email_referer | share_from
    | itm_(?:campaign|content|medium|source|term) | dm_i | elqtrackid | elqtrack | rss_?source | wt_mc | spm
    | feature_?share | trackingid | campaign_?id
    | sc_(?:cid|campaign|channel|content|medium|outcome|geo|country)
    | phpsessid | jsessionid | aspsessionid.* | cfid | cftoken | sessionid | session_id
    | sess(?:ion)?id | sessid | oscsid | zenid
    | gaa_(?:at|n|ts|sig) | mibextid | fbadid | __hs(?:tc|sc|fp) | hss_channel | cx_.* | asc_.* | sara_.*
    | ss_(?:source|campaign_id|campaign_name|email_id) | guce_.* | tsrc | \.tsrc | yptr | dcmp | sref | srnd
    | pwapi_token | carta-url | unlocked_article_code | referring_?source | pgtype | leadsource
    | (?:share|gift)_?token | pinned_post.* | intlink_from_url | intlink_ts | link_location | taid | wtmc
    | __source | hootpostid | replytocom | fbrefresh | bcmt | wpsrc | wpmp_switcher | nocache
    | at_(?:xt|link_id|link_type|link_origin) | wt_zmc | emci | emdi | xing_share | ftcamp
    | _bta_(?:tid|c) | trk_(?:contact|msg|module|sid) | gdf(?:ms|trk|fi) | redirect_(?:log_)?mongo_id
    | sb_referer_host | mkwid | pcrid | ef_id | _branch_.* | lipi | licu | ab_channel | p[df]_rd_.* | sfnsn
    | intcmp | intsrc | intcp | srcref | ref_ | fref | hc_(?:ref|location) | __xts__.*
    | amp_(?:js_v|gsa|kit|lite|ct|r|tf|latest_update_time)
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
# Names that mean this only with certain values: the page as AMP, for telephones or for printers, or the
# place where a link to it was found.
VALUES = {
    "amp": re.compile(r"^(?:|1|true|yes|amp)$", re.IGNORECASE),
    "_amp": re.compile(r"^(?:|1|true|yes)$", re.IGNORECASE),
    "isamp": re.compile(r"^(?:|1|true|yes)$", re.IGNORECASE),
    "outputtype": re.compile(r"^(?:amp|amp-type|default-amp|chromeless)$", re.IGNORECASE),
    "output": re.compile(r"^(?:amp|print|1)$", re.IGNORECASE),
    "m": re.compile(r"^[01]$"),
    "noamp": re.compile(r"^(?:|1|true|yes|mobile|available)$", re.IGNORECASE),
    # Identifiers of sessions and of clicks, which are long, or of links; the same names may be a story's.
    "sid": re.compile(r"^(?:[0-9a-f]{26,64}|(?=.*\d)(?=.*[A-Za-z])[0-9A-Za-z]{26,64})$"),
    "s": re.compile(r"^[0-9a-f]{32}$"),
    "sh": re.compile(r"^(?=.*[a-f])[0-9a-f]{12,13}$"),
    "ir": re.compile(r"^[CT]$"),
    "si": re.compile(r"^[\w-]{16,}$"),
    "cvid": re.compile(r"^[0-9a-f]{32}$"),
    "itid": re.compile(r"^[a-z]+[_-].+$"),
    "cid": re.compile(
        r"^(?:social|soc|rss|external|referral|email|eml|twitter|facebook|fb)(?:[_-].*)?$", re.IGNORECASE
    ),
    "xid": re.compile(r"^(?:rss|social|twitter|tw|fb|email)[\w-]*$", re.IGNORECASE),
    "tid": re.compile(r"^(?:ss|sm|pm|lk|a|hp)_[\w-]+$", re.IGNORECASE),
    "mod": re.compile(
        r"^(?:rss|hp|mhp|djem|e2|itp|wsj|trending|searchresults|article_inline)(?:[_-]?\w*)$", re.IGNORECASE
    ),
    "_": re.compile(r"^\d{10,13}$"),
    "mobile": re.compile(r"^(?:|0|1|true|yes|y)$", re.IGNORECASE),
    "print": re.compile(r"^(?:|1|true|yes|y|print)$", re.IGNORECASE),
    "printable": re.compile(r"^(?:|1|true|yes)$", re.IGNORECASE),
    "printview": re.compile(r"^(?:|1|true|yes)$", re.IGNORECASE),
    "view": re.compile(r"^(?:print|amp|mobile)$", re.IGNORECASE),
    "rss": re.compile(r"^(?:|1|true|yes)$", re.IGNORECASE),
    **dict.fromkeys(
        ("source", "src", "from", "via", "partner", "feature", "share", "context"),
        re.compile(
            r"^(?:rss(?:feed)?|feed|atom|twitter|tw|facebook|fb|whatsapp|telegram|linkedin|email|e-mail|mail|"
            r"newsletter|share|social|sharing|app|push|google(?:news)?|msn|flipboard|pocket|youtu\.be|amp)$",
            re.IGNORECASE,
        ),
    ),
}
# A document that stands for its folder.
INDEX = re.compile(
    r"/(?:index\.(?:html?|shtml|xhtml|php\d?|jsp|aspx?|cfm)|default\.(?:html?|aspx?))$", re.IGNORECASE
)
SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)
# The page as AMP, by its path: /story/amp, /story.amp, /story.amp.html, /amp/story.
AMP_TAIL = re.compile(r"(?<=[^/])(?:/amp(?:html)?(/?)|/amp\.html()|\.amp())$", re.IGNORECASE)
AMP_EXTENSION = re.compile(r"\.amp(?=\.html?$)", re.IGNORECASE)
AMP_HEAD = re.compile(r"^/amp(?=/[^/]+)", re.IGNORECASE)
# Hosts that serve telephones what others serve everybody.
MOBILE = frozenset({"m", "mobile", "mobil", "touch", "amp", "mobi", "wap"})
# Below these and a country's domain, names are registered: m.co.uk is somebody's own.
SECOND_LEVEL = frozenset(
    {"ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "gv", "ne", "net", "or", "org"}
)
# Below these everybody has a name of his own.
HOSTERS = frozenset(
    {"blogspot", "github", "livejournal", "medium", "substack", "tumblr", "typepad", "wordpress"}
)


def says_nothing(name: str, value: str) -> bool:
    """Whether a parameter, its name not among those that always track, says so by its value."""
    values = VALUES.get(name.lower())
    return values is not None and values.match(value) is not None
