"""The English words of the event rules: closed lists, lower case."""

from typing import Final


def words(text: str) -> frozenset[str]:
    """The words of `text`, which stand apart by white space."""
    return frozenset(text.split())


DIPLOMATS: Final = words(
    """
    diplomat diplomats attache attaches attaché attachés envoy envoys ambassador ambassadors consul
    consuls consul-general nuncio
    """
)
STAFF: Final = words(
    """
    staff staffer staffers employee employees worker workers personnel official officials officer
    officers member members representative representatives delegate delegates
    """
)
STAFF_OF: Final = words("embassy embassies consular consulate diplomatic mission")
SINGULAR: Final = words(
    """
    diplomat attache attaché envoy ambassador consul consul-general nuncio staffer employee worker
    official officer member representative delegate
    """
)
POSTS: Final = words(
    """
    embassy embassies consulate consulates mission missions delegation representation
    """
)
KIN: Final = words(
    """
    son sons daughter daughters wife husband child children family families nephew driver row
    """
)

GOVERNMENT: Final = words(
    """
    office government governments ministry ministries minister ministers president premier chancellor
    authorities officials official department secretary secretary-general administration regime cabinet
    leadership leader leaders chief head spokesman spokeswoman spokesperson parliament junta king emir
    monarchy side capital
    """
)
ANY_GOVERNMENT: Final = words(
    """
    government ministry authorities administration regime country nation kingdom republic state minister
    president cabinet junta
    """
)

EXPEL: Final = words("expel eject banish boot evict")
EXPELS: Final = words("expels ejects banishes boots evicts")
EXPELLED: Final = words("expelled ejected banished booted evicted")
EXPELLING: Final = words("expelling ejecting banishing booting evicting")
THROW: Final = words(
    """
    throw throws threw thrown throwing kick kicks kicked kicking turf turfs turfed turfing chuck chucked
    """
)
THROWN: Final = words("thrown kicked turfed chucked")
SEND: Final = words("send sends sent sending")
ORDER: Final = words(
    """
    order orders ordered ordering tell tells told telling ask asks asked asking instruct instructs
    instructed give gives gave given giving
    """
)
DECLARE: Final = words(
    """
    declare declares declared declaring label labels labelled labeled brand brands branded name named
    """
)
REVOKE: Final = words(
    """
    revoke revokes revoked revoking withdraw withdraws withdrew withdrawn withdrawing cancel cancels
    cancelled canceled cancelling strip strips stripped stripping pull pulls pulled
    """
)
CREDENTIALS: Final = words("credentials credential accreditation accreditations")
ALLOW: Final = words(
    """
    allow allows allowed allowing let lets letting permit permits permitted permitting invite invited
    """
)
EXPULSION: Final = words("expulsion expulsions ejection ejections eviction")

CLOSE: Final = words("close shut shutter suspend")
CLOSES: Final = words("closes shuts shutters suspends")
CLOSED: Final = words("closed shut shuttered suspended")
CLOSING: Final = words("closing shutting shuttering suspending")
CLOSURE: Final = words("closure closures closing shutdown suspension shuttering")
OPERATIONS: Final = words("operations work activities activity operation functioning")

BE: Final = words("is are was were be been being get gets got getting")
AUXILIARIES: Final = BE | words("has have had having 's does do did")
MODALS: Final = words("will would shall should may might could can must to wo ca 'll")
NEGATIONS: Final = words(
    """
    not never no n't won't hasn't haven't hadn't didn't doesn't don't isn't aren't wasn't weren't
    wouldn't cannot can't won’t hasn’t haven’t hadn’t didn’t doesn’t don’t isn’t aren’t wasn’t weren’t
    wouldn’t can’t
    """
)
DENY: Final = words(
    """
    deny denies denied denying denial refuse refuses refused refusing refusal decline declines declined
    rejected rejects rejecting
    """
)
THREATEN: Final = words(
    """
    threaten threatens threatened threatening threat threats may might could consider considers
    considering considered weigh weighs weighing mull mulls mulling ready warn warns warned warning
    contemplating can possible potential
    """
)
ANNOUNCE: Final = words(
    """
    will shall 'll plan plans planned planning intend intends intended vow vows vowed pledge pledges
    pledged set prepare prepares preparing prepared decide decides decided agree agrees agreed going
    about promise promises promised moves moved due would vote votes voted
    """
)
DECISION: Final = words(
    """
    decision decisions order orders move plan plans threat threats intention vote
    """
)
DECIDED: Final = words("decision decisions order orders move")
REVERSE: Final = words(
    """
    reverse reverses reversed reversing rescind rescinds rescinded rescinding revoke revokes revoked
    cancel cancels cancelled canceled cancelling overturn overturns overturned overturning annul annuls
    annulled lift lifts lifted drop drops dropped scrap scraps scrapped withdraw withdraws withdrew undo
    undid undoes
    """
)
BEGIN: Final = words("began begin begins started starts start")
CALL: Final = words(
    """
    call calls called calling demand demands demanded demanding urge urges urged urging seek seeks
    sought seeking propose proposes proposed proposing proposal recommend recommends recommended want
    wants wanted petition petitioned favour favours favor favors oppose opposes opposed debate debates
    debated discuss discusses discussed fear fears feared avoid avoids avoided risk
    """
)
SAY: Final = words(
    """
    say says said saying announce announces announced announcing confirm confirms confirmed declared
    stated warned warns told reported added tweeted threatened threatens denied denies denying reports
    claimed claims
    """
)
CARRY_OUT: Final = words(
    """
    announce announces announced announcing order orders ordered ordering confirm confirms confirmed
    confirming authorise authorised authorize authorized approve approved approves
    """
)
ADVERBS: Final = words(
    """
    also then later earlier today yesterday already again now immediately formally officially promptly
    swiftly quickly reportedly simultaneously each both all together jointly recently subsequently duly
    finally abruptly effectively temporarily permanently just since still on monday tuesday wednesday
    thursday friday saturday sunday last this week month night morning afternoon evening in response
    turn retaliation return summarily
    """
)
ARTICLES: Final = words("the a an its their his her any some these those that this")
PRONOUNS: Final = words("it they he she we")
RELATIVES: Final = words("who which that")
OWN: Final = words("its their his her own our my your")
PREPOSITIONS: Final = words(
    """
    in on at of for from to with by against over about under between among into near after before during
    through across towards toward like without within following amid despite versus per via upon besides
    outside inside around because than as while if when since until
    """
)
CONJUNCTIONS: Final = words("and or but then & nor")
LINKS: Final = ARTICLES | words(
    """
    more than at least as many up to further additional another around about nearly almost some over all
    both out of group total home down back eventually also on monday tuesday wednesday thursday friday
    saturday sunday
    """
)
QUANTITIES: Final = words(
    """
    dozen dozens hundred hundreds scores several some most half many number total couple pair
    """
)
DESCRIBING: Final = words(
    """
    visiting serving remaining working leading high-ranking top-ranking us various previous
    """
)
POST_MODIFIERS: Final = PREPOSITIONS | words(
    """
    accused suspected working accredited based posing posted stationed serving who ( – — , believed
    alleged
    """
)

_ONES: Final = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS: Final = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}


def number(word: str) -> int | None:
    """The value of a cardinal number in digits or words below a hundred thousand; None for anything else."""
    if word in NUMBERS:
        return NUMBERS[word]
    digits = word.replace(",", "")
    if digits.isascii() and digits.isdigit() and len(digits) < 6:
        return int(digits)
    tens, mark, ones = word.partition("-")
    if mark and NUMBERS.get(tens, 0) >= 20 and 0 < NUMBERS.get(ones, 0) < 10:
        return NUMBERS[tens] + NUMBERS[ones]
    return None
