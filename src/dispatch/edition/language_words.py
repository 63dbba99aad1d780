"""Frequent small words, and letters that few other languages of the same script use, by language.

Words are those that a page of ordinary prose in the language can hardly avoid and that its neighbours lack or use less.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LATIN: Mapping[str, frozenset[str]] = {
    "en": _words(
        "the of and to in is that for it was with as on be by at this are from which have has were said will not but"
    ),
    "fr": _words(
        "le la les de des du et est une un dans pour que qui sur par au aux avec pas ce cette son sa ses il "
        "elle ils ne plus été sont ont mais d l qu n s c j"
    ),
    "de": _words(
        "der die das und ist nicht ein eine einen einem einer mit den dem des von zu im für auf sich es auch "
        "als an nach bei wird wurde haben hat sie wir dass oder aber sind war zum zur"
    ),
    "es": _words(
        "el la los las de del y en que es un una por con para se su sus no lo al como más pero fue han ha "
        "este esta entre también sobre desde cuando muy según"
    ),
    "pt": _words(
        "o a os as de do da dos das e em que é um uma por com para se não no na nos nas ao à mais mas foi são "
        "pelo pela como também sobre entre seu sua ele ela"
    ),
    "it": _words(
        "il lo la i gli le di del della dei delle e è in che un una per con non si su da al alla nel nella "
        "come più ma sono ha anche questo questa stato fra tra dal dalla l dell"
    ),
    "nl": _words(
        "de het een en van in is dat op te voor met zijn niet aan er om ook als bij door maar naar uit wordt "
        "werd hebben heeft over deze dit nog ze hij we"
    ),
    "sv": _words(
        "och att det som en är på av för med den till inte om ett har de var jag men sig från vi så kan när "
        "nu också efter vid eller under mellan"
    ),
    "da": _words(
        "og at det som en er på af for med den til ikke om et har de var jeg men sig fra vi så kan når nu "
        "også efter ved eller under mellem blev efter hvor kun"
    ),
    "nb": _words(
        "og å at det som en er på av for med den til ikke om et har de var jeg men seg fra vi så kan når nå "
        "også etter ved eller under mellom ble hvor bare etter"
    ),
    "fi": _words(
        "ja on ei että se oli hän mutta myös kun ovat olla joka mukaan tai sen kuin niin jos nyt ole vain voi "
        "sekä ovat tämä sitä jo hänen vuonna"
    ),
    "is": _words("og að er í á sem til við um það en var af ekki fyrir með hann þeir þetta frá hefur eru verið"),
    "et": _words("ja on ei et see oli ta kui mis oma aga ka või seda ning siis kes nii ole mida pärast"),
    "lv": _words("un ir ka ar uz no par bija viņš kas tas nav bet arī pēc tika gan vai tiek lai"),
    "lt": _words("ir yra kad į su iš tai bet jis buvo kaip ar apie nuo po dėl tik taip bus jau"),
    "pl": _words(
        "i w na z się nie że do to jest o jak za po przez od dla są oraz był była który która ale tym także "
        "już przy ze we"
    ),
    "cs": _words(
        "a v na se je že s z do to o k za pro ve po by jsou který která ale jako jeho bylo byl od při také už "
        "podle nebo si"
    ),
    "sk": _words(
        "a v na sa je že s z do to o k za pre vo po by sú ktorý ktorá ale ako jeho bolo bol od pri aj už podľa alebo si"
    ),
    "sl": _words("in je v na se da za so z ki pa bo tudi ne po kot s od do bi ali pri še bil bila med"),
    "hr": _words("i je u na se da za su s koji koja od ne će što kako bi iz po nije bio ali ili još te prema"),
    "hu": _words(
        "a az és hogy nem is egy van volt de meg azt ezt csak már mint ha el még lesz vagy szerint után majd amely"
    ),
    "ro": _words(
        "și în de la a cu pe nu că din care este o un pentru mai au fost sunt sau prin după între ce lui se să al ale"
    ),
    "tr": _words(
        "ve bir bu da de için ile olarak çok olan daha gibi kadar sonra ne var ama ancak değil olduğu en her "
        "göre ise mi"
    ),
    "id": _words(
        "yang dan di untuk dengan pada ini itu dari dalam tidak akan ke adalah juga oleh telah sebagai karena "
        "mereka bisa bahwa para"
    ),
    "ms": _words(
        "yang dan di untuk dengan pada ini itu dari dalam tidak akan ke ialah juga oleh telah sebagai kerana "
        "mereka boleh bahawa para"
    ),
    "tl": _words("ang ng sa na mga at ay ni ito para hindi siya kung may nang si isang kanyang din"),
    "sw": _words("na ya wa kwa ni katika la za kuwa hii cha pia hiyo baada kama alisema huo"),
    "vi": _words("và của là có các được cho trong không một những với này đã người để khi từ đến về cũng như"),
    "ca": _words(
        "el la els les de del i en que és un una per amb no es al als com més però va han ha aquest aquesta "
        "entre també sobre l d"
    ),
    "gl": _words(
        "o a os as de do da e en que é un unha por con para se non no na ao máis pero foi son como tamén sobre entre"
    ),
    "eu": _words("eta da ez du bat dira izan ere zen baina dute den egin beste hori dela"),
    "af": _words("die en van het in is dat nie wat om te vir met sy aan hy op was as ook by deur maar"),
    "ga": _words("an na agus is ar go a bhí le do tá sé sin ag gur leis don ach"),
    "cy": _words("y yr yn a o i ac ar mae ei am wedi gan oedd bod hefyd ond"),
    "sq": _words("dhe në e të një për me nga që është ka më nuk janë si por kjo"),
}

_CYRILLIC: Mapping[str, frozenset[str]] = {
    "ru": _words("и в не на что с по как это из он к для от был но за его также который или были при у о"),
    "uk": _words("і в не на що з як це до у та за від для про але його також який або були при є й його"),
    "be": _words("і ў не на што з як гэта да у па за ад для пра але яго таксама які або былі пры"),
    "bg": _words("и в не на че с за се е от да по ще са това като но до му който или също след при"),
    "sr": _words("и у не на да је се за од са су који као али из до по није би што или према те"),
    "mk": _words("и во не на дека со за се е од да по ќе се ова како но до кој или исто при"),
}

_ARABIC: Mapping[str, frozenset[str]] = {
    "ar": _words("في من على إلى أن عن مع هذا هذه التي الذي كان ما لا بعد قال بين ذلك كما قد وقد أو"),
    "fa": _words("و در به از که این را با است برای آن یک خود شد بر تا هم می های نیز شده اند"),
    "ur": _words("کے کی میں ہے اور سے کا کو اس نے پر ہیں کہ یہ بھی تھا ایک نہیں گیا"),
    "ps": _words("د په او چې کې له ته دا یې هم نه دی سره وي شوي کوي"),
    "ckb": _words("لە و بە کە بۆ لەگەڵ ئەم ئەو هەروەها نییە بوو"),
    "ug": _words("ۋە بىلەن بۇ بىر ئۈچۈن ئۇ دەپ كېيىن"),
    "sd": _words("جي ۾ کي آهي جو ۽ تي سان جا هن نه کان"),
}

FUNCTION_WORDS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "latin": _LATIN,
    "cyrillic": _CYRILLIC,
    "arabic": _ARABIC,
    "hebrew": {
        "he": _words("של את על לא הוא עם זה כי גם או אם היה אל בין היא כל יותר אך לאחר"),
        "yi": _words("און די פון איז אין דער צו אז נישט האט מיט אויף"),
    },
    "devanagari": {
        "hi": _words("के में है की और से का को ने पर हैं यह कि भी लिए एक था नहीं"),
        "mr": _words("आणि आहे या मध्ये त्या हे ते केले आहेत होते नाही एक"),
        "ne": _words("र छ मा को लागि यो हो छन् गरेको पनि भएको"),
    },
}

LETTERS: Mapping[str, str] = {
    "de": "ß",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "sv": "",
    "nb": "",
    "pl": "łąęśźżńć",
    "cs": "řěů",
    "sk": "ľĺŕ",
    "hu": "őű",
    "ro": "țșăţş",
    "tr": "ığş",
    "is": "þð",
    "et": "õ",
    "lv": "āēīļņģķ",
    "lt": "ėįų",
    "vi": "đơưạảấầẩậắằẳặẹẻẽếềểệỉịọỏốồổộớờởợụủứừửựỳỵỷỹ",
    "ru": "ыэ",
    "uk": "іїєґ",
    "be": "ў",
    "bg": "ъщ",
    "sr": "јљњћђџ",
    "mk": "ѓќѕ",
    "fa": "پچژگ",
    "ur": "ٹڈڑےںھہ",
    "ps": "ټډړښځڅېۍ",
    "ckb": "ێۆڵڕە",
    "ug": "ۇۆۈېە",
    "sd": "ڄڃڇڍڌڏڊ",
    "yi": "װױײ",
}
