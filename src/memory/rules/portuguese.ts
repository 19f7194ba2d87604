/** How people say things about themselves in Portuguese, of Portugal and of Brazil. See grammar.ts for the shape. */
import { type Cue, type Grammar, words } from './grammar.ts'

const now = '(?:\\s+(?:atualmente|actualmente|agora|ainda|também|já|hoje|sozinh[oa]|junt[oa]s))*'
const cue = (key: Cue['key'], object: Cue['object'], say: string, more: Partial<Cue> = {}): Cue => ({ key, object, say, ...more })

// biome-ignore format: long lists
const OCCUPATION = `actor atriz actriz ator administrador administradora advogad[oa] agricultor agricultora analista arquitet[oa] arquitect[oa] artista autor autora bancári[oa] barbeir[oa] biólog[oa] bombeir[oa] cabeleireir[oa]
 cantor cantora carpinteir[oa] cientista chef comissári[oa] consultor consultora contabilista contador contadora cozinheir[oa] dentista desenhador desenhadora designer diretor diretora economista editor editora
 educador educadora eletricista empregad[oa] empresári[oa] enfermeir[oa] engenheir[oa] escritor escritora estudante farmacêutic[oa] fisioterapeuta fotógraf[oa] funcionári[oa] geólog[oa] gerente gestor gestora
 historiador historiadora investigador investigadora jardineir[oa] jornalista juiz juíza jurista matemátic[oa] mecânic[oa] médic[oa] motorista músic[oa] nutricionista padeir[oa] pedreir[oa] pescador pesquisador pesquisadora
 piloto pintor pintora polícia policial professor professora programador programadora desenvolvedor desenvolvedora psicólog[oa] psiquiatra químic[oa] reformad[oa] aposentad[oa] secretári[oa] soldado taxista técnic[oa]
 terapeuta trabalhador trabalhadora tradutor tradutora vendedor vendedora veterinári[oa] freelancer autónom[oa] autônom[oa]`
const OCCUPATIONS = new RegExp(`^(?:uma? )?(?:${OCCUPATION.trim().split(/\s+/).join('|')})(?=$|[\\s,])`, 'u')
const LANGUAGE =
  'português|inglês|espanhol|francês|alemão|italiano|holandês|neerlandês|sueco|norueguês|dinamarquês|finlandês|polaco|polonês|checo|russo|ucraniano|grego|turco|árabe|hebraico|hindi|chinês|mandarim|japonês|coreano|catalão|galego|romeno|húngaro|latim'
const NATIONALITY =
  'portugu[eê]sa?|brasileir[oa]|angolan[oa]|moçambican[oa]|cabo-verdian[oa]|espanhola?|frances(?:a)?|francês|alemão|alemã|italian[oa]|ingl[eê]sa?|american[oa]|argentin[oa]|mexican[oa]|colombian[oa]|chilen[oa]|holand[eê]sa?|suíç[oa]|belga|japon[eê]sa?|ucranian[oa]|russ[oa]'
const PET = 'cães|cão|cachorr[oa]s?|cadelas?|gat[oa]s?|coelhos?|hamsters?|papagaios?|cavalos?|éguas?|tartarugas?|peixes?|periquitos?'
const VERB =
  'responde|responda|usa|use|utiliza|utilize|escreve|escreva|explica|explique|inclui|inclua|evita|evite|cita|cite|chama-me|fala|fale|dá|dê|mostra|mostre|põe|faz|faça|sê|seja|começa|comece|termina|termine|resume|resuma|traduz|traduza|menciona|mencione|recomenda|recomende|sugere|sugira|pergunta|pergunte|trata-me|me|uses|escrevas|respondas|coloque|coloques|ponhas|faças|inventes|invente'
const CONDITION =
  'asma|diabetes(?: tipo [12])?|tdah|autismo|dislexia|enxaquecas?|hipertensão|epilepsia|artrite|doença (?:celíaca|de crohn)|depressão|ansiedade|insónias?|insônia|eczema|psoríase|endometriose|hipotiroidismo|hipotireoidismo|esclerose múltipla|fibromialgia|colesterol alto|apneia do sono'
const IN = '(?:em|no|na|nos|nas)'

// biome-ignore format: one line per way to say it
const cues: readonly Cue[] = [
  cue('name', 'name', '(?:eu )?(?:chamo-me|me chamo)|(?:o )?meu nome(?: completo)? é', { never: /^(?:não|muito|o|a|um|uma|assim)\b/u }),
  cue('address', 'name', '(?:por favor,? )?(?:chama-me|chame-me|me chame|me chama|pode me chamar|podes chamar-me|pode chamar-me)(?: de)?', { only: 'start', never: /^(?:quando|se|amanhã|depois|mais|ao|à|para)\b/u }),
  cue('home', 'place', `(?:moro|moramos|vivo|vivemos|resido|a gente mora|estou a viver|estou morando|estou vivendo)${now}\\s+(?:${IN}|perto de)`),
  cue('moved', 'place', '(?:mudei-me|mudámo-nos|mudamo-nos|me mudei|nos mudamos|mudei|mudamos|acabei de me mudar|acabo de me mudar)(?: de [\\p{L} ]{2,30})? (?:para(?: o| a)?|pro|pra)'),
  cue('plan', 'place', '(?:vou|vamos) (?:mudar|mudar-me|me mudar|nos mudar|mudar-nos) para(?: o| a)?'),
  cue('leftHome', 'place', `já não (?:moro|vivo|moramos|vivemos) ${IN}|não (?:moro|vivo) mais ${IN}`),
  cue('livedIn', 'place', `(?:antes )?(?:morava|vivia|morávamos|vivíamos) ${IN}|(?:já )?(?:morei|vivi)(?: \\p{L}+ anos)? ${IN}`),
  cue('origin', 'place', '(?:eu )?(?:sou|somos)(?: natural| originári[oa])? (?:de|do|da|dos|das)|venho (?:de|do|da)|cresci (?:em|no|na)'),
  cue('bornOn', 'date', 'nasci(?: a| no dia| em)?'),
  cue('bornIn', 'place', `nasci ${IN}`),
  cue('birthday', 'birthday', '(?:o )?meu aniversário é|faço anos(?: a| no dia| em)?|(?:o )?meu aniversário é (?:a|no dia)'),
  cue('age', 'rest', 'tenho (?<o>\\d{1,3}) anos(?! de experiência| a )|(?:acabei de fazer|fiz) (?<o>\\d{1,3}) anos'),
  cue('employer', 'organisation', `(?:trabalho|trabalhamos|estou a trabalhar|estou trabalhando)${now}(?: a tempo \\p{L}+| em \\p{L}+ período)?\\s+(?:na|no|para a|para o|para|pra|em)`, { never: /^(?:casa|remoto|equipa|equipe|noite|dia|mim|isso|isto|área|ramo|setor|sector|uma?\\s(?:projeto|código|projecto))\b/u }),
  cue('joined', 'organisation', '(?:comecei|começei) a trabalhar (?:na|no|em|para)|entrei (?:na|no|para a|para o)(?= \\p{Lu})'),
  cue('leftJob', 'organisation', 'já não trabalho (?:na|no|em|para)|não trabalho mais (?:na|no|em|para)|(?:deixei|saí d[oa]|larguei) (?:o )?(?:meu )?(?:emprego|trabalho) (?:na|no|em)'),
  cue('occupation', 'trade', `(?:trabalho|trabalhamos)${now} como`, { never: /^(?:sempre|antes|se|eu|podes|um louco)\b/u }),
  cue('occupation', 'trade', '(?:eu )?sou(?= )', { fits: OCCUPATIONS }),
  cue('studies', 'trade', `estudo${now}(?= )|estou a estudar|estou estudando|(?:estou a fazer|faço|estou fazendo|curso) (?:um |uma |o |a )?(?:curso|licenciatura|mestrado|doutoramento|doutorado|graduação|faculdade) (?:de|em)`, { never: /^(?:para|pra|isso|isto|em|muito|pouco|com|por|à|na|no|de|como|este|esta|o (?:tema|caso))\b/u }),
  cue('speaks', 'rest', `falo(?: (?:bem|um pouco de|fluentemente|também))* (?<o>(?:${LANGUAGE})(?:(?:,? e |, )(?:um pouco de )?(?:${LANGUAGE})){0,5})`),
  cue('nativeLanguage', 'rest', `(?:a )?minha língua materna é (?:o )?(?<o>${LANGUAGE})`),
  cue('nationality', 'rest', `(?:eu )?sou (?<o>${NATIONALITY})(?= |$|[,.])`),
  cue('faith', 'rest', 'sou (?<o>católic[oa]|muçulman[oa]|judeu|judia|budista|hindu|ateu|ateia|agnóstic[oa]|protestante|evangélic[oa]|espírita)'),
  cue('diet', 'rest', '(?:sou|somos) (?<o>vegan[oa]?s?|vegetarian[oa]s?|celíac[oa]s?|intolerante (?:à lactose|ao glúten)|pescetarian[oa])'),
  cue('allergy', 'thing', '(?:sou|somos) (?:muito )?alérgic[oa]s? (?:a|ao|à|aos|às)|tenho alergia (?:a|ao|à|aos|às)'),
  cue('avoids', 'thing', '(?:não|nunca) (?:como|bebo|fumo|posso comer|posso beber)(?= )', { never: /^(?:muito|pouco|nada|bem|em|se|quando|que|tão|tanto|sempre|antes|depois)\b/u }),
  cue('condition', 'rest', `(?:tenho|sofro de|fui diagnosticad[oa] com) (?<o>${CONDITION})`),
  cue('partnered', 'rest', '(?:sou|estou) (?<o>casad[oa]|divorciad[oa]|solteir[oa]|viúv[oa]|noiv[oa])'),
  cue('prefers', 'thing', '(?:eu )?(?:prefiro|preferimos)(?: sempre)?(?= )', { never: /^(?:que|não|se|esta|este|isso|isto|essa|esse|a (?:primeira|segunda|outra|última|versão)|o (?:primeiro|segundo|outro|último))\b/u }),
  cue('dislikes', 'thing', '(?:não gosto|não gostamos)(?: nada| muito)? (?:de|do|da|dos|das)|(?:eu )?(?:odeio|odiamos|detesto|não suporto|não aguento)(?= )', { never: /^(?:que|como|quando|isso|isto|esta|este|essa|esse|resposta|ideia|versão|ter de|ter que|quem)\b/u }),
  cue('likes', 'thing', '(?<!não )(?:gosto|gostamos)(?: muito| imenso| bastante)? (?:de|do|da|dos|das)|(?:eu )?(?:adoro|adoramos|amo)(?= )|sou (?:muito )?fã (?:de|do|da|dos|das)', { never: /^(?:que|como|quando|isso|isto|esta|este|essa|esse|resposta|ideia|versão|tua|teu|sua|seu|saber|ver que|te|você|a (?:primeira|segunda|ideia|resposta)|o (?:primeiro|segundo|texto|resultado))\b/u }),
  cue('favourite', 'thing', '(?:o |a )?(?:meu|minha) (?<what>\\p{L}+(?: \\p{L}+)?) (?:favorit[oa]|preferid[oa]|predilet[oa]) (?:é|são)(?: o| a| os| as)?(?= )', { never: /^(?:que|não|muito|também|quando)\b/u }),
  cue('answersIn', 'rest', `(?:por favor,? )?(?:responde|responda|responde-me|me responda|escreve|fala|fale)(?: comigo)?(?:,)? sempre em (?<o>${LANGUAGE})|(?:a partir de agora|de agora em diante|daqui em diante),? (?:por favor,? )?(?:responde|responda|responde-me|fala|fale|escreve)(?: comigo)?(?: sempre)? em (?<o>${LANGUAGE})`, { only: 'start' }),
  cue('instruction', 'clause', `(?:por favor,? )?(?<v>(?:sempre|nunca) (?:${VERB})|(?:${VERB}) sempre)(?= )`, { only: 'start' }),
  cue('instruction', 'clause', `(?:por favor,? )?(?<v>(?:a partir de agora|de agora em diante|daqui em diante|no futuro))(?:,| por favor)*(?= (?:não |sempre |nunca )?(?:${VERB}|quero que)(?![\\p{L}]))`, { only: 'start' }),
  cue('instruction', 'clause', 'quero que(?= (?<v>(?:tu |você )?(?:sempre|nunca))(?![\\p{L}]))', { only: 'start' }),
  cue('remember', 'clause', '(?:por favor,? )?(?:lembra-te|lembre-se|lembra|lembre|não te esqueças|não se esqueça|não esqueça|anota|anote|toma nota|tome nota|tem em conta|tenha em conta|guarda na memória|para referência)(?: de)?(?: que|:|,)(?= )', { only: 'start', never: /^(?:o que|quando|como|da última)\b/u }),
  cue('goal', 'clause', '(?:o )?(?:meu|minha) (?:grande |principal |próximo )?(?:objetivo|objectivo|meta|sonho)(?: (?:este|para este|deste|desse|para o) [\\p{L}]+)? é(?= )', { never: /\b(?:esta função|este (?:script|código))\b/u }),
  cue('goal', 'clause', 'estou (?:a tentar|tentando)(?= (?:perder peso|emagrecer|deixar de (?:fumar|beber)|parar de (?:fumar|beber)|aprender|poupar|economizar|dormir melhor|comer (?:melhor|mais|menos))(?![\\p{L}]))'),
  cue('learning', 'thing', '(?:estou|estamos) (?:a aprender|aprendendo)(?: a)?|comecei a aprender(?: a)?|quero aprender(?: a)?', { never: /^(?:mais|sobre|muito|como|de|isso|isto|usar)\b/u }),
  cue('training', 'thing', '(?:estou|estamos) (?:a treinar|treinando|a poupar|poupando|economizando|a preparar-me|me preparando|a estudar|estudando) para(?: o| a| um| uma)?', { never: /^(?:isso|isto|que|ano|próximo)\b/u }),
  cue('plan', 'clause', '(?:(?:vou|vamos)|(?:penso|pensamos)(?: em)?|(?:planejo|planeio|planeamos|planejamos)|(?:quero|queremos)|tenciono|pretendo|pretendemos|estou a planear|estou planejando)(?= (?:viajar|visitar|mudar\\S*|comprar|vender|começar|correr|aprender|casar\\S*|me casar|reformar-me|aposentar|largar|abrir|escrever|estudar|ir (?:a|ao|à|para)|adotar|publicar|subir)(?![\\p{L}]))', { only: 'time', never: /\b(?:função|código|script|arquivo|ficheiro|isto|isso|servidor|consulta)\b/u }),
  cue('deadline', 'date', '(?:o prazo|a data limite|a data de entrega|a data-limite)(?: (?:de|do|da|para(?: o| a)?)(?: minha| meu)? (?<what>[\\p{L}\\d -]{2,40}?))? (?:é|termina|acaba|vence)(?: a| no dia| em| o)?'),
  cue('project', 'thing', '(?:estou|estamos) (?:a trabalhar|trabalhando|a escrever|escrevendo|a desenvolver|desenvolvendo|a construir|construindo|a criar|criando|a fazer|fazendo|a montar|montando)(?: em| no| na| num| numa)?(?=\\s+(?:(?:uma?|o|a|meu|minha|nosso|nossa)\\s)?(?:[\\p{L}-]+\\s){0,3}?(?:romance|livro|tese|dissertação|aplicação|aplicativo|app|jogo|empresa|startup|podcast|blog|filme|documentário|disco|álbum|loja|site|casa|horta|curso))', { never: /^(?:este|esta|isto|isso)\b/u }),
  cue('decision', 'clause', '(?:decidimos|decidi|combinámos|combinamos|escolhemos|resolvemos)(?: que)?(?= )|(?:vamos|ficámos|ficamos) com(?= )', { never: /^(?:isto|isso|a (?:primeira|segunda|opção)|o (?:primeiro|segundo)|testar (?:isto|isso))\b/u }),
  cue('event', 'clause', '(?<v>fui|fomos|visitei|visitámos|visitamos|viajei|viajámos|viajamos|comprei|comprámos|compramos|vendi|terminei|terminámos|acabei|corri|conheci|casei-me|me casei|casámos|casamos|formei-me|me formei|fui promovid[oa]|publiquei|passei no|ganhei|adotei|adotámos|celebrei|celebrámos|vi|vimos|estive|estivemos|nasceu|comecei|larguei|assinei|assinámos)(?= )', { only: 'time', never: /\b(?:erro|bug|problema|código|arquivo|ficheiro|função|script|servidor)\b/u }),
  cue('possession', 'rest', `(?:tenho|temos) (?<o>(?:uma?|dois|duas|três|quatro|cinco|\\d) (?:(?:pequen[oa]s?|grandes?) )?(?:${PET}|filh[oa]s?|irmãos?|irmãs?|net[oa]s?|gémeos|gêmeos|crianças|galinhas|carros?|motas?|moto|casa|apartamento|horta|jardim|bicicletas?))(?![\\p{L}])`),
  cue('plays', 'rest', 'toco (?<o>piano|guitarra|violão|baixo|violino|viola|violoncelo|bateria|flauta|clarinete|saxofone|trompete|harpa|ukulele|cavaquinho|acordeão|órgão)|jogo (?<o>ténis|tênis|futebol|basquetebol|basquete|xadrez|padel|golfe|voleibol|vôlei|râguebi|andebol|handebol)'),
  cue('drives', 'thing', 'conduzo(?=\\s+uma?\\s)|dirijo(?=\\s+uma?\\s)'),
  cue('email', 'rest', '(?:o )?meu e-?mail(?: é|:) (?<o>[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{2,63}){1,4})'),
]

const kinFacts: readonly Cue[] = [
  cue('home', 'place', `(?:mora|vive|moram|vivem) ${IN}`),
  cue('employer', 'organisation', '(?:trabalha|trabalham) (?:na|no|em|para a|para o|para)', { never: /^(?:casa|remoto|área)\b/u }),
  cue('occupation', 'trade', '(?:é|trabalha como)(?= )', { fits: OCCUPATIONS }),
  cue('age', 'rest', '(?:tem|fez|acabou de fazer) (?<o>\\d{1,3}) anos'),
  cue('allergy', 'thing', 'é (?:muito )?alérgic[oa] (?:a|ao|à|aos|às)'),
  cue('diet', 'rest', 'é (?<o>vegan[oa]?|vegetarian[oa]|celíac[oa]|intolerante à lactose)'),
  cue('studies', 'trade', '(?:estuda|está a estudar|está estudando)(?= )', { never: /^(?:para|em|muito|na|no|com)\b/u }),
]

export const portuguese: Grammar = {
  code: 'pt',
  trigger:
    /(?<![\p{L}])(?:eu|me|meu|minha|meus|minhas|nosso|nossa|nós|sou|somos|estou|estamos|moro|moramos|vivo|vivemos|morava|vivia|morei|vivi|resido|trabalho|trabalhamos|tenho|temos|falo|estudo|prefiro|preferimos|gosto|gostamos|odeio|detesto|adoro|adoramos|amo|toco|jogo|conduzo|dirijo|sofro|nasci|cresci|venho|faço|chamo-me|chama-me|chame-me|mudei\S*|mudámo-nos|mudamos|não (?:como|bebo|fumo|suporto|aguento|posso|te esqueças|se esqueça|esqueça)|nunca|sempre|a partir de agora|de agora em diante|daqui em diante|no futuro|lembra\S*|lembre\S*|anota|anote|toma nota|tem em conta|guarda|decidimos|decidi|combinámos|combinamos|resolvemos|escolhemos|quero|queremos|vou|vamos|penso|planejo|planeio|pretendo|tenciono|comecei|entrei|deixei|larguei|fui|fomos|visitei|visitámos|visitamos|viajei|comprei|vi|vimos|estive|estivemos|terminei|acabei|corri|conheci|casei\S*|publiquei|ganhei|adotei|celebrei|assinei|vendi|o prazo|a data|já não|responde|responda|pode me chamar|podes chamar-me|ficámos|ficamos|para referência|a gente)(?![\p{L}])/iu,
  cues,
  kin: {
    say: '(?:(?:o|a) )?(?:meu|minha|nosso|nossa|(?:tenho|temos) uma?)(?: (?:melhor|querid[oa]|falecid[oa]))? (?<kin>irmã|irmão|mãe|pai|mulher|esposa|marido|companheira|companheiro|namorada|namorado|noiva|noivo|filha|filho|avó|avô|tia|tio|prima|primo|sobrinha|sobrinho|sogra|sogro|cunhada|cunhado|amiga|amigo|chefe|patroa|patrão|colega|vizinha|vizinho|professora|professor|cão|cadela|cachorro|cachorra|gata|gato|coelho|papagaio|cavalo|égua|hamster)(?: (?:mais velh[oa]|mais nov[oa]|gême[oa]|gémea|gémeo))?',
    words: Object.fromEntries(
      'irmã:sister irmão:brother mãe:mother pai:father mulher:wife esposa:wife marido:husband companheira:partner companheiro:partner namorada:partner namorado:partner noiva:partner noivo:partner filha:daughter filho:son avó:grandmother avô:grandfather tia:aunt tio:uncle prima:cousin primo:cousin sobrinha:niece sobrinho:nephew sogra:mother-in-law sogro:father-in-law cunhada:sister-in-law cunhado:brother-in-law amiga:friend amigo:friend chefe:boss patroa:boss patrão:boss colega:colleague vizinha:neighbor vizinho:neighbor professora:teacher professor:teacher cão:dog cadela:dog cachorro:dog cachorra:dog gata:cat gato:cat coelho:rabbit papagaio:parrot cavalo:horse égua:horse hamster:hamster'
        .split(' ')
        .map((pair) => pair.split(':'))
        .map(([word = '', means = '']) => [word, means]),
    ),
    called: '(?: chama-se| se chama| chamava-se|,? que se chama| chamad[oa])',
    facts: kinFacts,
    pets: words('cão cadela cachorro cachorra gata gato coelho papagaio cavalo égua hamster'),
  },
  unreal:
    /(?<![\p{L}-])(?:se|caso|imagina|imagine|supõe|suponha|finge|finja|oxalá|quem me dera|gostaria|queria|poderia|deveria|seria|diz|disse|dizia|dizem|contou|perguntou|escreveu|acha que|acham que|exemplo|frase|como se|ninguém|alguém|quem|qual|personagem|era uma vez|não sei|não)(?![\p{L}])/iu,
  hedge: /(?<![\p{L}])(?:acho|creio|suponho|talvez|se calhar|provavelmente|possivelmente|às vezes|parece-me)(?![\p{L}])/iu,
  asking:
    /^(?:(?:olá|oi|e|mas|bem)[, ]+)*(?:o que|que|quem|onde|quando|por que|porque|porquê|como|qual|quais|quant[oa]s?|podes|pode|poderias|poderia|devo|deveria|é|são|há|tenho de|tenho que|será)(?![\p{L}])/iu,
  after: /^\s*(?:,|;|–|—| - |e(?![\p{L}])|então(?![\p{L}])|por isso(?![\p{L}]))/iu,
  cut: words('mas porque já quando enquanto se embora onde antes até depois desde então para por com sem durante que quem como pois há'),
  and: words('e ou &'),
  restart: words(
    'eu me meu minha nós sou somos estou tenho temos trabalho moro vivo não ele ela eles isso isto o a também quero posso pode poderia preciso você tu',
  ),
  notThing: words(
    'isso isto aquilo esse este essa esta que como quando onde se não mais muito tão tanto pouco tudo nada algo assim teu tua seu sua e ou mas me te se nos lhe lhes eles elas ele ela outro outra você vocês ti',
  ),
  vague: words(
    'opção versão resposta solução ideia sugestão abordagem primeira segunda anterior seguinte isso isto tua tuas frase parágrafo exemplo código função ficheiro arquivo erro aqui ali lá',
  ),
  trailing: words('muito imenso também agora já bastante sempre além realmente hoje melhor demais'),
  articles: words('o a os as um uma uns umas meu minha'),
  connectors: words('de do da dos das e von van y'),
  notName: words(
    'eu me meu e o a os as um uma mas se não sim olá oi obrigado obrigada segunda terça quarta quinta sexta sábado domingo que quem como quando onde por favor',
  ),
  takesBack: /^\s*,?\s*(?:mais(?![\p{L}])|brincadeira|né\?|não é\?|no (?:romance|livro|jogo|sonho)|na (?:história|minha história))/iu,
  texts: {
    name: 'Chama-se {o}',
    address: 'Quer ser chamado {o}',
    home: 'Mora em {o}',
    moved: 'Mudou-se para {o}',
    leftHome: 'Já não mora em {o}',
    livedIn: 'Morou em {o}',
    origin: 'É de {o}',
    bornOn: 'Nascimento: {o}',
    bornIn: 'Nasceu em {o}',
    birthday: 'Faz anos: {o}',
    age: 'Tem {o} anos',
    employer: 'Trabalha em {o}',
    joined: 'Começou a trabalhar em {o}',
    leftJob: 'Já não trabalha em {o}',
    occupation: 'Profissão: {o}',
    field: 'Trabalha em {o}',
    studies: 'Estuda {o}',
    speaks: 'Fala {o}',
    nativeLanguage: 'Língua materna: {o}',
    nationality: 'É {o}',
    faith: 'É {o}',
    diet: 'É {o}',
    allergy: 'Alergia: {o}',
    avoids: 'Não consome {o}',
    condition: 'Tem {o}',
    partnered: 'Estado civil: {o}',
    prefers: 'Prefere {o}',
    likes: 'Gosta: {o}',
    dislikes: 'Não gosta: {o}',
    favourite: '{what} (preferência): {o}',
    instruction: 'Pede: {o}',
    answersIn: 'Quer respostas em {o}',
    kin: '{what}: chama-se {o}',
    pet: '{what}: chama-se {o}',
    possession: 'Tem {o}',
    drives: 'Conduz {o}',
    plays: 'Toca ou joga: {o}',
    uses: 'Usa {o}',
    goal: 'Objetivo: {o}',
    plan: 'Planeia: {o}',
    learning: 'Está a aprender {o}',
    training: 'Prepara-se para {o}',
    project: 'Projeto: {o}',
    deadline: 'Prazo: {o}',
    decision: 'Decidiu: {o}',
    event: 'Contou: «{o}»',
    remember: 'A lembrar: {o}',
    email: 'E-mail: {o}',
  },
}
