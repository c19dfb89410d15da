"""Stop 4, the ways to say that one comes for another; read by substituting.py.

Names stand in the text as numbers in white brackets; all else is in small letters without accents. Every
pattern says by its groups who comes (`in`) and who leaves (`out`), or is a place in whose sentence they stand.
"""

# ruff: noqa: E501 - patterns, a line each

from __future__ import annotations

import re

NAME = re.compile(r"\u27e6(\d+)\u27e7")

TITLE = (
    r"(?:(?:de heer|mevrouw|mevr\.?|mw\.?|dhr\.?|mr\.?|mrs\.?|ms\.?|herrn?|frau|mme|m\.|monsieur|madame"
    r"|(?:mijn|m'n|onze|my|our|meine?[nmr]?|unsere?[nmr]?|mon|ma|notre)(?: [a-z-]{3,25})?|[\w-]{0,20}(?:collega|colleague|kolleg(?:e|in|en)|collegue)"
    r"|buur(?:man|vrouw)|vriend(?:in)?|friend|partner|man|vrouw|husband|wife|zoon|dochter|son|daughter|dr\.?),? ){0,5}"
)
NAMES = r"(?:\u27e6\d+\u27e7(?:,? (?:en|and|und|et|&) )?,? ?)+"
ME = r"(?:mijzelf|mezelf|myself|mij|mich|mir|moi|me)\b"
SELF = r"\b(?:ik|ikzelf|i|ich|je)\b"
ONE = rf"{TITLE}(?:{NAMES}|{ME})"
INSTEAD = re.compile(
    r"(?:in (?:de )?plaats van|\bipv|\bi\.p\.v\.|instead of|in place of|in lieu of|rather than|an ?stelle von"
    rf"|anstatt|\bstatt|au lieu d[e']|a la place d[e']) ?(?:{TITLE})({NAMES}|{ME}|{SELF})"
)
SEAT = r"(?:plaats\w*|plek\w*|stoel\w*|zetel|zitplaats|kaart\w*|ticket|toegangsbewijs|place|seat|spot|slot|chair|platz|sitzplatz|karte|eintrittskarte|billet|siege|registration|booking|reservation|aanmelding|inschrijving|reservering|anmeldung|inscription)"
MINE = r"(?:mijn|m'n|mn|my|meine[nrm]?|mein|ma|mon)"
THEIRS = r"(?:zijn|z'n|haar|hun|diens|his|her|their|seine[nrm]?|ihre[nrm]?|sein|ihr|sa|son|leur)"
_THIRD = (
    "zijn z'n haar hun diens hem hen his her their him them sein seine seinen seiner seinem ihr ihre ihren ihrer ihrem ihn"
    " sie sa son leur la le l'"
)
THIRD = frozenset(_THIRD.split())
_TAKES = (
    r"(?:gebruik\w*|hebben|overnemen|overneemt|innemen|inneemt|bezetten|krijgen|krijgt|benutten|use|uses|have|take|takes|taking|fill|fills"
    r"|occupy|occupies|get|gets|nutzen|haben|bekommen|bekommt|ubernehmen|einnehmen|utiliser\w*|occuper\w*|prendre|prendra|avoir|aura)"
)
MY_PLACE = re.compile(
    rf"{NAME.pattern}[^.;?\u27e6]{{0,40}}\b{MINE} {SEAT}\b[^.;?\u27e6]{{0,25}}\b{_TAKES}"
    rf"|{NAME.pattern}[^.;?\u27e6]{{0,25}}\b{_TAKES} {MINE} {SEAT}\b"
    rf"|\b{MINE} {SEAT}\b[^.;?\u27e6]{{0,25}}\b(?:voor|naar|aan|to|for|an|fur|pour|a) {TITLE}{NAME.pattern}"
    rf"|{NAME.pattern}[^.;?\u27e6]{{0,20}}\b(?:op|met|in|on|with|using|mit|auf) {MINE} {SEAT}\b"
    rf"|\b(?:op|in|met|on|with|using|mit|auf) {MINE} {SEAT}\b[^.;?\u27e6]{{0,20}}\b(?:komt|zit|gaat|comes|kommt|sitzt) {TITLE}{NAME.pattern}"
    r"|\bvoor (?:mij|me) in de plaats\b"
    r"|\b(?:in|an|a) (?:mijn|m'n|my|meiner|ma) (?:plaats|place|stead|stelle)\b"
    r"|\b(?:neemt|nemen|take|takes|taking|geef|geven|give|giving|transfer|pass|hand|ubernimmt|ubernehmen|uberlasse"
    r"|ubertrage|gebe|cede|donne|transfer\w*|prend\w*|zet|zetten|overzetten|overdragen|afstaan)\b[^.;]{0,60}?"
    r"\b(?:mijn|m'n|my|meine?n?|ma|mon) (?:plaats|plek|stoel|kaartje|place|seat|spot|ticket|platz|registration"
    r"|aanmelding|anmeldung|inscription|booking)\b"
    r"|\b(?:mijn|m'n|my|meine?n?|ma|mon) (?:plaats|plek|stoel|place|seat|spot|platz|registration|aanmelding"
    r"|anmeldung|inscription|booking)\b[^.;]{0,60}?\b(?:over|aan|to|an|naar|a|innemen|inneemt|ubernehmen|ubernimmt)\b"
)
IN_MY_PLACE = re.compile(
    r"\bvoor (?:mij|me) in de plaats\b|\b(?:in|an|a) (?:mijn|m'n|my|meiner|ma) (?:plaats|place|stead|stelle)\b"
    r"|\b(?:geef|give|gebe|cede|transfer)\b[^.;]{0,30}\b(?:mijn|my|meinen|ma) (?:plaats|plek|place|seat|platz)\b"
)
THEIR_PLACE = re.compile(
    r"\bvoor (?:hem|haar|hen) in de plaats\b|\b(?:in|an|a) (?:zijn|haar|hun|diens|his|her|their|seiner|ihrer|sa|leur) (?:plaats|place|stead|stelle)\b"
)
VERB = (
    r"(?:vervangt|vervang|vervangen|replaces?|replacing|replace|vertritt|vertrete|vertreten|ersetzt|ersetze"
    r"|remplacera|remplace|takes? over from|neemt de plaats in van|neem de plaats in van|neemt het over van"
    r"|valt in voor|val in voor|steps? in for|springt? (?:ein )?fur|takes? the place of|prend la place de"
    r"|komt voor|come for)"
)
REPLACES = re.compile(
    rf"(?P<in>{NAMES}|{SELF})(?: (?:zal|will|wird|werde|gaat|ga|kan|can|is|am|are))? ?{VERB} (?P<out>{ONE})(?! als\b| as\b)"
)
TURNED = re.compile(rf"\b(?:vervang|vertrete|ersetze) (?:ik|ich) (?P<out>{TITLE}{NAMES})(?! als\b)")
POSSESSIVE = re.compile(
    rf"(?P<in>{NAMES}|{SELF})(?: (?:will|wil|would like to|kan|can))? (?:takes?|taking|neemt|neem) (?P<out>{NAMES})(?:'s?|s')? "
    r"(?:place|seat|spot|plek|plaats)"
)
# "vervangt Noor mij", "vertritt Noor Jan": the verb first, then who comes, then who leaves.
VERB_FIRST = re.compile(
    rf"\b(?:vervangt|vertritt|ersetzt) (?P<in>{TITLE}\u27e6\d+\u27e7) (?P<out>{ONE})(?! als\b)"
)
# "replace X by Y", "swap X for Y", "vervang X door Y".
X_BY_Y = re.compile(
    rf"\b(?:vervang\w*|replac\w*|exchange|swap|ersetz\w*|remplac\w*|wissel\w*|tausch\w*) (?P<out>{TITLE}{NAMES}) ?"
    rf"(?:door|by|with|for|voor|durch|gegen|par|in) (?P<in>{TITLE}{NAMES})"
)
# "the place of X ... in the name of Y", "X's seat goes to Y".
PLACE_OF = re.compile(
    rf"(?:\b(?:plaats|plek|stoel|place|seat|spot|platz) (?:van|of|von|d[e']) ?(?P<out>{TITLE}{NAMES})|(?P<owner>{NAMES})(?:'s?|s') (?:place|seat|spot|plaats|plek))"
    rf" ?[^.;\u27e6]{{0,40}}?\b(?:op naam van|naar|aan|to|for|auf|an|au nom de|a) (?:den namen |the name of )?(?P<in>{TITLE}{NAMES})"
)
DOUBT = re.compile(
    r"\b(?:als(?= (?:ik|we|wij|hij|zij|ze|er|het|dat|dit|u|jullie|iemand|alles|de)\b)|indien|mocht|wanneer|misschien|eventueel|wellicht|if|in case|may|might|maybe|perhaps|possibly|falls|sollte"
    r"|vielleicht|eventuell|si|s'il|peut-etre|eventuellement|zou kunnen)\b"
)
BY = re.compile(
    rf"(?:(?:vervangen|vertegenwoordig\w+|waargenomen|waarnemen) (?:door|wordt door)|replaced by|vertreten (?:durch|von)|ersetzt durch|remplacee? par) "
    rf"(?:(?:haar|zijn|hun|her|his|their|ihre[nm]?|seine[nm]?) [a-z-]{{3,30}},? )?(?P<in>{TITLE}{NAMES})"
)
TO_NAME = re.compile(
    r"(?:op (?:de )?naam van|in (?:de )?naam van|in(?:to)? the name of|auf den namen|auf|au nom de) "
    rf"(?P<in>{TITLE}{NAMES})"
)
PUTS = re.compile(
    r"\b(?:zet|zetten|overzetten|overschrijven|wijzig\w*|put|change|transfer|andern|umschreib\w*|mettre)\b"
)
RENAMED = re.compile(
    r"(?P<out>\u27e6\d+\u27e7)[^.;\u27e6]{0,40}?\b(?:wijzigen in|wijzig|veranderen in|vervangen door|naar|in|to|into|with|by"
    r"|durch|zu|par|en) (?:de naam |the name )?(?P<in>\u27e6\d+\u27e7)"
)
RENAMES = re.compile(
    r"\b(?:na+m\w*|names?|nom|wijzig\w*|change|andern|verander\w*|replace|vervang\w*|wissel\w*|swap)\b"
)
# "her seat will be taken by X", "mijn stoel gaat naar X".
PLACE_TAKEN = re.compile(
    rf"\b(?P<whose>{MINE[3:-1]}|{THEIRS[3:-1]}) {SEAT}\b[^.;?\u27e6]{{0,25}}?\b(?:(?:wordt|zal|worden|will|is|wird|sera|est)\b[^.;?\u27e6]{{0,15}}?"
    rf"\b(?:ingenomen|overgenomen|opgevuld|gevuld|bezet|gebruikt|taken|filled|used|occupied|covered|eingenommen|ubernommen|besetzt|occupee?|prise?|reprise?)"
    rf"(?: worden| over)? (?:door|by|von|durch|par)|(?:goes|gaat|geht|passe|revient|can go|mag|kan|darf)(?: over)?(?: to| naar| aan| an| a)) (?P<in>{TITLE}{NAMES})"
)
# "X steps in for Y", "X springt voor haar in": the verb in two pieces or in one.
_FOR = r"(?:voor|for|fur|pour)"
_STANDS = (
    r"(?:standing in|stands in|stand in|filling in|fills in|fill in|stepping in|steps in|step in|sitting in|sits in|subbing|covering"
    r"|covers|cover|deputis\w*|deputiz\w*|substitut\w*|attending|going|coming|invallen|waarnemen|inspringen|einspringen|instaan)"
)
STANDS_IN = re.compile(
    rf"(?P<in>{TITLE}{NAMES}|{SELF} )(?:(?:is|am|are|will|be|can|kan|zal|wil|gaat|komt|kann|wird|has|offered|agreed|to|'s|'ll|de|die|middag|dag|afternoon|graag) ?)*"
    rf"(?:{_STANDS} {_FOR}|(?:springt|valt|staat|komt|neemt waar) {_FOR}) (?P<out>{ONE})"
)
STANDS_IN_TURNED = re.compile(
    rf"\b(?:springt|valt|steht) (?P<in>{TITLE}{NAMES}){_FOR} (?P<out>{ONE}) ?(?:in|ein)\b"
)
# "X zal hem vervangen", "X will be replacing her", "X springt voor haar in": whoever was named before.
_HIM = r"(?:mij|me|hem|haar|hen|hun|ons|him|her|them|mich|ihn|sie|m'|la|le|l'|mir)"
REPLACES_PRONOUN = re.compile(
    rf"(?P<in>{TITLE}{NAMES})[^.;?\u27e6]{{0,30}}?(?:"
    rf"\b(?P<whose>{_HIM[3:-1]}) ?[^.;?\u27e6]{{0,30}}?(?:vervangen|vertegenwoordigen|waarnemen|vertreten|ersetzen|remplace\w*|represente\w*)\b"
    rf"|\b(?:vervangt|vertegenwoordigt|vertritt|ersetzt|replac\w*|represent\w*) (?P<whose2>{_HIM})\b"
    rf"|\b(?:{_STANDS}|springt|valt|staat|neemt) {_FOR} (?P<whose3>{_HIM})\b)"
)
# "wird von X vertreten", "wordt door X vervangen".
BY_TURNED = re.compile(
    rf"\b(?:wird|werde|werden|wordt|word|worden|sera|est)\b[^.;?\u27e6]{{0,25}}?\b(?:von|durch|door|par) (?P<in>{TITLE}{NAMES})[^.;?\u27e6]{{0,20}}?\b(?:vertreten|ersetzt|vervangen|vertegenwoordigd|waargenomen|remplacee?)\b"
)
# "X komt niet maar Y wel", "X can't come but Y can".
COMES_NOT_BUT = re.compile(
    rf"(?P<out>{TITLE}{NAMES})[^.;?\u27e6]{{0,25}}\b(?:niet|not|nicht|pas|can't|cannot|won't|isn't|doesn't|verhinderd|verhindert)\b[^.;?\u27e6]{{0,20}}?[,;] ?(?:maar|but|aber|mais|en|and|und|et)? ?(?P<in>{TITLE}{NAMES})(?:komt |kan |gaat |is er |will be |kommt |kann )?(?:wel|does|will|can|is|schon|oui|si|dafur)\b"
    rf"|(?P<out2>{TITLE}{NAMES})[^.;?\u27e6]{{0,25}}\b(?:niet|not|nicht|pas|can't|cannot|won't)\b[^.;?\u27e6]{{0,12}}?(?:maar|but|aber|mais) (?P<in2>{TITLE}{NAMES})(?:komt |kan |gaat |is er |kommt |kann )?(?:wel|does|will|can|is|schon|oui|si|dafur)\b"
)
# "mijn vervanger is X", "X is mijn vervanger", "als mijn vervanger komt X".
_SUBSTITUTE = r"(?:vervanger|vervangster|plaatsvervanger|plaatsvervangster|invaller|invalster|replacement|substitute|stand-in|deputy for the day|vertretung|ersatz|ersatzperson|remplacante?|suppleante?)"
SUBSTITUTE_IS = re.compile(
    rf"\b(?P<whose>{MINE[3:-1]}|{THEIRS[3:-1]}) {_SUBSTITUTE}(?: op| for| that| die| fur| le)?(?: 22 november| dag| day| tag)? ?(?:is|wordt|heet|ist|wird|est|sera|will be|komt|:|,) ?(?P<in>{TITLE}{NAMES})"
    rf"|\b(?:als|as|als|comme) (?P<whose3>{MINE[3:-1]}|{THEIRS[3:-1]}) {_SUBSTITUTE} (?:komt|comes|kommt|stuur ik|sturen wij|schicke ich|vient|viendra) (?P<in3>{TITLE}{NAMES})"
    rf"|(?P<in2>{TITLE}{NAMES})(?:is|wordt|ist|wird|est|sera|will be|komt|comes|kommt|vient|viendra)[^.;?\u27e6]{{0,15}}?(?:als |as |comme )?(?P<whose2>{MINE[3:-1]}|{THEIRS[3:-1]}) {_SUBSTITUTE}\b"
)
# "Ik ben verhinderd; ik stuur mijn collega X."
I_CANNOT = re.compile(
    rf"{SELF}[^.;?\u27e6]{{0,40}}\b(?:niet|nicht|pas|not|can't|cannot|unable|won't|verhinderd|verhindert|empeche|moet (?:helaas )?afzeggen|moet verstek)\b|\b(?:kan|kunnen) (?:ik|wij|we)\b[^.;?\u27e6]{{0,30}}\bniet\b|\b(?:kann|konnen) (?:ich|wir)\b[^.;?\u27e6]{{0,30}}\bnicht\b"
)
SENDS = re.compile(
    rf"(?:\b(?:ik|wij|i|we|ich|wir|je|nous)(?:'m|'ll|'re| am| are| will| zal)? ?(?:stuur|sturen|zend|zenden|sending|send|schicke|schicken|envoie|envoyons)|\b(?:stuur|sturen|schicke|schicken) (?:ik|wij|we|ich|wir)) [^.;?\u27e6]{{0,20}}?(?P<in>{TITLE}{NAMES})"
)
LISTED = re.compile(r"\u27e6\d+\u27e7, \u27e6\d+\u27e7,? ?")  # two names with nothing but a comma between
NOT_BUT = re.compile(
    rf"\b(?:niet|not|nicht|pas) (?:{TITLE})(?P<out>{NAMES}),? ?(?:maar|but|sondern|mais) (?:{TITLE})(?P<in>{NAMES})"
)
# "Mijn plaats mag naar een ander": nobody that is named.
ANYBODY = re.compile(
    r"\b(?:ander|anderen|iemand|volgende|wachtlijst|wie|else|someone|somebody|anyone|next|waiting|jemand\w*|andere[nrm]?|nachste[nrm]?|autre|quelqu'un|suivante?)\b"
)
# These mean nothing else, whatever the rest of the mail says.
PLAIN = (
    INSTEAD, THEIR_PLACE, REPLACES, POSSESSIVE, BY, BY_TURNED, NOT_BUT, IN_MY_PLACE, X_BY_Y, VERB_FIRST, PLACE_OF, PLACE_TAKEN,
    STANDS_IN, STANDS_IN_TURNED, REPLACES_PRONOUN, SUBSTITUTE_IS, MY_PLACE,
)  # fmt: skip
# These may speak of an office somebody holds for another: "I replace X on the council".
OF_OFFICE = (REPLACES, TURNED, STANDS_IN)
