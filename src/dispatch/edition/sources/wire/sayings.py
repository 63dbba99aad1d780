"""Words of saying, in the languages of the wires."""

from __future__ import annotations

from dispatch.edition.sources.wire.words import word_table

SAYING_VERBS = word_table(
    """
    said says say added adds asked asks told tells wrote writes argued argues warned warns noted notes explained
    explains insisted insists stated states declared declares announced replied replies stressed stresses
    continued recalled concluded commented observed remarked responded confirmed admitted acknowledged claimed
    suggested tweeted posted sagte sagt erklärte erklärt betonte betont meinte meint so warnte warnt schrieb
    schreibt teilte fügte ergänzte kritisierte déclaré dit affirmé affirme indiqué indique expliqué explique
    ajouté ajoute souligné souligne estime estimé assure assuré dijo dice afirmó afirma señaló señala declaró
    declara explicó explica aseguró asegura agregó agrega añadió añade advirtió detto dichiarato afferma
    affermato spiega spiegato aggiunge aggiunto disse afirmou declarou explicou acrescentou zei zegt aldus
    vertelde sa säger sade siger sagde sier uttaler fortalte сказал сказала заявил заявила отметил отметила
    сообщил сообщила подчеркнул подчеркнула сказав сказала заявив powiedział powiedziała dodał dodała قال قالت
    وقال وقالت أضاف أضافت وأضاف وأضافت صرح صرحت أكد أكدت אמר אמרה אמרו הוסיף הוסיפה dedi söyledi
    """
)
# Words that go before the verb of saying and with it ("a déclaré", "ha detto", "teilte … mit").
HELPERS = frozenset(["a", "ha", "hat", "had", "has", "have", "ont", "avait", "habe", "also", "later", "then"])
PRONOUNS = word_table(
    """
    he she they it we i you who him her er sie es wir ich il elle ils elles on nous je él ella ellos ellas lui
    lei loro ele ela eles elas hij zij ze han hon hun de он она они вони він هو هي הוא היא
    """
)
