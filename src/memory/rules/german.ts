/** How people say things about themselves in German. See grammar.ts for the shape. */
import { type Cue, type Grammar, words } from './grammar.ts'

const now = '(?:\\s+(?:derzeit|zurzeit|momentan|jetzt|aktuell|gerade|noch|auch|schon|immer noch|inzwischen|mittlerweile|seit [\\p{L}\\d ]{2,20}?))*'
const I = '(?:ich|wir)'
const cue = (key: Cue['key'], object: Cue['object'], say: string, more: Partial<Cue> = {}): Cue => ({ key, object, say, ...more })

// biome-ignore format: long lists
const OCCUPATION = `analyst analystin anwalt anwältin apotheker apothekerin architekt architektin arzt ärztin assistent assistentin autor autorin bäcker bäckerin bauer bäuerin beamter beamtin berater beraterin
 bibliothekar bibliothekarin biologe biologin buchhalter buchhalterin chemiker chemikerin designer designerin doktorand doktorandin dolmetscher dolmetscherin elektriker elektrikerin entwickler entwicklerin
 ergotherapeut ergotherapeutin erzieher erzieherin fahrer fahrerin feuerwehrmann fotograf fotografin friseur friseurin gärtner gärtnerin grafiker grafikerin gründer gründerin hausfrau hausmann hebamme
 historiker historikerin informatiker informatikerin ingenieur ingenieurin journalist journalistin jurist juristin kaufmann kauffrau kellner kellnerin koch köchin krankenpfleger krankenpflegerin krankenschwester
 künstler künstlerin landwirt landwirtin lehrer lehrerin lektor lektorin logopäde logopädin maler malerin manager managerin mathematiker mathematikerin maurer mechaniker mechanikerin mechatroniker musiker musikerin
 notfallsanitäter physiker physikerin physiotherapeut physiotherapeutin pilot pilotin polizist polizistin produktmanager produktmanagerin professor professorin programmierer programmiererin projektleiter projektleiterin
 projektmanager projektmanagerin psychologe psychologin psychotherapeut psychotherapeutin redakteur redakteurin rentner rentnerin richter richterin schauspieler schauspielerin schreiner schreinerin schriftsteller
 schriftstellerin schüler schülerin sekretär sekretärin softwareentwickler softwareentwicklerin softwareingenieur softwareingenieurin soldat soldatin sozialarbeiter sozialarbeiterin steuerberater steuerberaterin student
 studentin techniker technikerin therapeut therapeutin tierarzt tierärztin tischler tischlerin übersetzer übersetzerin unternehmer unternehmerin verkäufer verkäuferin wissenschaftler wissenschaftlerin zahnarzt zahnärztin
 freiberufler freiberuflerin vater mutter oma opa`
const OCCUPATIONS = new RegExp(
  `(?:^|[\\s-])(?:${OCCUPATION.trim().split(/\s+/).join('|')})(?=$|[\\s,])|\\p{L}(?:entwickler|ingenieur|lehrer|arzt|manager|berater|techniker|therapeut|designer|wissenschaftler|kaufmann)(?:in)?(?=$|[\\s,])`,
  'u',
)
const LANGUAGE =
  'deutsch|englisch|spanisch|französisch|portugiesisch|italienisch|niederländisch|schwedisch|norwegisch|dänisch|finnisch|polnisch|tschechisch|russisch|ukrainisch|griechisch|türkisch|arabisch|hebräisch|persisch|hindi|chinesisch|mandarin|japanisch|koreanisch|katalanisch|rumänisch|ungarisch|kroatisch|serbisch|latein'
const NATIONALITY =
  'deutscher?|deutsche|österreicher(?:in)?|schweizer(?:in)?|franzose|französin|spanier(?:in)?|portugiese|portugiesin|italiener(?:in)?|engländer(?:in)?|brite|britin|ire|irin|pole|polin|tscheche|tschechin|türke|türkin|grieche|griechin|russe|russin|ukrainer(?:in)?|amerikaner(?:in)?|kanadier(?:in)?|brasilianer(?:in)?|niederländer(?:in)?|belgier(?:in)?|däne|dänin|schwede|schwedin|norweger(?:in)?'
const PET = 'hund(?:e)?|katzen?|kater|kaninchen|hamster|papagei(?:en)?|pferde?|meerschweinchen|schildkröten?|wellensittiche?|welpen?'
const VERB =
  'antworte|schreib|schreibe|verwende|benutze|nutze|nutz|gib|zeig|zeige|erkläre|füge|füg|nenne|nenn|sprich|rede|beginne|ende|vermeide|zitiere|frag|frage|prüfe|mach|mache|halte|halt|duze|duz|sieze|siez|fasse|fass|übersetze|formatiere|empfiehl|erwähne|verzichte|lass|sei|stell|stelle|runde|rechne|formuliere|bleib|bleibe|entschuldige'
const CONDITION =
  'asthma|diabetes(?: typ [12])?|adhs|ads|autismus|legasthenie|migräne|bluthochdruck|epilepsie|arthritis|arthrose|zöliakie|morbus crohn|depressionen|eine depression|eine angststörung|schlafapnoe|schlafstörungen|tinnitus|neurodermitis|schuppenflechte|psoriasis|endometriose|eine schilddrüsenunterfunktion|multiple sklerose|fibromyalgie|rheuma|heuschnupfen|laktoseintoleranz'

// biome-ignore format: one line per way to say it
const cues: readonly Cue[] = [
  cue('name', 'name', '(?:ich heiße|ich heisse|mein (?:voller )?name ist|mein name lautet)', { never: /^(?:nicht|auch|so|sehr|das|der|die|ein|eine|euch|dich|sie|willkommen)\b/u }),
  cue('address', 'name', '(?:bitte )?(?:nenn|nenne) mich|du kannst mich', { only: 'start', never: /^(?:nicht|wenn|mal|später|morgen|ruhig|bitte|alles|gern|fragen)\b/u }),
  cue('home', 'place', `(?:${I} (?:wohne|wohnen|lebe|leben)|und (?:wohne|lebe)|(?:wohne|wohnen|lebe|leben) (?:ich|wir))${now}(?: allein| zusammen| (?:mit|zusammen mit) (?:meine[rmn]?|unsere[rmn]?) [\\p{L} ]{3,30}?)?\\s+(?:in|bei|nahe)(?: der(?= Schweiz| Türkei| Nähe von))?(?: Nähe von)?`, { never: /^(?:angst|untermiete|miete|scheidung|trennung|frieden|armut|sünde|ruhe|einem|einer|meine[rmn]?|unsere[rmn]?)\b/u }),
  cue('moved', 'place', `(?:${I} (?:bin|sind)|(?:bin|sind) (?:ich|wir))(?: [\\p{L}\\d]+){0,5}? nach(?= [\\p{L} -]{2,40} (?:gezogen|umgezogen))|(?:ich zog|wir zogen|ich ziehe|wir ziehen)(?: [\\p{L}\\d]+){0,3}? nach(?= [\\p{Lu}])`),
  cue('leftHome', 'place', `${I} (?:wohne|wohnen|lebe|leben) nicht mehr in`),
  cue('livedIn', 'place', `${I} (?:habe|haben)(?: früher| mal| lange| \\p{L}+ jahre(?: lang)?)* in(?= [\\p{L} -]{2,40} (?:gewohnt|gelebt))|(?:früher (?:wohnte|lebte)|ich (?:wohnte|lebte)(?: früher)?)(?: ich)? in`),
  cue('origin', 'place', `(?:${I} (?:komme|kommen|stamme|stammen)(?: ursprünglich| eigentlich)? aus(?: der(?= Schweiz| Türkei))?|ich bin in(?= [\\p{L} -]{2,40} aufgewachsen))`),
  cue('bornOn', 'date', 'ich (?:bin|wurde)(?: am| im jahr)?(?= [\\p{L}\\d. ]{2,40} geboren)'),
  cue('bornIn', 'place', 'ich (?:bin|wurde) in(?= [\\p{L} -]{2,40} geboren)'),
  cue('birthday', 'birthday', 'mein geburtstag ist|ich habe(?= am \\d{1,2}\\. \\p{L}+ geburtstag)'),
  cue('age', 'rest', 'ich bin(?: jetzt)? (?<o>\\d{1,3})(?: jahre)? alt|ich bin(?: jetzt)? (?<o>\\d{2})(?=[,.]| und )|ich bin (?:gerade )?(?<o>\\d{1,3}) geworden'),
  cue('employer', 'organisation', `(?:${I} (?:arbeite|arbeiten)|und arbeite|(?:arbeite|arbeiten) (?:ich|wir)|ich bin(?= [^,.]{0,30}(?:angestellt|beschäftigt)))${now}(?: in (?:teilzeit|vollzeit)| als [\\p{L}-]{3,30})?\\s+(?:bei|für)(?: der| dem)?`, { never: /^(?:mir|mich|hause|uns|nacht|tag|stunden|wenig|eine[rmn]?\s|das|die|den|meine[rmn]?|geld)\b/u }),
  cue('joined', 'organisation', `(?:ich habe|wir haben)(?: [\\p{L}\\d]+){0,4}? bei(?: der| dem)?(?= [\\p{L}& -]{2,40} angefangen)|ich fange(?: [\\p{L}\\d]+){0,4}? bei(?: der| dem)?(?= [\\p{L}& -]{2,40} an\\b)`),
  cue('leftJob', 'organisation', `${I} (?:arbeite|arbeiten) nicht mehr (?:bei|für)(?: der| dem)?|ich habe(?: meinen job| meine stelle)? bei(?: der| dem)?(?= [\\p{L}& -]{2,40} gekündigt)`),
  cue('occupation', 'trade', `(?:${I} (?:arbeite|arbeiten)|(?:arbeite|arbeiten) (?:ich|wir))${now} als`, { never: /^(?:team|gruppe|erste[rs]?|nächste[rs]?)\b/u }),
  cue('occupation', 'trade', '(?:ich bin|bin ich)(?: von beruf| derzeit| gerade| auch| eine?)*(?=\\s)', { fits: OCCUPATIONS, never: /\b(?:fan|mensch|freund|typ)\b/u }),
  cue('studies', 'trade', `(?:ich studiere|wir studieren)${now}`, { never: /^(?:in|an|hier|gerade|das|die|den|noch|für|nicht|seit|im)\b/u }),
  cue('speaks', 'rest', `ich spreche(?: (?:fließend|gut|etwas|ein bisschen|auch|ein wenig))* (?<o>(?:${LANGUAGE})(?:(?:,? und |, )(?:etwas |ein bisschen )?(?:${LANGUAGE})){0,5})`),
  cue('nativeLanguage', 'rest', `meine muttersprache ist (?<o>${LANGUAGE})`),
  cue('nationality', 'rest', `ich bin (?<o>${NATIONALITY})(?= |$|[,.])`),
  cue('faith', 'rest', 'ich bin (?<o>katholisch|evangelisch|muslim(?:in)?|muslimisch|jüdisch|buddhist(?:in)?|hindu|atheist(?:in)?|agnostiker(?:in)?|katholik(?:in)?)'),
  cue('diet', 'rest', '(?:ich bin|ich lebe|ich ernähre mich|ich esse|wir sind|wir leben|wir essen)(?: seit [\\p{L}\\d ]{2,20}?| streng| nur| rein)* (?<o>vegan|veganer(?:in)?|vegetarisch|vegetarier(?:in)?|pescetarisch|laktoseintolerant|glutenfrei|laktosefrei|halal|koscher)'),
  cue('allergy', 'thing', '(?:ich bin|wir sind)(?: (?:sehr|stark|hoch))?(?: allergisch)? (?:allergisch )?gegen(?= [\\p{L} -]{3,40}(?: allergisch|$|[,.]| und ))|(?:ich bin|wir sind)(?: stark| sehr)? allergisch (?:gegen|auf)|ich habe eine (?:starke )?allergie gegen', { never: /^(?:den|das|die) (?:vorschlag|plan|idee)/u }),
  cue('avoids', 'thing', '(?:ich|wir) (?:esse|essen|trinke|trinken|rauche|rauchen|vertrage|vertragen)(?: (?:gar|überhaupt))? kein(?:e|en)?|ich (?:vertrage)', { never: /^(?:nicht|das|mich|mehr|wenig)\b/u }),
  cue('condition', 'rest', `(?:ich habe|ich leide (?:an|unter)|bei mir wurde)(?: starkes?| chronisches?| leichtes?)? (?<o>${CONDITION})`),
  cue('partnered', 'rest', 'ich bin(?: glücklich| frisch| seit [\\p{L}\\d ]{2,20}?)? (?<o>verheiratet|geschieden|ledig|verlobt|verwitwet)'),
  cue('prefers', 'thing', '(?:ich|wir) (?:bevorzuge|bevorzugen|ziehe|ziehen)(?= )|(?:ich|wir) (?:mag|mögen|trinke|trinken|esse|essen|nutze|nutzen|habe|haben|arbeite|arbeiten|verwende|verwenden) lieber', { never: /^(?:es|das|die (?:erste|zweite|andere|neue)|den (?:ersten|zweiten|anderen)|dies\p{L}*|um|nach|aus|an|ein|mich|wenn|nicht)\b/u }),
  cue('dislikes', 'thing', '(?:(?:ich|wir|und) hasse|(?:ich|wir) (?:hassen|verabscheue|mag (?:überhaupt |gar )?kein(?:e|en)?|mögen kein(?:e|en)?|kann(?= [\\p{L} -]{3,40} nicht (?:leiden|ausstehen|ab))))(?= )', { never: /^(?:es|das(?: nicht)?|wenn|dich|dies\p{L}*|nicht|mehr)\b/u }),
  cue('likes', 'thing', '(?:ich|wir) (?:mag|mögen|liebe|lieben|genieße|genießen|esse gern|essen gern|trinke gern|trinken gern|lese gern|spiele gern|höre gern|koche gern|schaue gern)(?: sehr| gerne?| total| auch| besonders)*(?= )|ich bin (?:ein )?(?:großer |riesiger )?fan von|ich interessiere mich(?: sehr)? für|ich begeistere mich für', { never: /^(?:es|das|wenn|dich|dies\p{L}*|nicht|kein\p{L}*|lieber|die (?:idee|antwort|version|erste|zweite)|den (?:vorschlag|text|ersten|zweiten)|deine?n?|ihre?n?|wie|mehr)\b/u }),
  cue('favourite', 'thing', 'mein[e]? (?<what>lieblings[\\p{L}-]+) (?:ist|sind|heißt)(?: der| die| das)?', { never: /^(?:nicht|auch|sehr|wenn|dass)\b/u }),
  cue('answersIn', 'rest', `(?:bitte )?(?:antworte|schreib|schreibe|sprich)(?: mir| mit mir)?(?: bitte)? (?:immer|ab jetzt|von nun an|künftig|in zukunft)(?: nur)? auf (?<o>${LANGUAGE})|(?:bitte )?(?:ab jetzt|von nun an|künftig|in zukunft)(?: bitte)?(?: immer)? auf (?<o>${LANGUAGE})`, { only: 'start' }),
  cue('instruction', 'clause', `(?:bitte )?(?<v>(?:${VERB})(?: (?:mir|mich|dich|bitte|dabei|deine antworten))* (?:immer|nie|niemals|stets)|(?:ab jetzt|ab sofort|von nun an|künftig|in zukunft|zukünftig),?(?: bitte)? (?:${VERB})|(?:immer|nie|niemals) (?:${VERB}))(?= )`, { only: 'start' }),
  cue('instruction', 'clause', '(?:bitte )?(?<v>(?:du sollst|ich möchte,? dass du) (?:mir |mich )?(?:immer|nie|niemals|stets))(?= )', { only: 'start' }),
  cue('remember', 'clause', '(?:bitte )?(?:merk(?:e)? dir|denk(?:e)? daran|vergiss nicht|notier(?:e)?(?: dir)?|behalte im kopf|zur info|für die zukunft)(?:,? dass|:|,)(?= )', { only: 'start', never: /^(?:was|wie|wann|das hier)\b/u }),
  cue('goal', 'clause', 'mein (?:großes |nächstes |langfristiges )?(?:ziel|traum|vorsatz)(?: (?:für )?(?:dieses|dieses jahr|das jahr|nächstes jahr|für \\d{4}))?(?: jahr)? ist(?: es)?,?(?= )', { never: /\b(?:diese funktion|dieses skript|der code)\b/u }),
  cue('goal', 'clause', 'ich (?:versuche|möchte|will)(?=,? (?:abzunehmen|abnehmen|mit dem rauchen|mir das rauchen|gesünder|mehr sport|besser (?:schlafen|zu schlafen))(?![\\p{L}]))'),
  cue('learning', 'thing', '(?:ich lerne|wir lernen)(?: (?:gerade|derzeit|zurzeit|momentan|seit [\\p{L}\\d ]{2,20}?|jetzt|auch))*(?= )|ich möchte(?= [\\p{L} -]{3,30} lernen)', { never: /^(?:für|viel|nicht|das|mehr|aus|in|an|wie|gern|besser|am|mit|von)\b/u }),
  cue('training', 'thing', '(?:ich|wir) (?:trainiere|trainieren|spare|sparen|bereite mich|bereiten uns)(?: (?:gerade|derzeit|zurzeit|momentan))*(?: für| auf)(?= )', { never: /^(?:das|dies\p{L}*|die zukunft)\b/u }),
  cue('plan', 'clause', '(?:ich|wir) (?:plane|planen|habe vor|haben vor|werde|werden|will|wollen|möchte|möchten|fliege|fliegen|reise|reisen|fahre|fahren|heirate|heiraten|ziehe|ziehen)(?=,? )', { only: 'time', never: /\b(?:funktion|code|skript|datei|das|es|server|abfrage|dir|dich|wissen|fragen|bitten)\b|^(?!.*\b(?:nach|reis|flieg|fahr|besuch|heirat|umzieh|ziehen|kauf|verkauf|anfang|studier|lern|lauf|schreib|eröffn|kündig|urlaub|marathon|hochzeit))/u }),
  cue('deadline', 'date', '(?:die|meine|unsere) (?:deadline|abgabe|abgabefrist|frist)(?: (?:für|der|von|des)(?: die| den| das| meine[rn]?)? (?<what>[\\p{L}\\d -]{2,40}?))? ist(?: am| bis zum| der)?|der abgabetermin(?: (?:für|der|von|des)(?: die| den| das| meine[rn]?)? (?<what>[\\p{L}\\d -]{2,40}?))? ist(?: am| der)?'),
  cue('project', 'thing', '(?:ich|wir) (?:arbeite|arbeiten|schreibe|schreiben|entwickle|entwickeln|baue|bauen|gründe|gründen|drehe|drehen|produziere|produzieren)(?: (?:gerade|derzeit|zurzeit|momentan|seit [\\p{L}\\d ]{2,20}?))*(?: an)?(?=\\s+(?:eine[rmns]?|meine[rmn]?|unsere[rmn]?|ein|mein|unser)\\s(?:[\\p{L}-]+\\s){0,3}?(?:roman|buch|doktorarbeit|dissertation|masterarbeit|bachelorarbeit|app|spiel|startup|firma|unternehmen|podcast|blog|film|dokumentarfilm|album|webseite|website|onlineshop|haus|garten|kurs|gedichtband))', { never: /^(?:dies\p{L}*)\b/u }),
  cue('decision', 'clause', '(?:wir haben uns|ich habe mich|wir haben|ich habe)(?=[^,.;]{0,80}(?:entschieden|beschlossen|geeinigt))(?= )', { never: /\b(?:dafür|das|es|dies\p{L}*|noch nicht|nicht)\s(?:entschieden|beschlossen)/u }),
  cue('event', 'clause', '(?<v>(?:(?:ich|wir) (?:war|waren|bin|sind|habe|haben)|(?:war|waren|bin|sind|habe|haben) (?:ich|wir)))(?=[^.;]{0,120}(?:gewesen|gegangen|gefahren|geflogen|gereist|besucht|gekauft|verkauft|geheiratet|getroffen|angefangen|abgeschlossen|bestanden|gewonnen|gelaufen|adoptiert|veröffentlicht|gefeiert|gesehen|bekommen|befördert|beim |im (?:kino|theater|urlaub|konzert|krankenhaus)|auf (?:einem|einer|dem) (?:konzert|hochzeit|konferenz|messe)))(?= )', { only: 'time', never: /\b(?:fehler|bug|problem|fehlermeldung|code|skript|server|datei|funktion|exception)\p{L}*\b/u }),
  cue('possession', 'rest', `(?:ich habe|wir haben|habe ich|haben wir) (?<o>(?:eine[n]?|ein|zwei|drei|vier|fünf|\\d) (?:(?:kleine|große|erwachsene|ältere|jüngere)[nrs]? )?(?:${PET}|kind(?:er)?|sohn|söhne|tochter|töchter|bruder|brüder|schwester(?:n)?|enkel(?:kinder)?|zwillinge|geschwister|hühner|auto|autos|haus|wohnung|garten|motorrad))(?![\\p{L}])`),
  cue('plays', 'rest', '(?:ich|wir) (?:spiele|spielen)(?: (?:seit [\\p{L}\\d ]{2,20}?|gerne?|auch|regelmäßig))* (?<o>klavier|gitarre|bass|geige|violine|bratsche|cello|schlagzeug|flöte|querflöte|klarinette|saxophon|saxofon|trompete|harfe|ukulele|akkordeon|orgel|posaune|schach|tennis|fußball|handball|basketball|volleyball|badminton|golf|tischtennis|hockey|eishockey)'),
  cue('drives', 'thing', 'ich fahre(?=\\s+einen\\s)', { never: /\b(?:umweg|kilometer|tag)\b/u }),
  cue('email', 'rest', 'meine e-?mail(?:-?adresse)?(?: ist|:| lautet) (?<o>[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{2,63}){1,4})'),
]

const kinFacts: readonly Cue[] = [
  cue('home', 'place', '(?:wohnt|wohnen|lebt|leben)(?: jetzt| derzeit| noch)? in(?: der(?= Schweiz| Türkei))?', {
    never: /^(?:angst|untermiete|einem|einer)\b/u,
  }),
  cue('employer', 'organisation', '(?:arbeitet|arbeiten)(?: jetzt)? (?:bei|für)(?: der| dem)?', { never: /^(?:mir|uns|hause|eine[rmn]?\s)\b/u }),
  cue('occupation', 'trade', '(?:ist|arbeitet als)(?: eine?)?(?=\\s)', { fits: OCCUPATIONS }),
  cue('age', 'rest', 'ist(?: jetzt)? (?<o>\\d{1,3})(?: jahre alt)?(?= |$|[,.])'),
  cue('allergy', 'thing', 'ist(?: stark| sehr)? allergisch (?:gegen|auf)'),
  cue('diet', 'rest', '(?:ist|lebt|isst) (?<o>vegan|veganer(?:in)?|vegetarisch|vegetarier(?:in)?|laktoseintolerant|glutenfrei)'),
  cue('studies', 'trade', 'studiert(?= )', { never: /^(?:in|an|noch|im|hier)\b/u }),
]

export const german: Grammar = {
  code: 'de',
  trigger:
    /(?<![\p{L}])(?:ich|wir|mein\p{L}*|unser\p{L}*|mir|mich|immer|nie|niemals|stets|ab jetzt|ab sofort|von nun an|künftig|zukünftig|in zukunft|merke? dir|denke? daran|vergiss|notiere?|zur info|nenne? mich|antworte|deadline|abgabe\p{L}*|frist|du sollst|für die zukunft|behalte)(?![\p{L}])/iu,
  cues,
  kin: {
    say: '(?:mein|meine|meinen|meiner|meinem|unser|unsere|unseren|unserem|(?:ich habe|wir haben) eine[nr]?|(?:ich habe|wir haben) ein)(?: (?:große|großer|großen|kleine|kleiner|kleinen|ältere|älterer|älteren|jüngere|jüngerer|jüngeren|beste|bester|besten|liebe|lieber|verstorbene|verstorbener|schwarze|schwarzer|alte|alter))? (?<kin>schwester|bruder|mutter|mama|vater|papa|frau|ehefrau|mann|ehemann|partnerin|partner|freundin|freund|verlobte|verlobter|tochter|sohn|oma|großmutter|opa|großvater|tante|onkel|cousine|cousin|nichte|neffe|schwiegermutter|schwiegervater|schwägerin|schwager|chefin|chef|kollegin|kollege|kollegen|nachbarin|nachbar|mitbewohnerin|mitbewohner|lehrerin|lehrer|ärztin|arzt|hund|hündin|katze|kater|kaninchen|hamster|papagei|pferd)',
    words: Object.fromEntries(
      'schwester:sister bruder:brother mutter:mother mama:mother vater:father papa:father frau:wife ehefrau:wife mann:husband ehemann:husband partnerin:partner partner:partner freundin:friend freund:friend verlobte:partner verlobter:partner tochter:daughter sohn:son oma:grandmother großmutter:grandmother opa:grandfather großvater:grandfather tante:aunt onkel:uncle cousine:cousin cousin:cousin nichte:niece neffe:nephew schwiegermutter:mother-in-law schwiegervater:father-in-law schwägerin:sister-in-law schwager:brother-in-law chefin:boss chef:boss kollegin:colleague kollege:colleague kollegen:colleague nachbarin:neighbor nachbar:neighbor mitbewohnerin:roommate mitbewohner:roommate lehrerin:teacher lehrer:teacher ärztin:doctor arzt:doctor hund:dog hündin:dog katze:cat kater:cat kaninchen:rabbit hamster:hamster papagei:parrot pferd:horse'
        .split(' ')
        .map((pair) => pair.split(':'))
        .map(([word = '', means = '']) => [word, means]),
    ),
    called: '(?: heißt| heisst| hieß|,? (?:der|die|das)(?= \\p{L}+ heißt)| namens)',
    facts: kinFacts,
    pets: words('hund hündin katze kater kaninchen hamster papagei pferd'),
  },
  unreal:
    /(?<![\p{L}])(?:wenn|falls|ob|stell dir vor|angenommen|würde|würden|wäre|wären|könnte|könnten|sollte|sollten|hätte|möchte wissen|sagt|sagte|gesagt|meint|meinte|erzählt|erzählte|fragt|fragte|schreibt|schrieb|behauptet|glaubt|glauben|beispiel|z\.b|satz|als ob|niemand|jemand|wer|was|welche[rs]?|figur|es war einmal|weiß nicht|nicht|er|sie|man)(?![\p{L}])/iu,
  hedge: /(?<![\p{L}])(?:ich (?:glaube|denke|vermute|schätze)|vielleicht|wahrscheinlich|vermutlich|möglicherweise|manchmal|eventuell)(?![\p{L}])/iu,
  asking:
    /^(?:(?:hallo|hi|hey|und|aber|also|ok)[, ]+)*(?:was|wer|wo|wann|warum|wieso|wie|welche[rs]?|kannst|könntest|kann|könnte|soll|sollte|muss|darf|ist|sind|hast|habe ich|bin ich|wohne ich|lebe ich|gibt)(?![\p{L}])/iu,
  after: /^\s*(?:,|;|–|—| - |und(?![\p{L}]))/iu,
  cut: words(
    'aber weil da während wenn ob obwohl wo bevor nachdem bis seit seitdem damit für mit ohne als wie dass der denn sondern außer wegen trotz bei allergisch gezogen umgezogen geboren aufgewachsen gewohnt gelebt angefangen angestellt beschäftigt gekündigt lernen leiden ausstehen nicht ab an vor vorbei sehr gerne gern lieber',
  ),
  and: words('und oder & sowie'),
  restart: words(
    'ich wir mein meine unser unsere bin sind habe haben es das er sie die der dann auch kann könnte möchte brauche bitte du dir arbeite wohne mag hasse',
  ),
  notThing: words(
    'es das dies diese dieser dieses den dem dessen er sie ihn ihm ihr ihnen dein deine deinen euer was wie wann wo warum wer welche ob wenn nicht mehr sehr so alles alle jede jeder nichts etwas andere anderen hier dort und oder aber mich dich uns euch man zu um nach',
  ),
  vague: words(
    'option version antwort lösung idee vorschlag ansatz entwurf variante erste zweite ersten zweiten vorherige folgende oben unten dies satz absatz beispiel code funktion datei fehler zeile hier dort',
  ),
  trailing: words('sehr auch jetzt wirklich heute lieber gern gerne total nicht mehr'),
  articles: words('ein eine einen einem einer der die das den dem mein meine meinen'),
  connectors: words('am an der den dem im von zu und de da la le bei ob &'),
  notName: words(
    'ich wir und oder der die das den dem ein eine einen aber nicht ja nein hallo danke bitte montag dienstag mittwoch donnerstag freitag samstag sonntag angst geburtstag hunger durst zeit probleme krebs corona urlaub hause arbeit schule uni untermiete miete scheidung trennung frieden ruhe geld lust glück pech recht teilzeit vollzeit rente kur reha deutsch englisch französisch spanisch',
  ),
  takesBack:
    /^\s*,?\s*(?:nicht(?: mehr)?(?![\p{L}])(?! (?:leiden|ausstehen|ab))|,? oder\?|nur spaß|im (?:roman|spiel|traum|film)|in (?:der|meiner) geschichte)/iu,
  texts: {
    name: 'Heißt {o}',
    address: 'Möchte {o} genannt werden',
    home: 'Wohnt in {o}',
    moved: 'Ist nach {o} gezogen',
    leftHome: 'Wohnt nicht mehr in {o}',
    livedIn: 'Wohnte früher in {o}',
    origin: 'Kommt aus {o}',
    bornOn: 'Geboren: {o}',
    bornIn: 'Ist in {o} geboren',
    birthday: 'Hat am {o} Geburtstag',
    age: 'Ist {o} Jahre alt',
    employer: 'Arbeitet bei {o}',
    joined: 'Hat bei {o} angefangen',
    leftJob: 'Arbeitet nicht mehr bei {o}',
    occupation: 'Beruf: {o}',
    field: 'Arbeitet in {o}',
    studies: 'Studiert {o}',
    speaks: 'Spricht {o}',
    nativeLanguage: 'Muttersprache: {o}',
    nationality: 'Ist {o}',
    faith: 'Ist {o}',
    diet: 'Ernährung: {o}',
    allergy: 'Ist allergisch gegen {o}',
    avoids: 'Isst, trinkt oder raucht nicht: {o}',
    condition: 'Hat {o}',
    partnered: 'Ist {o}',
    prefers: 'Bevorzugt {o}',
    likes: 'Mag {o}',
    dislikes: 'Mag nicht: {o}',
    favourite: '{what}: {o}',
    instruction: 'Wünscht: {o}',
    answersIn: 'Möchte Antworten auf {o}',
    kin: '{what} heißt {o}',
    pet: '{what} heißt {o}',
    possession: 'Hat {o}',
    drives: 'Fährt {o}',
    plays: 'Spielt {o}',
    uses: 'Nutzt {o}',
    goal: 'Ziel: {o}',
    plan: 'Plant: {o}',
    learning: 'Lernt {o}',
    training: 'Bereitet sich vor: {o}',
    project: 'Arbeitet an: {o}',
    deadline: 'Fällig: {o}',
    decision: 'Hat entschieden: {o}',
    event: 'Erzählte: „{o}“',
    remember: 'Zu merken: {o}',
    email: 'E-Mail-Adresse: {o}',
  },
}
