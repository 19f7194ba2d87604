/** How people say things about themselves in French. See grammar.ts for the shape. */
import { type Cue, type Grammar, words } from './grammar.ts'

const now = '(?:\\s+(?:actuellement|maintenant|toujours|désormais|aussi|encore|déjà|seule?|ensemble|en ce moment))*'
const A = "['’]"
const cue = (key: Cue['key'], object: Cue['object'], say: string, more: Partial<Cue> = {}): Cue => ({ key, object, say, ...more })

// biome-ignore format: long lists
const OCCUPATION = `acteur actrice agricult(?:eur|rice) analyste architecte artiste assistante? auteure? autrice avocate? biologiste boucher bouchère boulang(?:er|ère) caissi(?:er|ère) charpentier chauffeur chercheur chercheuse
 chef cheffe chimiste chirurgienne? coiffeur coiffeuse comédienne? commerciale? comptable consultante? cuisini(?:er|ère) dentiste dessinat(?:eur|rice) développeur développeuse designer directeur directrice économiste écrivaine?
 éditeur éditrice éducat(?:eur|rice) électricienne? enseignante? entrepreneure? entrepreneuse étudiante? facteur factrice fonctionnaire graphiste historienne? illustrat(?:eur|rice) infirmi(?:er|ère) informaticienne? ingénieure?
 institut(?:eur|rice) interprète jardini(?:er|ère) journaliste juge juriste kinésithérapeute kiné libraire logisticienne? maçon maître maîtresse mathématicienne? mécanicienne? médecin menuisi(?:er|ère) musicienne? notaire
 nutritionniste ouvri(?:er|ère) pâtissi(?:er|ère) pharmacienne? philosophe photographe physicienne? pilote plombier poète policier policière pompier pompière professeure? prof programmeur programmeuse psychiatre psychologue
 rédact(?:eur|rice) retraitée? secrétaire serveur serveuse soldat technicienne? thérapeute traduct(?:eur|rice) vendeur vendeuse vétérinaire freelance indépendante? sage-femme`
const OCCUPATIONS = new RegExp(`^(?:une? )?(?:${OCCUPATION.trim().split(/\s+/).join('|')})(?=$|[\\s,])`, 'u')
const LANGUAGE =
  'français|anglais|espagnol|allemand|portugais|italien|néerlandais|suédois|norvégien|danois|finnois|polonais|tchèque|russe|ukrainien|grec|turc|arabe|hébreu|persan|hindi|chinois|mandarin|japonais|coréen|catalan|breton|roumain|hongrois|latin'
const NATIONALITY =
  'français[e]?|belge|suisse|québécois[e]?|canadien(?:ne)?|allemande?|espagnole?|portugais[e]?|italien(?:ne)?|anglais[e]?|britannique|américain[e]?|marocain[e]?|algérien(?:ne)?|tunisien(?:ne)?|sénégalais[e]?|brésilien(?:ne)?|mexicain[e]?|polonais[e]?|russe|turc|turque|japonais[e]?|chinois[e]?|luxembourgeois[e]?|breton(?:ne)?|corse'
const PET = 'chiens?|chiennes?|chats?|chattes?|lapins?|hamsters?|perroquets?|chevaux|cheval|juments?|tortues?|poissons?|chiots?|chatons?'
const VERB =
  "réponds|répondez|réponds-moi|utilise|utilisez|écris|écrivez|explique|expliquez|inclus|ajoute|ajoutez|évite|évitez|cite|citez|appelle|parle|parlez|parle-moi|donne|donnez|montre|mets|mettez|fais|faites|sois|soyez|commence|termine|résume|traduis|mentionne|recommande|suggère|demande|tutoie|tutoie-moi|vouvoie|n['’]utilise|n['’]utilisez|ne|n['’]"
const CONDITION = `(?:de l['’]|du |de la |un |une |des |le |d['’])?(?:asthme|diabète(?: de type [12])?|tdah|autisme|dyslexie|migraines?|hypertension|épilepsie|arthrite|arthrose|maladie (?:cœliaque|de crohn)|dépression|anxiété|insomnies?|acouphènes|eczéma|psoriasis|endométriose|hypothyroïdie|sclérose en plaques|fibromyalgie|apnée du sommeil|cholestérol)`

// biome-ignore format: one line per way to say it
const cues: readonly Cue[] = [
  cue('name', 'name', `je m${A}appelle|mon (?:nom|prénom)(?: complet)? est`, { never: /^(?:pas|aussi|comme|le|la|un|une)\b/u }),
  cue('address', 'name', `(?:s${A}il te plaît,? )?(?:appelle-moi|appelez-moi|tu peux m${A}appeler|vous pouvez m${A}appeler)`, { only: 'start', never: /^(?:quand|si|demain|plus|au|à|pour)\b/u }),
  cue('home', 'place', `(?:j${A}habite|je vis|nous habitons|nous vivons|on habite|on vit|je réside)${now}\\s+(?:à|en|au|aux|dans le|près de)`, { never: /^(?:couple|coloc|colocation|paix|ville|campagne|face|bas|haut|côté)\b/u }),
  cue('home', 'place', `(?:j${A}habite|on habite|nous habitons)(?=\\s+\\p{L})`, { never: /^(?:à|en|au|aux|dans|chez|près|avec|seule?|loin|ici|là|une?|la|le|l)\b/u }),
  cue('moved', 'place', `(?:j${A}ai|nous avons|on a) (?:déménagé|emménagé)(?: de [\\p{L} ]{2,30})? (?:à|en|au|aux)|je me suis installée? (?:à|en|au|aux)|(?:nous nous sommes|on s${A}est) installée?s? (?:à|en|au|aux)`),
  cue('plan', 'place', '(?:je vais|nous allons|on va) (?:déménager|m[\'’]installer|nous installer) (?:à|en|au|aux)'),
  cue('leftHome', 'place', `(?:je n${A}habite plus|je ne vis plus|nous n${A}habitons plus|on n${A}habite plus) (?:à|en|au|aux)`),
  cue('livedIn', 'place', `(?:j${A}ai (?:vécu|habité)|j${A}habitais|je vivais|nous avons (?:vécu|habité))(?: \\p{L}+ ans| longtemps)? (?:à|en|au|aux)`),
  cue('origin', 'place', `je (?:viens|suis originaire)(?: de| du| d${A}| des)|j${A}ai grandi (?:à|en|au|aux)`, { never: /^(?:finir|terminer|faire|voir|lire|commencer|recevoir|loin|chez|passer|me|te|le|la)\b/u }),
  cue('bornOn', 'date', 'je suis née?(?: le| en)?'),
  cue('bornIn', 'place', 'je suis née? (?:à|en|au|aux)'),
  cue('birthday', 'birthday', 'mon anniversaire est'),
  cue('age', 'rest', `j${A}ai (?<o>\\d{1,3}) ans(?! d${A}expérience| de )|je viens d${A}avoir (?<o>\\d{1,3}) ans`),
  cue('employer', 'organisation', `(?:je travaille|nous travaillons|je bosse)${now}(?: à (?:temps \\p{L}+|mi-temps))?\\s+(?:chez|pour|à la|à l${A}|au)`, { never: /^(?:moi|la maison|mon compte|bureau|nuit|jour|maison|projet|quotidien)\b/u }),
  cue('joined', 'organisation', `j${A}ai (?:rejoint|commencé (?:à travailler )?chez|été embauchée? (?:chez|par))|je viens de (?:rejoindre|commencer chez)`, { never: /^(?:le (?:groupe|club|cours)|un (?:club|groupe|cours))\b/u }),
  cue('leftJob', 'organisation', '(?:je ne travaille plus|je ne bosse plus) (?:chez|pour|à)|j[\'’]ai (?:quitté|démissionné de)(?: mon (?:poste|travail) (?:chez|à))', {}),
  cue('occupation', 'trade', `(?:je travaille|nous travaillons)${now} comme|je travaille en tant que`, { never: /^(?:ça|d['’]habitude|prévu|avant|il|je|un fou|une folle)\b/u }),
  cue('occupation', 'trade', 'je suis(?= )', { fits: OCCUPATIONS }),
  cue('studies', 'trade', `j${A}étudie(?: (?:le|la|les|l${A}))?(?= )|je fais des études (?:de|d${A})|je suis étudiante? en`, { never: /^(?:pour|ça|cela|à|en|au|beaucoup|comment|la (?:question|possibilité)|avec|ce|cette)\b/u }),
  cue('speaks', 'rest', `je parle(?: (?:couramment|bien|un peu|aussi|l${A}|le))* (?:l${A})?(?<o>(?:${LANGUAGE})(?:(?:,? et |, )(?:l${A}|le |un peu d[e'’] ?)?(?:${LANGUAGE})){0,5})`),
  cue('nativeLanguage', 'rest', `ma langue maternelle est (?:le |l${A})(?<o>${LANGUAGE})`),
  cue('nationality', 'rest', `je suis (?<o>${NATIONALITY})`),
  cue('faith', 'rest', 'je suis (?<o>catholique|musulmane?|juif|juive|bouddhiste|hindoue?|athée|agnostique|protestante?|chrétienne?)'),
  cue('diet', 'rest', '(?:je suis|nous sommes|on est)(?: strictement)? (?<o>végane?|vegan|végétarienne?s?|végétaliene?|végétalienne|pescétarienne?|intolérante? au (?:lactose|gluten)|cœliaque)'),
  cue('allergy', 'thing', `(?:je suis|nous sommes)(?: (?:très|fortement))? allergiques?(?: aux| au| à la| à l${A}| à)|j${A}ai une allergie(?: aux| au| à la| à l${A}| à)`),
  cue('avoids', 'thing', `je ne (?:mange|bois|fume)(?: (?:pas|plus|jamais))(?: de| d${A}| du| des| la| le)?`, { never: /^(?:beaucoup|assez|bien|trop|avant|après|quand|à|en|si)\b/u }),
  cue('condition', 'rest', `(?:j${A}ai|je souffre|on m${A}a diagnostiqué|je suis atteinte?)(?: de)? (?<o>${CONDITION})`),
  cue('partnered', 'rest', 'je suis (?<o>mariée?|divorcée?|célibataire|fiancée?|veuve|veuf|pacsée?)'),
  cue('prefers', 'thing', '(?:je préfère|nous préférons|on préfère)(?: toujours)?(?= )', { never: /^(?:que|ne|si|ça|cela|cette|ce|celui|celle|la (?:première|deuxième|seconde|dernière|version)|le (?:premier|deuxième|second|dernier)|quand|pas)\b/u }),
  cue('dislikes', 'thing', `(?:je n${A}aime pas|je déteste|je hais|je ne supporte pas|j${A}ai horreur d[eu'’])(?: du tout| trop| vraiment)?(?= )`, { never: /^(?:que|ça|cela|quand|cette|ce|comment|la (?:réponse|façon|version)|le (?:texte|résultat|ton|code)|ton|ta|tes)\b/u }),
  cue('likes', 'thing', `(?:j${A}aime|j${A}adore|nous aimons|nous adorons|on adore|je suis (?:fan|passionnée?|mordue?) (?:de|d${A}))(?: beaucoup| bien| vraiment| particulièrement| énormément)?(?= )`, { never: /^(?:que|ça|cela|quand|cette|ce|comment|la (?:réponse|façon|version|première|deuxième)|le (?:texte|résultat|ton|code|premier|deuxième)|ton|ta|tes|pas|savoir|bien (?:ta|ton|cette|ce))\b/u }),
  cue('favourite', 'thing', '(?:mon|ma|mes) (?<what>\\p{L}+(?: \\p{L}+)?) (?:préférée?s?|favorite?s?) (?:est|sont|c[\'’]est)(?: le| la| les)?(?= )', { never: /^(?:que|pas|aussi|quand|très)\b/u }),
  cue('answersIn', 'rest', `(?:s${A}il (?:te|vous) plaît,? )?(?:réponds|répondez|réponds-moi|répondez-moi|écris|parle-moi)(?:-moi)?,? (?:toujours|désormais) en (?<o>${LANGUAGE})|(?:à partir de maintenant|désormais|dorénavant),? (?:réponds|répondez|réponds-moi|parle-moi|écris)(?:-moi)?(?: toujours)? en (?<o>${LANGUAGE})`, { only: 'start' }),
  cue('instruction', 'clause', `(?:s${A}il te plaît,? )?(?<v>(?:à partir de maintenant|désormais|dorénavant|à l${A}avenir)(?:,| s${A}il te plaît)*)(?= ?(?:${VERB}))`, { only: 'start' }),
  cue('instruction', 'clause', `(?:s${A}il te plaît,? )?(?<v>(?:(?:${VERB})(?:-moi)? toujours|n${A}(?:utilise|écris|ajoute|invente)[sz]? jamais|ne (?:mets|fais|commence|termine|réponds|me \\p{L}+)[sz]? jamais|(?:toujours|jamais) (?:${VERB})))(?= )`, { only: 'start' }),
  cue('instruction', 'clause', `je (?:veux|voudrais|souhaite) que(?= tu (?<v>[\\p{L}'’ ]{2,20}(?:toujours|jamais))(?![\\p{L}]))`, { only: 'start' }),
  cue('remember', 'clause', `(?:s${A}il te plaît,? )?(?:souviens-toi|rappelle-toi|retiens|n${A}oublie pas|note|prends note|garde en tête|pour info)(?: que| qu${A}|,|:)(?= ?)`, { only: 'start', never: /^(?:ce que|quand|comment|la dernière)\b/u }),
  cue('goal', 'clause', `mon (?:grand |principal |prochain )?(?:objectif|but|rêve)(?: (?:cette année|pour cette année|de l${A}année|pour \\d{4}))? (?:est|c${A}est)(?: de| d${A})?(?= ?)`, { never: /\b(?:cette fonction|ce (?:script|code))\b/u }),
  cue('goal', 'clause', `j${A}essaie (?:de|d${A})(?= ?(?:perdre du poids|arrêter de (?:fumer|boire)|apprendre|économiser|mieux (?:dormir|manger)|maigrir)(?![\\p{L}]))`),
  cue('learning', 'thing', `(?:j${A}apprends|nous apprenons|je suis en train d${A}apprendre|j${A}ai commencé à apprendre|je veux apprendre)(?: (?:à|le|la|l${A}|les))?(?= ?)`, { never: /^(?:que|beaucoup|plus|comment|de|des|ça|encore|par)\b/u }),
  cue('training', 'thing', `je (?:m${A}entraîne|me prépare|m${A}entraine) (?:pour|à|au)|j${A}économise pour`, { never: /^(?:ça|cela|partir|la suite)\b/u }),
  cue('plan', 'clause', `(?:(?:je vais|nous allons|on va)|(?:je|j${A}|nous|on) ?(?:prévois|prévoyons|prévoit|compte|comptons|envisage|envisageons)(?: de| d${A})?|je veux|nous voulons)(?= ?(?:voyager|visiter|partir|déménager|acheter|vendre|commencer|courir|apprendre|me marier|nous marier|prendre ma retraite|quitter|ouvrir|écrire|étudier|aller (?:à|en|au|aux)|adopter|publier|gravir)(?![\\p{L}]))`, { only: 'time', never: /\b(?:fonction|code|script|fichier|serveur|requête|ceci)\b/u }),
  cue('deadline', 'date', `(?:la date limite|l${A}échéance|la date de rendu|la deadline)(?: (?:de|du|pour|d${A})(?: (?:le|la|les|l${A}|mon|ma))? ?(?<what>[\\p{L}\\d -]{2,40}?))? est(?: le| au| fixée au)?`),
  cue('project', 'thing', `(?:je|j${A}|nous|on) ?(?:travaille sur|travaillons sur|écris|écrivons|développe|développons|construis|crée|créons|monte|tourne|prépare|rédige)(?=\\s+(?:une?|mon|ma|notre)\\s(?:[\\p{L}-]+\\s){0,3}?(?:roman|livre|thèse|mémoire|application|appli|jeu|entreprise|startup|start-up|podcast|blog|film|documentaire|album|site|boutique|maison|potager|cours|recueil))`, { never: /^(?:ce|cette|ça)\b/u }),
  cue('decision', 'clause', `(?:nous avons|j${A}ai|on a) (?:finalement |enfin )?(?:décidé|choisi|convenu)(?: de| d${A}| que)?(?= ?)`, { never: /^(?:ça|cela|la (?:première|deuxième|option)|le (?:premier|deuxième))\b/u }),
  cue('event', 'clause', `(?<v>(?:je suis (?:allée?|partie?|née|devenue?|montée?|arrivée?)|nous sommes (?:allée?s|partie?s)|on est (?:allés?|partis?)|(?:j${A}ai|nous avons|on a) (?:visité|acheté|vendu|terminé|fini|couru|rencontré|publié|réussi|gagné|adopté|fêté|vu|commencé|signé|obtenu|assisté|passé|raté|été (?:promue?|opérée?))|je me suis mariée?|nous nous sommes mariés))(?= )`, { only: 'time', never: /\b(?:erreur|bug|problème|code|fichier|fonction|script|serveur|exception)\b/u }),
  cue('possession', 'rest', `(?:j${A}ai|nous avons|on a) (?<o>(?:une?|deux|trois|quatre|cinq|\\d) (?:(?:petite?s?|grande?s?|jeunes?) )?(?:${PET}|enfants?|fils|filles?|frères?|sœurs?|petits-enfants|jumeaux|jumelles|poules|voiture|maison|appartement|jardin|moto|vélos?))(?![\\p{L}])`),
  cue('plays', 'rest', `je joue (?:du |de la |de l${A}|des )(?<o>piano|guitare|basse|violon|alto|violoncelle|batterie|flûte|clarinette|saxophone|trompette|harpe|ukulélé|accordéon|orgue)|je joue (?:au |aux |à la )(?<o>tennis|football|foot|basket|échecs|padel|golf|volley|rugby|handball|badminton|ping-pong|pétanque)`),
  cue('drives', 'thing', 'je conduis(?=\\s+une?\\s)'),
  cue('email', 'rest', `mon (?:adresse )?(?:e-?mail|mail|courriel)(?: est|:| c${A}est) (?<o>[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{2,63}){1,4})`),
]

const kinFacts: readonly Cue[] = [
  cue('home', 'place', '(?:habite|habitent|vit|vivent) (?:à|en|au|aux)', { never: /^(?:couple|ville)\b/u }),
  cue('employer', 'organisation', '(?:travaille|travaillent) (?:chez|pour)', { never: /^(?:moi|lui)\b/u }),
  cue('occupation', 'trade', 'est(?= )', { fits: OCCUPATIONS }),
  cue('age', 'rest', `(?:a|vient d${A}avoir) (?<o>\\d{1,3}) ans`),
  cue('allergy', 'thing', `est(?: très)? allergique(?: aux| au| à la| à l${A}| à)`),
  cue('diet', 'rest', 'est (?<o>végane?|végétarienne?|végétalienne?|intolérante? au (?:lactose|gluten))'),
  cue('studies', 'trade', `étudie(?: (?:le|la|les|l${A}))?(?= )`, { never: /^(?:à|en|pour|ça)\b/u }),
]

export const french: Grammar = {
  code: 'fr',
  trigger:
    /(?<![\p{L}])(?:je|j['’]|nous|on|mon|ma|mes|notre|nos|me|moi|toujours|jamais|désormais|dorénavant|à partir de maintenant|à l['’]avenir|souviens-toi|rappelle-toi|retiens|n['’]oublie|note|garde en tête|pour info|appelle-moi|appelez-moi|tu peux m['’]appeler|réponds|répondez|réponds-moi|la date limite|l['’]échéance|la deadline|la date de rendu|prends note)/iu,
  cues,
  kin: {
    say: `(?:mon|ma|notre|(?:j${A}ai|nous avons|on a) une?)(?: (?:grande?|petite?|meilleure?|chère?|vieux|vieille|défunte?))? (?<kin>sœur|soeur|frère|mère|maman|père|papa|femme|épouse|mari|époux|compagne|compagnon|copine|copain|fiancée|fiancé|fille|fils|grand-mère|mamie|grand-père|papi|tante|oncle|cousine|cousin|nièce|neveu|belle-mère|beau-père|belle-sœur|beau-frère|amie|ami|chef|cheffe|patron|patronne|collègue|voisine|voisin|colocataire|coloc|professeure|professeur|prof|chien|chienne|chat|chatte|lapin|hamster|perroquet|cheval|jument)(?: (?:aînée?|cadette?|jumelle|jumeau))?`,
    words: Object.fromEntries(
      'sœur:sister soeur:sister frère:brother mère:mother maman:mother père:father papa:father femme:wife épouse:wife mari:husband époux:husband compagne:partner compagnon:partner copine:partner copain:partner fiancée:partner fiancé:partner fille:daughter fils:son grand-mère:grandmother mamie:grandmother grand-père:grandfather papi:grandfather tante:aunt oncle:uncle cousine:cousin cousin:cousin nièce:niece neveu:nephew belle-mère:mother-in-law beau-père:father-in-law belle-sœur:sister-in-law beau-frère:brother-in-law amie:friend ami:friend chef:boss cheffe:boss patron:boss patronne:boss collègue:colleague voisine:neighbor voisin:neighbor colocataire:roommate coloc:roommate professeure:teacher professeur:teacher prof:teacher chien:dog chienne:dog chat:cat chatte:cat lapin:rabbit hamster:hamster perroquet:parrot cheval:horse jument:horse'
        .split(' ')
        .map((pair) => pair.split(':'))
        .map(([word = '', means = '']) => [word, means]),
    ),
    called: `(?: s${A}appelle| s${A}appelait|,? qui s${A}appelle| nommée?| prénommée?)`,
    facts: kinFacts,
    pets: words('chien chienne chat chatte lapin hamster perroquet cheval jument'),
  },
  unreal:
    /(?<![\p{L}])(?:si|s['’]il(?! (?:te|vous) plaît)|imagine|imaginons|suppose|supposons|fais comme si|voudrais|aimerais|pourrais|pourrait|devrais|devrait|serait|dit|disait|disent|raconte|racontait|demande|écrit|croit que|croient|pense que|exemple|phrase|comme si|personne|quelqu['’]un|qui|quoi|personnage|il était une fois|ne sais pas|pas)(?![\p{L}])/iu,
  hedge: /(?<![\p{L}])(?:je (?:crois|pense|suppose)|peut-être|probablement|sans doute|parfois|il me semble)(?![\p{L}])/iu,
  asking:
    /^(?:(?:bonjour|salut|et|mais|bon)[, ]+)*(?:qu['’]|que|qui|où|quand|pourquoi|comment|quel(?:le)?s?|combien|est-ce|peux-tu|pouvez-vous|pourrais-tu|dois-je|puis-je|ai-je|suis-je|habité?-je|y a-t-il)(?![\p{L}])/iu,
  after: /^\s*(?:,|;|–|—| - |et(?![\p{L}])|donc(?![\p{L}])|alors(?![\p{L}]))/iu,
  cut: words(
    'mais parce car quand pendant si bien où avant après jusqu depuis pour par avec sans durant que qui comme donc alors puisque lorsque tandis chez',
  ),
  and: words('et ou & ni'),
  restart: words('je j’ai mon ma mes nous on il elle ils elles ça cela aussi peux pourrais veux dois est-ce tu te vous'),
  notThing: words(
    'ça cela ceci ce cette ces celui celle que quoi qui comment quand où si pas plus très tant peu tout rien quelque ainsi ton ta tes votre vos leur son sa ses et ou mais me te se nous vous les eux lui elle autre y en',
  ),
  vague: words(
    'option version réponse solution idée suggestion approche première deuxième précédente suivante ceci cela tienne phrase paragraphe exemple code fonction fichier erreur ici là',
  ),
  trailing: words('beaucoup aussi maintenant déjà toujours vraiment aujourd’hui mieux trop bien'),
  articles: words('le la les un une des du mon ma mes'),
  connectors: words('de du des la le les et sur en lès saint sainte von van da'),
  notName: words(
    'je nous on et ou le la les un une mais si oui non bonjour salut merci lundi mardi mercredi jeudi vendredi samedi dimanche qui que quoi comment quand où mon ma mes il elle ce cette français anglais',
  ),
  takesBack: /^\s*,?\s*(?:n['’]est-ce pas|je plaisante|dans (?:le|mon|ce) (?:roman|rêve|jeu|film)|dans (?:l['’]|une |cette )histoire)/iu,
  texts: {
    name: "S'appelle {o}",
    address: 'Veut être appelé {o}',
    home: 'Habite à {o}',
    moved: 'A déménagé à {o}',
    leftHome: "N'habite plus à {o}",
    livedIn: 'A habité à {o}',
    origin: 'Vient de {o}',
    bornOn: 'Né(e) : {o}',
    bornIn: 'Né(e) à {o}',
    birthday: 'Anniversaire : {o}',
    age: 'A {o} ans',
    employer: 'Travaille chez {o}',
    joined: 'A commencé chez {o}',
    leftJob: 'Ne travaille plus chez {o}',
    occupation: 'Métier : {o}',
    field: 'Travaille dans {o}',
    studies: 'Étudie {o}',
    speaks: 'Parle {o}',
    nativeLanguage: 'Langue maternelle : {o}',
    nationality: 'Est {o}',
    faith: 'Est {o}',
    diet: 'Est {o}',
    allergy: 'Allergie : {o}',
    avoids: 'Ne consomme pas : {o}',
    condition: 'A {o}',
    partnered: 'Est {o}',
    prefers: 'Préfère {o}',
    likes: 'Aime {o}',
    dislikes: "N'aime pas {o}",
    favourite: '{what} (préférence) : {o}',
    instruction: 'Demande : {o}',
    answersIn: 'Veut des réponses en {o}',
    kin: "{what} : s'appelle {o}",
    pet: "{what} : s'appelle {o}",
    possession: 'A {o}',
    drives: 'Conduit {o}',
    plays: 'Joue : {o}',
    uses: 'Utilise {o}',
    goal: 'Objectif : {o}',
    plan: 'Prévoit : {o}',
    learning: 'Apprend {o}',
    training: 'Se prépare : {o}',
    project: 'Travaille sur {o}',
    deadline: 'Échéance : {o}',
    decision: 'A décidé : {o}',
    event: 'A raconté : « {o} »',
    remember: 'À retenir : {o}',
    email: 'Adresse e-mail : {o}',
  },
}
