/** How people say things about themselves in Spanish. See grammar.ts for the shape. */
import { type Cue, type Grammar, words } from './grammar.ts'

const now = '(?:\\s+(?:actualmente|ahora|ya|todavía|también|aún|mismo))*'
const cue = (key: Cue['key'], object: Cue['object'], say: string, more: Partial<Cue> = {}): Cue => ({ key, object, say, ...more })

// biome-ignore format: long lists
const OCCUPATION = `abogad[oa] actriz actor administrativ[oa] agricultor agricultora albañil analista arquitect[oa] artista autor autora bombero cajer[oa] camarer[oa] carpinter[oa] científic[oa] chef
 cociner[oa] comercial consultor consultora contable dentista desarrollador desarrolladora diseñador diseñadora doctor doctora econom\\p{L}+ editor editora electricista enfermer[oa] escritor escritora
 estudiante farmacéutic[oa] fisioterapeuta florista fontaner[oa] fotógraf[oa] funcionari[oa] ganader[oa] geólog[oa] gerente historiador historiadora ingenier[oa] investigador investigadora jardiner[oa] jubilad[oa]
 maestr[oa] matemátic[oa] mecánic[oa] médic[oa] músic[oa] nutricionista panader[oa] peluquer[oa] periodista piloto pintor pintora policía profesor profesora programador programadora psicólog[oa]
 psiquiatra químic[oa] soldado taxista técnic[oa] terapeuta trabajador trabajadora traductor traductora veterinari[oa] autónom[oa] empresari[oa]`
const OCCUPATIONS = new RegExp(`^(?:${OCCUPATION.trim().split(/\s+/).join('|')})(?=$|[\\s,])`, 'u')
const LANGUAGE =
  'inglés|español|castellano|alemán|francés|portugués|italiano|neerlandés|holandés|sueco|noruego|danés|finés|polaco|checo|ruso|ucraniano|griego|turco|árabe|hebreo|hindi|chino|mandarín|japonés|coreano|catalán|gallego|euskera|vasco|rumano|húngaro|latín'
const NATIONALITY =
  'español(?:a)?|mexican[oa]|argentin[oa]|colombian[oa]|chilen[oa]|peruan[oa]|venezolan[oa]|ecuatorian[oa]|bolivian[oa]|cuban[oa]|uruguay[oa]|paraguay[oa]|alemana?|franc[eé]sa?|italian[oa]|portugu[eé]sa?|ingl[eé]sa?|brasileñ[oa]|estadounidense|catalana?|gallego|gallega|vasc[oa]|andaluza?'
const PET = 'perr[oa]|gat[oa]|conejo|hámster|loro|caballo|yegua|tortuga|pez|periquito|cachorro'
const VERB =
  'responde|contesta|respóndeme|contéstame|usa|utiliza|escribe|escríbeme|explica|explícame|incluye|añade|evita|cita|llámame|háblame|habla|dame|da|muestra|pon|haz|sé|empieza|termina|resume|traduce|menciona|recomienda|sugiere|pregunta|pregúntame|trátame|uses|utilices|escribas|incluyas|añadas|respondas|contestes|pongas|hagas|des|menciones|empieces|me|olvides|inventes'
const CONDITION =
  'asma|diabetes(?: tipo [12])?|tdah|autismo|dislexia|migrañas?|hipertensión|epilepsia|artritis|celiaquía|enfermedad de crohn|depresión|ansiedad|insomnio|eccema|psoriasis|endometriosis|hipotiroidismo|esclerosis múltiple|fibromialgia|colesterol alto'

// biome-ignore format: one line per way to say it
const cues: readonly Cue[] = [
  cue('name', 'name', 'me llamo|mi nombre(?: completo)? es', { never: /^(?:no|muy|el|la|un|una|así)\b/u }),
  cue('address', 'name', '(?:por favor,? )?(?:llámame|puedes llamarme|podéis llamarme|prefiero que me llames)', { only: 'start', never: /^(?:cuando|si|mañana|luego|al|a|por)\b/u }),
  cue('home', 'place', `(?:vivo|vivimos|resido|residimos|estoy viviendo|estamos viviendo)${now}(?: sol[oa]| junt[oa]s)?\\s+(?:en|cerca de)`),
  cue('moved', 'place', '(?:me he mudado|nos hemos mudado|me mudé|nos mudamos|me trasladé|me acabo de mudar|acabo de mudarme)(?: desde [\\p{L} ]{2,30})?\\s+a'),
  cue('plan', 'place', '(?:me voy a mudar|nos vamos a mudar|me mudaré|nos mudaremos|voy a mudarme|vamos a mudarnos) a'),
  cue('leftHome', 'place', 'ya no (?:vivo|vivimos) en'),
  cue('livedIn', 'place', '(?:antes )?(?:vivía|vivíamos) en|(?:antes )?viví (?:\\p{L}+ años )?en'),
  cue('origin', 'place', '(?:yo )?(?:soy|somos)(?: originari[oa])? de|vengo de|me crie en|me crié en|crecí en'),
  cue('bornOn', 'date', 'nací(?: el| en)?'),
  cue('bornIn', 'place', 'nací en'),
  cue('birthday', 'birthday', 'mi cumpleaños es'),
  cue('age', 'rest', 'tengo (?<o>\\d{1,3}) años(?! (?:de experiencia|trabajando|viviendo))|(?:acabo de cumplir|cumplí) (?<o>\\d{1,3})(?: años)?'),
  cue('employer', 'organisation', `(?:trabajo|trabajamos|estoy trabajando)${now}(?: a (?:tiempo|jornada) \\p{L}+)?\\s+(?:en|para)`, { never: /^(?:casa|remoto|equipo|la noche|el día|mí|ello|esto|una?\\s(?:proyecto|código))\b/u }),
  cue('joined', 'organisation', '(?:empecé|he empezado|comencé) a trabajar (?:en|para)|(?:me incorporé|entré) a'),
  cue('leftJob', 'organisation', 'ya no trabajo (?:en|para)|(?:dejé|he dejado) (?:mi (?:trabajo|puesto) en|de trabajar (?:en|para))'),
  cue('occupation', 'trade', `(?:trabajo|trabajamos)${now} (?:como|de)`, { never: /^(?:noche|día|lunes|forma|manera|un modo|lo que|siempre)\b/u }),
  cue('occupation', 'trade', '(?:yo )?soy(?: un| una)?(?=\\s)', { fits: OCCUPATIONS }),
  cue('studies', 'trade', `estudio${now}(?: la carrera de| un (?:grado|máster|doctorado) en)?(?= )|estoy estudiando(?: la carrera de| un (?:grado|máster|doctorado) en)?(?= )`, { never: /^(?:para|esto|eso|en|mucho|poco|con|por|la noche|este|esta|el (?:tema|caso)|cómo|de|a)\b/u }),
  cue('speaks', 'rest', `hablo(?: (?:bien|algo de|un poco de|perfectamente))? (?<o>(?:${LANGUAGE})(?:(?:,? y |, )(?:${LANGUAGE})){0,5})`),
  cue('nativeLanguage', 'rest', `mi (?:lengua|idioma) (?:materna|materno|nativo|nativa) es el (?<o>${LANGUAGE})`),
  cue('nationality', 'rest', `(?:yo )?soy (?<o>${NATIONALITY})`),
  cue('faith', 'rest', 'soy (?<o>católic[oa]|musulmán|musulmana|judí[oa]|budista|hindú|ate[oa]|agnóstic[oa]|protestante|evangélic[oa])'),
  cue('diet', 'rest', 'soy (?<o>vegan[oa]|vegetarian[oa]|celíac[oa]|intolerante a la lactosa|intolerante al gluten|pescetarian[oa])'),
  cue('allergy', 'thing', '(?:soy|somos) (?:muy )?alérgic[oa]s? (?:a los|a las|a la|al|a)|tengo alergia (?:a los|a las|a la|al|a)'),
  cue('avoids', 'thing', 'no (?:como|bebo|fumo|tomo|puedo comer|puedo beber)(?= )|nunca (?:como|bebo|fumo|tomo)', { never: /^(?:mucho|poco|nada|bien|en|si|cuando|que|tan|tanto|siempre|antes|después|notas?|decisiones)\b/u }),
  cue('condition', 'rest', `(?:tengo|padezco|sufro(?: de)?|me (?:han )?diagnosticaron|me han diagnosticado)(?: de)? (?<o>${CONDITION})`),
  cue('partnered', 'rest', '(?:estoy|soy) (?<o>casad[oa]|divorciad[oa]|solter[oa]|viud[oa]|prometid[oa])'),
  cue('prefers', 'thing', '(?:yo )?(?:siempre )?(?:prefiero|preferimos)', { never: /^(?:que|no|si|esta|este|eso|esa|la (?:primera|segunda|otra|última|anterior)|el (?:primero|segundo|otro|anterior))\b/u }),
  cue('dislikes', 'thing', '(?:no me (?:gustan?|gusta nada)|odio|detesto|no soporto|no aguanto)(?: nada)?(?= )', { never: /^(?:que|cómo|como|lo|cuando|esto|eso|esta|este|ese|esa|la (?:idea|respuesta|versión)|tener que|el (?:texto|resultado|código))\b/u }),
  cue('likes', 'thing', '(?:me (?:gustan?|encantan?|apasionan?|fascinan?)|adoro|soy (?:muy )?(?:fan|aficionad[oa]|amante) (?:de la|del|de los|de las|de|a la|al|a))(?: mucho)?(?= )', { never: /^(?:que|cómo|como|lo|cuando|esto|eso|esta|este|ese|esa|más (?:la|el)|tu|su|la (?:idea|respuesta|versión|primera|segunda)|el (?:texto|resultado|código|primero|segundo)|saber|ver|pensar|pedir)\b/u }),
  cue('favourite', 'thing', 'mi (?<what>\\p{L}+(?: \\p{L}+)?) (?:favorit[oa]|preferid[oa]) (?:es|son)(?: el| la| los| las)?(?= )', { never: /^(?:que|no|muy|también|cuando)\b/u }),
  cue('answersIn', 'rest', `(?:por favor,? )?(?:siempre |a partir de ahora,? )(?:responde|contesta|respóndeme|contéstame|escribe|háblame)(?: siempre)? en (?<o>${LANGUAGE})|(?:por favor,? )?(?:respóndeme|contéstame|háblame|responde|contesta) siempre en (?<o>${LANGUAGE})`, { only: 'start' }),
  cue('instruction', 'clause', `(?:por favor,? )?(?<v>siempre|nunca)(?= (?:${VERB})(?![\\p{L}]))`, { only: 'start' }),
  cue('instruction', 'clause', `(?:por favor,? )?(?<v>(?:a partir de ahora|de ahora en adelante|en adelante|en el futuro))(?:,| por favor)*(?= (?:no |siempre |nunca )?(?:${VERB}|quiero que)(?![\\p{L}]))`, { only: 'start' }),
  cue('instruction', 'clause', `quiero que(?= (?<v>siempre|nunca)(?![\\p{L}]))`, { only: 'start' }),
  cue('remember', 'clause', '(?:por favor,? )?(?:recuerda|ten en cuenta|no olvides|apunta|toma nota de|anota)(?: que|:)(?= )|para que (?:lo )?(?:sepas|recuerdes)(?::|,)', { only: 'start', never: /^(?:lo que|cuando|cómo|el anterior|me )/u }),
  cue('goal', 'clause', 'mi (?:gran |principal |próximo )?(?:objetivo|meta|propósito|sueño)(?: (?:este|para este|de este) [\\p{L}]+)? es(?= )', { never: /\b(?:esta función|este (?:script|código))\b/u }),
  cue('goal', 'clause', 'estoy intentando(?= (?:perder peso|adelgazar|dejar de (?:fumar|beber)|aprender|ahorrar|dormir mejor|comer (?:mejor|más|menos)|ponerme en forma)(?![\\p{L}]))'),
  cue('learning', 'thing', '(?:estoy|estamos) aprendiendo(?: a)?|(?:he empezado|empecé) a aprender(?: a)?|quiero aprender(?: a)?', { never: /^(?:más|sobre|mucho|cómo|de|eso|esto|a usar)\b/u }),
  cue('training', 'thing', '(?:estoy|estamos) (?:entrenando|ahorrando|preparándome|preparándonos|estudiando|entrenándome) para', { never: /^(?:esto|eso|que|el (?:próximo|año))\b/u }),
  cue('plan', 'clause', '(?:(?:voy|vamos) a|(?:pienso|pensamos)|(?:planeo|planeamos)|(?:quiero|queremos)|tengo (?:pensado|previsto)|estoy planeando)(?= (?:viajar|visitar|mudar\\p{L}*|comprar|vender|empezar|correr|aprender|casar\\p{L}*|jubilar\\p{L}*|dejar|abrir|escribir|estudiar|ir de|adoptar|publicar|subir|hacer el camino)(?![\\p{L}]))', { only: 'time', never: /\b(?:función|código|script|archivo|esto|servidor|consulta)\b/u }),
  cue('deadline', 'date', '(?:la fecha (?:límite|de entrega)|el plazo)(?: (?:de|del|para)(?: el| la| los| las| mi)? (?<what>[\\p{L}\\d -]{2,40}?))? (?:es|termina|acaba|vence)(?: el)?'),
  cue('project', 'thing', '(?:estoy|estamos) (?:trabajando en|escribiendo|desarrollando|construyendo|creando|montando|rodando)(?=\\s+(?:una?|mi|nuestr[oa]|el|la)\\s(?:[\\p{L}-]+\\s){0,3}?(?:novela|libro|tesis|aplicación|app|juego|videojuego|empresa|startup|podcast|blog|película|documental|disco|tienda|web|tfg|tfm|huerto|casa|curso))', { never: /^(?:este|esta|esto)\b/u }),
  cue('decision', 'clause', '(?:(?:hemos|he) decidido|decidimos|decidí|hemos acordado|acordamos|(?:hemos|he) elegido)(?: que)?(?= )|nos quedamos con', { never: /^(?:esto|eso|la (?:primera|segunda|opción)|el (?:primero|segundo)|probar (?:esto|eso))\b/u }),
  cue('event', 'clause', '(?<v>fui|fuimos|visité|visitamos|viajé|viajamos|compré|compramos|vendí|terminé|terminamos|corrí|conocí|conocimos|me casé|nos casamos|me gradué|me ascendieron|publiqué|aprobé|suspendí|gané|ganamos|adopté|adoptamos|celebré|celebramos|vi|vimos|estuve|estuvimos|nació|empecé|dejé|firmé|firmamos)(?= )', { only: 'time', never: /\b(?:error|fallo|problema|código|archivo|función|script|servidor|bug)\b/u }),
  cue('possession', 'rest', `(?:tengo|tenemos) (?<o>(?:una?|dos|tres|cuatro|cinco|\\d) (?:(?:${PET})s?|hij[oa]s?|herman[oa]s?|niet[oa]s?|niñ[oa]s|gemel[oa]s|mellizos|perros|gatos|caballos|gallinas|coche|coches|moto|casa|piso|huerto|jardín|bicicletas?))(?![\\p{L}])`),
  cue('plays', 'rest', 'toco (?:el |la |los )?(?<o>piano|guitarra|bajo|violín|viola|violonchelo|batería|flauta|clarinete|saxofón|trompeta|arpa|ukelele|acordeón|órgano)|juego (?:al|a la) (?<o>tenis|fútbol|baloncesto|ajedrez|pádel|golf|voleibol|rugby|balonmano)'),
  cue('drives', 'thing', 'conduzco(?=\\s+una?\\s)'),
  cue('email', 'rest', 'mi (?:correo(?: electrónico)?|e-?mail)(?: es|:) (?<o>[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{2,63}){1,4})'),
]

const kinFacts: readonly Cue[] = [
  cue('home', 'place', 'viven? en'),
  cue('employer', 'organisation', 'trabajan? (?:en|para)', { never: /^(?:casa|remoto)\b/u }),
  cue('occupation', 'trade', '(?:es|trabaja (?:como|de))(?: un| una)?(?=\\s)', { fits: OCCUPATIONS }),
  cue('age', 'rest', '(?:tiene|acaba de cumplir|cumplió) (?<o>\\d{1,3}) años'),
  cue('allergy', 'thing', '(?:es|son) (?:muy )?alérgic[oa]s? (?:a los|a las|a la|al|a)'),
  cue('diet', 'rest', 'es (?<o>vegan[oa]|vegetarian[oa]|celíac[oa])'),
  cue('studies', 'trade', '(?:estudia|está estudiando)(?= )', { never: /^(?:para|en|mucho|esto|con)\b/u }),
]

export const spanish: Grammar = {
  code: 'es',
  trigger:
    /(?<![\p{L}])(?:yo|me|mi|mis|nos|nuestr[oa]s?|soy|somos|estoy|estamos|vivo|vivimos|vivía|viví|trabajo|trabajamos|tengo|tenemos|hablo|estudio|resido|prefiero|preferimos|odio|detesto|adoro|toco|juego|conduzco|padezco|sufro|nací|crecí|vengo|no (?:como|bebo|fumo|tomo|soporto|aguanto|puedo|olvides)|nunca|siempre|a partir de ahora|en adelante|en el futuro|recuerda|ten en cuenta|apunta|anota|toma nota|llámame|puedes llamarme|respóndeme|contéstame|háblame|hemos|he|decidimos|decidí|acordamos|quiero|voy|vamos|planeo|pienso|empecé|comencé|entré|dejé|fui|fuimos|visité|viajé|compré|vi|vimos|estuve|estuvimos|terminé|corrí|conocí|publiqué|aprobé|gané|adopté|celebré|firmé|vendí|la fecha|el plazo|ya no|para que|responde|contesta)(?![\p{L}])/iu,
  cues,
  kin: {
    say: `(?:mi|nuestr[oa]|tengo una?|tenemos una?)(?: (?:mejor|querid[oa]|difunt[oa]))? (?<kin>hermana|hermano|madre|mamá|padre|papá|mujer|esposa|marido|esposo|pareja|novia|novio|hija|hijo|abuela|abuelo|tía|tío|prima|primo|sobrina|sobrino|suegra|suegro|cuñada|cuñado|amiga|amigo|jefa|jefe|compañera|compañero|vecina|vecino|profesora|profesor|perra|perro|gata|gato|conejo|loro|caballo|yegua|hámster)(?: (?:mayor|menor|pequeñ[oa]|gemel[oa]))?`,
    words: Object.fromEntries(
      'hermana:sister hermano:brother madre:mother mamá:mother padre:father papá:father mujer:wife esposa:wife marido:husband esposo:husband pareja:partner novia:partner novio:partner hija:daughter hijo:son abuela:grandmother abuelo:grandfather tía:aunt tío:uncle prima:cousin primo:cousin sobrina:niece sobrino:nephew suegra:mother-in-law suegro:father-in-law cuñada:sister-in-law cuñado:brother-in-law amiga:friend amigo:friend jefa:boss jefe:boss compañera:colleague compañero:colleague vecina:neighbor vecino:neighbor profesora:teacher profesor:teacher perra:dog perro:dog gata:cat gato:cat conejo:rabbit loro:parrot caballo:horse yegua:horse hámster:hamster'
        .split(' ')
        .map((pair) => pair.split(':'))
        .map(([word = '', means = '']) => [word, means]),
    ),
    called: '(?: se llama| se llamaba|,? que se llama| llamad[oa])',
    facts: kinFacts,
    pets: words('perra perro gata gato conejo loro caballo yegua hámster'),
  },
  unreal:
    /(?<![\p{L}])(?:si|imagina|imagínate|supón|supongamos|finge|ojalá|quisiera|querría|podría|debería|sería|dice|dijo|decía|dicen|contó|preguntó|escribió|cree que|creen|ejemplo|frase|como si|nadie|alguien|quien|quién|qué|personaje|érase|no sé|no)(?![\p{L}])/iu,
  hedge: /(?<![\p{L}])(?:creo|supongo|quizás?|tal vez|a lo mejor|probablemente|posiblemente|a veces|me parece)(?![\p{L}])/iu,
  asking:
    /^(?:[¿\s]|(?:hola|oye|y|pero|bueno)[, ]+)*(?:¿|qué|quién|dónde|cuándo|por qué|cómo|cuál|cuáles|cuánt[oa]s?|puedes|podrías|debo|debería|es|son|hay|tengo que)(?![\p{L}])/iu,
  after: /^\s*(?:,|;|–|—| - |¿|y(?![\p{L}])|así que(?![\p{L}]))/iu,
  cut: words(
    'pero porque ya cuando mientras si aunque donde antes hasta después desde entonces para por con sin durante que quien como así pues desde',
  ),
  and: words('y e o u &'),
  restart: words(
    'yo me mi mis nos nuestro nuestra soy somos estoy tengo tenemos trabajo vivo no él ella ellos eso esto la el también quiero puedo puedes podrías necesito mi',
  ),
  notThing: words(
    'lo esto eso ello este ese que qué como cómo cuando donde si no más muy tan tanto mucho poco todo nada algo así tu tus su sus y o pero me te se nos les ellos ella él otra otro',
  ),
  vague: words(
    'opción versión respuesta solución idea sugerencia enfoque primera segunda anterior siguiente esto eso ello tuya tuyo frase párrafo ejemplo código función archivo error aquí ahí allí',
  ),
  trailing: words('mucho muchísimo también ahora ya bastante siempre además realmente hoy mejor'),
  articles: words('el la los las un una unos unas mi mis'),
  connectors: words('de del la las los el y von van da do'),
  notName: words(
    'yo me mi y o el la los las un una pero si no sí hola gracias lunes martes miércoles jueves viernes sábado domingo qué quién cómo cuándo dónde por favor',
  ),
  takesBack: /^\s*,?\s*(?:ya no|es broma|¿verdad\?|en (?:el|la|mi) (?:cuento|novela|historia|juego|sueño))/iu,
  texts: {
    name: 'Se llama {o}',
    address: 'Quiere que le llamen {o}',
    home: 'Vive en {o}',
    moved: 'Se mudó a {o}',
    leftHome: 'Ya no vive en {o}',
    livedIn: 'Vivió en {o}',
    origin: 'Es de {o}',
    bornOn: 'Nació: {o}',
    bornIn: 'Nació en {o}',
    birthday: 'Cumple años el {o}',
    age: 'Tiene {o} años',
    employer: 'Trabaja en {o}',
    joined: 'Empezó a trabajar en {o}',
    leftJob: 'Ya no trabaja en {o}',
    occupation: 'Trabaja como {o}',
    field: 'Trabaja en {o}',
    studies: 'Estudia {o}',
    speaks: 'Habla {o}',
    nativeLanguage: 'Su lengua materna es {o}',
    nationality: 'Es {o}',
    faith: 'Es {o}',
    diet: 'Es {o}',
    allergy: 'Tiene alergia: {o}',
    avoids: 'No consume {o}',
    condition: 'Tiene {o}',
    partnered: 'Estado civil: {o}',
    prefers: 'Prefiere {o}',
    likes: 'Le gusta: {o}',
    dislikes: 'No le gusta: {o}',
    favourite: '{what} (preferencia): {o}',
    instruction: 'Pide: {o}',
    answersIn: 'Quiere respuestas en {o}',
    kin: '{what}: se llama {o}',
    pet: '{what}: se llama {o}',
    possession: 'Tiene {o}',
    drives: 'Conduce {o}',
    plays: 'Toca o juega: {o}',
    uses: 'Usa {o}',
    goal: 'Su objetivo es {o}',
    plan: 'Planea {o}',
    learning: 'Está aprendiendo {o}',
    training: 'Se prepara para {o}',
    project: 'Trabaja en un proyecto: {o}',
    deadline: 'Fecha límite: {o}',
    decision: 'Decidió {o}',
    event: 'Contó: «{o}»',
    remember: 'Pidió recordar: {o}',
    email: 'Su correo es {o}',
  },
}
