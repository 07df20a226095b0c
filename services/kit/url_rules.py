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
    | amp_(?:js_v|gsa|kit|lite|ct|r|latest_update_time)
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
MOBILE = frozenset({"m", "mobile", "touch", "amp", "mobi", "wap"})


def says_nothing(name: str, value: str) -> bool:
    """Whether a parameter is one of those."""
    if TRACKING.match(name):
        return True
    values = VALUES.get(name.lower())
    return values is not None and values.match(value) is not None
