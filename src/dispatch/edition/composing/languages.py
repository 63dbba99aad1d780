"""The languages that the composer knows more of than their punctuation; one entry a language."""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.edition.composing.lexicon import Lexicon, phrase_list, word_set
from dispatch.edition.language_words import FUNCTION_WORDS

_ENGLISH = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("is are was were has have had will would can could may might must shall should"),
    function=word_set("""
        a an the this that these those and or nor but so yet if as at by for from in into of off on onto out
        over per to up via with within without about after against amid among around before behind below beneath
        beside between beyond despite down during since than through toward towards under until upon while who
        whom whose which what when where why how it its he his him she her they their them we our us you your i
        my me is are was were be been being am has have had having do does did will would shall should can could
        may might must not no only also just very more most much many some any all both each few other such own
        same there here
    """),
    deictic=phrase_list("""
        today|tonight|yesterday|tomorrow|early today|late today|early yesterday|late yesterday|late last night|
        this morning|this afternoon|this evening|this week|this weekend|this month|this year|this quarter|
        last night|last week|last weekend|last month|last year|next week|next weekend|next month|next year|
        earlier today|later today|earlier this week|later this week|earlier this month|later this month|
        earlier this year|later this year|late last week|late last month|late last year|early this week|
        early this year
    """),
    dated=tuple(
        f"on {day}{part}"
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        for part in (" morning", " afternoon", " evening", " night", "")
    ),
    leaning=word_set("""
        it its he his she her they their them this that these those but however and or so then such also both
        neither meanwhile moreover furthermore nevertheless instead there here still yet otherwise thus
        therefore
    """),
    openers=word_set("after amid while because despite when"),
    joiners=word_set("as"),
    dangling=word_set("""
        minute minutes hour hours day days night week weeks weekend month months year years decade decades soon shortly
        long immediately right just only even such same known seen used regarded described named many much well far
        serve serves served act acts acting working works know knows knew ask asks asked decide decided explain
        explained
    """),
    hedges=word_set("""
        denied denies denying deny false falsely fake hoax rumour rumor allegedly reportedly supposedly say says said
        saying claim claims claimed claiming according report reports reported suggest suggests suggested tell tells
        told
    """),
    conditions=word_set("""
        if unless except provided until without not never no nor neither only merely hardly barely
    """),
    places=word_set("in at near across during"),
    relational=word_set("""
        rise rises fall falls drop increase decline stake role interest belief part confidence change cut surge jump
        gain growth look laugh chance end case crisis day days week weeks
    """),
    subordinators=word_set("""
        if when while although though because since after before as until unless whereas once despite amid
        during in on at by for from with without under over following according to among between given
    """),
    verbs=word_set("""
        is are was were be has have had do does did will would can could may might must should shall says said
        say sees saw seen gets got gives gave takes took makes made goes went comes came wins won loses lost
        holds held meets met keeps kept leaves left finds found pays paid sells sold buys bought sends sent
        spends spent builds built cuts cut puts put sets set hits hit rises rose falls fell begins began becomes
        became grows grew knows knew shows showed draws drew drives drove breaks broke speaks spoke stands stood
        strikes struck tells told thinks thought brings brought fights fought seeks sought catches caught
        teaches taught leads led reads feeds fed flees fled shoots shot sits sat runs ran swears swore throws
        threw writes wrote wants wanted faces plans opens closes ends starts backs bans calls votes agrees signs
        launches approves rejects warns urges adds asks moves plunges jumps climbs slips slides eases passes
        raises orders remains continues needs expects announces unveils resigns dies lifts bids elects appoints sues
        jails frees kills seizes arrests convicts sinks wounds injures erupts collapses shuts reopens resumes cancels
        suspends expands overtakes beats defeats reveals admits confirms refuses threatens vows returns softens
    """),
    verb_endings=("ed",),
    calendar=word_set("""
        monday tuesday wednesday thursday friday saturday sunday january february march april may june july
        august september october november december jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues
        wed thu thurs fri sat sun
    """),
)

_GERMAN = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("ist sind war waren wird werden wurde wurden hat haben hatte hatten kann soll muss"),
    function=word_set("""
        der die das den dem des ein eine einen einem einer eines und oder aber sondern denn als wie an am auf
        aus bei beim bis durch für gegen in im ins mit nach nebst ob ohne seit sowie trotz um unter über von vom
        vor während wegen zu zum zur zwischen dass weil wenn er sie es ihr ihre sein seine wir uns ist sind war
        waren wird werden wurde wurden hat haben hatte hatten kann können soll sollen muss müssen nicht kein
        keine nur auch noch schon sich so
    """),
    deictic=phrase_list("""
        heute früh|heute vormittag|heute mittag|heute nachmittag|heute nacht|gestern abend|gestern früh|
        morgen früh|morgen abend|heute|gestern|morgen|vorgestern|übermorgen|diese woche|dieser woche|
        diesen monat|dieses jahr|in diesem jahr|heute abend|heute morgen|vergangene woche|letzte woche|
        nächste woche
    """),
    leaning=word_set("""
        er sie es dies diese dieser dieses das doch aber jedoch auch dort dabei dazu damit deshalb dennoch
    """),
    openers=word_set("nachdem während weil obwohl trotz"),
    hedges=word_set("""
        sagte sagt sagten laut angeblich behauptet behauptete wenn falls sofern nicht nur nie kein keine sondern
        bestreitet dementiert teilte teilten mit hieß erklärte
    """),
    subordinators=word_set("""
        wenn als weil obwohl nachdem während bevor seit trotz wegen nach in im bei mit auf am an für ob
    """),
    calendar=word_set("""
        montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli
        august september oktober november dezember
    """),
    quotes=("„", "“"),
    in_brief="Kurz gefasst",
    nouns_capitalised=True,
)

_FRENCH = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("a ont est sont avait avaient était étaient"),
    function=word_set("""
        le la les l un une des du de d et ou mais donc or ni car à au aux en dans par pour sur sous avec sans
        vers chez entre depuis pendant contre que qui dont où il elle ils elles on nous vous je se s son sa ses
        leur leurs ce cet cette ces est sont était étaient a ont avait avaient sera seront ne pas plus y comme
    """),
    deictic=phrase_list("""
        aujourd’hui|hier soir|hier matin|demain matin|demain soir|hier|demain|ce matin|cet après-midi|ce soir|
        cette semaine|ce mois-ci|cette année|la semaine dernière|la semaine prochaine|le mois dernier
    """),
    leaning=word_set("il elle ils elles ce cela ceci cette ces mais cependant toutefois et ainsi aussi pourtant"),
    openers=word_set("après alors tandis malgré pendant lorsque quand"),
    hedges=word_set("selon si sauf dit dément nie affirme déclaré indiqué annoncé pas ne jamais seulement sans"),
    subordinators=word_set("""
        si quand lorsque alors après avant malgré selon dans en à au pour avec sans depuis pendant
    """),
    calendar=word_set("""
        lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août
        septembre octobre novembre décembre
    """),
    quotes=("« ", " »"),
    in_brief="En bref",
)

_SPANISH = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("ha han había es son fue"),
    function=word_set("""
        el la los las un una unos unas de del y e o u pero que a al en por para con sin sobre entre desde hasta
        según se su sus lo le les es son era eran fue fueron ha han había no más como
    """),
    deictic=phrase_list("""
        hoy en día|ayer por la mañana|ayer por la tarde|ayer por la noche|esta mañana|esta tarde|esta noche|hoy|
        ayer|mañana|anoche|esta semana|este mes|este año|la semana pasada|la próxima semana
    """),
    leaning=word_set("él ella ellos ellas esto eso este esta estos estas pero sin además también así"),
    openers=word_set("tras después mientras porque cuando"),
    hedges=word_set("según si salvo dijo dice dijeron niega negó afirmó aseguró no nunca solo sólo sin"),
    subordinators=word_set("si cuando mientras tras aunque según en por para con sin desde después antes"),
    calendar=word_set("""
        lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto
        septiembre octubre noviembre diciembre
    """),
    quotes=("«", "»"),
    in_brief="En breve",
)

_ITALIAN = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("ha hanno è sono era"),
    function=word_set("""
        il lo la i gli le l un uno una di del dello della dei degli delle d e o ma che a al alla ai alle in nel
        nella con su sul sulla per tra fra da dal dalla si suo sua è sono era erano ha hanno non più come
    """),
    deictic=phrase_list("""
        ieri sera|ieri mattina|domani mattina|domani sera|stamattina|questa mattina|oggi|ieri|domani|stasera|
        questa settimana|questo mese|quest’anno|la scorsa settimana
    """),
    leaning=word_set("egli ella esso essa essi questo questa quello ma però tuttavia anche così"),
    openers=word_set("dopo mentre perché quando"),
    hedges=word_set("secondo se salvo ha-detto detto dice nega non mai solo senza"),
    subordinators=word_set("se quando mentre dopo prima secondo in per con senza da a"),
    quotes=("«", "»"),
    in_brief="In breve",
)

_PORTUGUESE = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("há foi foram é são era"),
    function=word_set("""
        o a os as um uma de do da dos das e ou mas que em no na nos nas por pelo pela para com sem sobre entre
        se seu sua é são era foi foram há não mais como ao à
    """),
    deictic=phrase_list("""
        hoje|ontem|amanhã|esta semana|nesta semana|este mês|este ano|na semana passada|na próxima semana
    """),
    leaning=word_set("ele ela eles elas isto isso este esta mas porém também assim"),
    openers=word_set("após depois enquanto porque quando"),
    hedges=word_set("segundo se salvo disse diz nega negou afirmou não nunca só apenas sem"),
    subordinators=word_set("se quando enquanto após segundo em por para com sem"),
    in_brief="Em resumo",
)

_DUTCH = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("is was waren heeft hebben had wordt werd"),
    function=word_set("""
        de het een en of maar want dus als dan dat die in op aan bij met van voor naar over onder tussen door
        tot uit om te er zijn haar hun hij zij ze wij is was waren wordt werd heeft hebben had niet geen ook nog
    """),
    deictic=phrase_list("vandaag|gisteren|morgen|vanavond|deze week|deze maand|dit jaar|vorige week|volgende week"),
    leaning=word_set("hij zij ze het dit dat deze maar echter ook daarom toch"),
    openers=word_set("nadat terwijl omdat toen"),
    hedges=word_set("volgens als tenzij zei zegt ontkent niet geen nooit alleen zonder"),
    subordinators=word_set("als toen terwijl nadat omdat volgens in op bij met na"),
    in_brief="In het kort",
)

_SCANDINAVIAN = Lexicon(
    adverbs_can_go=True,
    auxiliaries=word_set("har hade är er var"),
    function=word_set("""
        en ett et den det de och og eller men som att at i på av af til till för for fra från med om under över
        over mellan mellem är er var har hade inte ikke sin sitt sit han hon hun
    """),
    deictic=phrase_list("""
        i dag|idag|i går|igår|i morgon|imorgon|i morgen|i aften|denna vecka|den här veckan|denne uge|denne uken|
        i år
    """),
    leaning=word_set("han hon hun det den detta dette men dock dog også också"),
    openers=word_set("efter etter medan mens efterhånden"),
    hedges=word_set("enligt ifølge om hvis säger sier siger inte ikke aldrig aldri bara bare kun"),
    subordinators=word_set("om hvis när når da medan mens efter etter enligt ifølge i på med"),
    quotes=("”", "”"),
    in_brief="I korthet",
)

_POLISH = Lexicon(
    adverbs_can_go=True,
    function=word_set("""
        i w we z ze na do od o u po przy przez dla że oraz lub ale a to się jest są był była nie jak za pod
    """),
    deictic=phrase_list("dziś|dzisiaj|wczoraj|jutro|w tym tygodniu|w tym miesiącu|w tym roku|w zeszłym tygodniu"),
    leaning=word_set("on ona ono oni to ten ta te ale jednak również"),
    hedges=word_set("jeśli według nie nigdy tylko powiedział powiedziała zaprzecza"),
    subordinators=word_set("jeśli gdy kiedy po w na według"),
    quotes=("„", "”"),
    in_brief="W skrócie",
)

_RUSSIAN = Lexicon(
    adverbs_can_go=True,
    function=word_set("""
        и в во на с со к ко по из за от до о об у для что как но а или не это его её их он она они был была были
    """),
    deictic=phrase_list("""
        сегодня|вчера|завтра|на этой неделе|в этом месяце|в этом году|на прошлой неделе|на следующей неделе
    """),
    leaning=word_set("он она оно они это этот эта эти но однако также поэтому"),
    hedges=word_set("если не никогда только сообщил сообщила сообщили заявил заявила заявили отрицает по-словам"),
    subordinators=word_set("если когда после в на по хотя"),
    quotes=("«", "»"),
    in_brief="Коротко",
)

_UKRAINIAN = Lexicon(
    adverbs_can_go=True,
    function=word_set("""
        і й та в у на з із зі до по від за о об для що як але а або не це його її їх він вона вони був була були
    """),
    deictic=phrase_list("сьогодні|вчора|завтра|цього тижня|цього місяця|цього року|минулого тижня|наступного тижня"),
    leaning=word_set("він вона воно вони це цей ця ці але однак також тому"),
    hedges=word_set("якщо не ніколи лише тільки повідомив повідомила заявив заявила заперечує"),
    subordinators=word_set("якщо коли після в у на за хоча"),
    quotes=("«", "»"),
    in_brief="Коротко",
)

_TURKISH = Lexicon(
    function=word_set("ve veya ile bir bu şu o da de ki için gibi kadar daha en ama fakat mi mı"),
    deictic=phrase_list("bugün|dün|yarın|bu hafta|bu ay|bu yıl|geçen hafta|gelecek hafta"),
    leaning=word_set("o bu şu onlar ama ancak ayrıca"),
    hedges=word_set("göre eğer değil asla sadece söyledi dedi yalanladı"),
    in_brief="Özetle",
)

_ARABIC = Lexicon(
    function=word_set("""
        في من إلى على عن مع و أو أن إن التي الذي هذا هذه ذلك كما قد لا لم ما هو هي كان كانت بعد قبل بين
    """),
    deictic=phrase_list("اليوم|أمس|غدا|غدًا|هذا الأسبوع|هذا الشهر|هذا العام|الأسبوع الماضي|الأسبوع المقبل"),
    leaning=word_set("هو هي هم هذا هذه ذلك لكن ولكن كما وأضاف وقال"),
    hedges=word_set("إذا لا لم لن ليس قال قالت وفق وفقا حسب نفى"),
    quotes=("«", "»"),
    in_brief="باختصار",
)

_HEBREW = Lexicon(
    function=word_set("של את על עם אל מן כי או גם לא הוא היא הם זה זו כל אחרי לפני בין"),
    deictic=phrase_list("היום|אתמול|מחר|השבוע|החודש|השנה|בשבוע שעבר|בשבוע הבא"),
    leaning=word_set("הוא היא הם הן זה זו אבל אולם גם"),
    hedges=word_set("אם לא אין רק אמר אמרה לפי הכחיש"),
    quotes=("“", "”"),
    in_brief="בקצרה",
)

_CHINESE = Lexicon(
    deictic=phrase_list("今天|今日|昨天|昨日|明天|明日|本周|这周|本週|這週|本月|今年|上周|下周|上週|下週|今晚|今早"),
    quotes=("“", "”"),
    in_brief="简讯",
)

_JAPANESE = Lexicon(
    deictic=phrase_list("今日|本日|昨日|明日|今週|先週|来週|今月|今年|今夜|今朝"),
    quotes=("「", "」"),
    in_brief="要点",
)

_KOREAN = Lexicon(
    deictic=phrase_list("오늘|어제|내일|이번 주|이번주|지난주|다음 주|이번 달|올해"),
    leaning=word_set("그는 그녀는 그들은 이는 하지만 그러나 또한"),
    in_brief="요약",
)

_HINDI = Lexicon(
    function=word_set("का की के में से को पर और या लेकिन यह वह है हैं था थी थे ने एक"),
    deictic=phrase_list("आज|कल|परसों|इस सप्ताह|इस हफ्ते|इस महीने|इस साल"),
    leaning=word_set("यह वह वे लेकिन इसके"),
    in_brief="संक्षेप में",
)

_BY_LANGUAGE: Mapping[str, Lexicon] = {
    "en": _ENGLISH,
    "de": _GERMAN,
    "fr": _FRENCH,
    "es": _SPANISH,
    "it": _ITALIAN,
    "pt": _PORTUGUESE,
    "nl": _DUTCH,
    "sv": _SCANDINAVIAN,
    "da": _SCANDINAVIAN,
    "nb": _SCANDINAVIAN,
    "no": _SCANDINAVIAN,
    "pl": _POLISH,
    "ru": _RUSSIAN,
    "uk": _UKRAINIAN,
    "tr": _TURKISH,
    "ar": _ARABIC,
    "he": _HEBREW,
    "zh": _CHINESE,
    "ja": _JAPANESE,
    "ko": _KOREAN,
    "hi": _HINDI,
}

GENERIC_TITLE_WORDS = word_set("""
    context background backgrounder facts fact glance briefing briefs brief overview summary update updates news
    notes roundup essentials explained explainer primer data timeline history numbers figures contexte contexto
    contesto kontext hintergrund hintergründe überblick fakten zahlen repères chiffres datos claves antecedentes
    cifras dati achtergrond feiten bakgrund bakgrunn baggrund fakta kontekst tło контекст справка факты контекст
    довідка سياق السياق خلفية רקע 背景 概要 要点 배경 संदर्भ
""")
"""Last (or, in some languages, first) words of a box's title that say what a box is, not what it is about."""


def lexicon_for(language: str) -> Lexicon:
    """The lexicon of a BCP 47 tag's primary language; of a language without one, its most frequent small words."""
    primary = language.replace("_", "-").split("-")[0].casefold()
    if primary in _BY_LANGUAGE:
        return _BY_LANGUAGE[primary]
    words = (by_language[primary] for by_language in FUNCTION_WORDS.values() if primary in by_language)
    return Lexicon(function=next(words, frozenset()))
