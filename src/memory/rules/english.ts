/** How people say things about themselves in English. See grammar.ts for the shape. */
import { type Cue, type Grammar, words } from './grammar.ts'

const now = '(?:\\s+(?:currently|now|still|actually|both|also|mostly|mainly|only|both|just))?'
const I = `(?:i|we)${now}`
const IAM = `(?:i(?:['’]?m|\\s+am)|we(?:['’]re|\\s+are))${now}`
const HAVE = "(?:i(?:['’]?ve|\\s+have)?|we(?:['’]?ve|\\s+have)?)(?:\\s+(?:just|recently|finally|already))?"

// biome-ignore format: long lists
const OCCUPATION = `accountant actor actress analyst anthropologist archaeologist architect artist astronomer author baker barista bartender biologist bookkeeper builder
 butcher carpenter chef chemist coach comedian composer consultant contractor cook copywriter counsellor counselor dancer dentist designer developer dietitian diplomat doctor
 driver economist editor electrician engineer entrepreneur epidemiologist farmer filmmaker firefighter florist founder freelancer gardener geologist geographer graphic hairdresser
 historian illustrator interpreter investor janitor journalist judge lawyer lecturer librarian linguist manager mathematician mechanic midwife musician neuroscientist novelist nurse
 nutritionist optometrist paediatrician painter paralegal paramedic pediatrician pharmacist philosopher photographer physician physicist physiotherapist pianist pilot plumber poet
 podcaster policeman politician postdoc producer professor programmer psychiatrist psychologist psychotherapist radiologist realtor recruiter researcher salesperson scientist sculptor
 secretary singer sociologist software soldier solicitor statistician streamer student surgeon surveyor tailor teacher technician therapist tiler translator trainer tutor veterinarian
 vet violinist waiter waitress welder writer youtuber retiree pensioner homemaker widow parent father mother dad mum mom grandmother grandfather veteran runner cyclist climber swimmer beekeeper`
const OCCUPATIONS = new RegExp(`(?:^|[\\s-])(?:${OCCUPATION.trim().split(/\s+/).join('|')})(?:s|es)?(?=$|[\\s,-])`, 'u')
const LANGUAGE =
  'english|spanish|german|french|portuguese|italian|dutch|swedish|norwegian|danish|finnish|polish|czech|russian|ukrainian|greek|turkish|arabic|hebrew|persian|farsi|hindi|urdu|bengali|tamil|mandarin|chinese|cantonese|japanese|korean|vietnamese|thai|catalan|basque|galician|romanian|hungarian|latin|swahili|esperanto|irish|welsh'
const NATIONALITY =
  'american|british|english|scottish|irish|welsh|canadian|australian|german|austrian|swiss|french|belgian|dutch|spanish|portuguese|brazilian|mexican|argentinian|colombian|chilean|peruvian|italian|greek|polish|czech|hungarian|romanian|ukrainian|russian|turkish|swedish|norwegian|danish|finnish|indian|pakistani|chinese|japanese|korean|vietnamese|thai|nigerian|kenyan|egyptian|moroccan|israeli|iranian'
const CONDITION =
  "asthma|(?:type (?:1|2|one|two) )?diabetes|adhd|add|autism|dyslexia|migraines?|hypertension|high blood pressure|epilepsy|arthritis|celiac disease|coeliac disease|crohn['’]s(?: disease)?|ibs|depression|anxiety|ptsd|ocd|insomnia|tinnitus|eczema|psoriasis|endometriosis|hypothyroidism|multiple sclerosis|fibromyalgia|sleep apn(?:o)?ea|chronic (?:pain|fatigue|back pain)|high cholesterol"
const PET = 'dog|puppy|cat|kitten|rabbit|bunny|hamster|parrot|horse|pony|guinea pig|turtle|tortoise|goldfish|budgie|ferret|snake'
const VERB =
  'answer|reply|respond|use|write|give|show|include|explain|add|keep|call|address|speak|start|begin|end|finish|format|avoid|cite|ask|tell|check|make|provide|put|translate|summari[sz]e|sign|mention|suggest|recommend|quote|list|round|convert|return|talk|apologi[sz]e|assume|offer|prefix|repeat|omit|skip|be|do|refer|spell|present|label|number|limit|stick|leave'
const LIFE =
  'travel|visit|move|buy|sell|start|run|learn|apply|marry|retire|quit|launch|open|write|study|become|go|hike|climb|adopt|renovate|build a house|have (?:a baby|kids|children)|get married|propose|lose|save|finish|publish|train|organi[sz]e|host|see'
const LEARNED =
  'went|visited|travel+ed|flew|drove|moved|got (?:married|engaged|promoted|hired|divorced)|graduated|bought|sold|adopted|finished|completed|ran|attended|met|was promoted|broke|launched|published|passed|won|lost|gave birth|became|celebrated|signed up|joined|booked|saw|watched|hosted|cooked|baked|painted|planted|hiked|climbed|swam|volunteered|donated|performed|played|started|quit'
const TECHNICAL =
  /\b(?:error|bug|issue|problem|exception|warning|function|file|code|script|query|test|server|build|commit|merge|branch|crash|output|result|answer|question|response|idea|look|trouble|feeling|thought|chance)s?\b/u

const cue = (key: Cue['key'], object: Cue['object'], say: string, more: Partial<Cue> = {}): Cue => ({ key, object, say, ...more })

// biome-ignore format: one line per way to say it
const cues: readonly Cue[] = [
  cue('name', 'name', "my (?:full |first |real )?name(?:['’]s| is)", { never: /^(?:not|too|also|in|on|the|a|an|very|spelled|spelt|pronounced)\b/u }),
  cue('name', 'name', "i(?:['’]m| am) called|i go by(?: the name(?: of)?)?", { never: /^(?:not|by|to|in|the|a|an)\b/u }),
  cue('name', 'name', "^(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there| everyone)?,? (?:i(?:['’]m| am)|this is)", { never: /^(?:not|so|the|a|an|trying|looking|new)\b/u }),
  cue('address', 'name', '(?:please |just |you can |always )?call me', { only: 'start', never: /^(?:when|if|at|back|crazy|a|an|the|tomorrow|later|old|on|in|maybe)\b/u }),
  cue('home', 'place', `(?:${I}\\s+(?:live|reside)|${IAM}\\s+(?:living|based|residing|located))(?:\\s+(?:and work|now|right now|alone|together))?\\s+(?:(?:here\\s+)?in|near)`),
  cue('home', 'place', "i(?:['’]ve| have) (?:been living|lived|been based) in", { only: 'time' }),
  cue('moved', 'place', `${HAVE}\\s+(?:moved|relocated)(?:\\s+(?:back|over|here|house|from [\\p{L} ]{2,30}))?\\s+to`),
  cue('plan', 'place', `${IAM}\\s+(?:moving|relocating)(?: back)?\\s+to`),
  cue('leftHome', 'place', "(?:i|we) no longer live in|(?:i|we)(?:['’]ve| have)? moved (?:away from|out of)"),
  cue('livedIn', 'place', '(?:i|we) used to live in|(?:i|we) (?:previously |once |formerly )lived in'),
  cue('origin', 'place', `${IAM}(?:\\s+originally)?\\s+from|i come from|i grew up in|i was raised in`),
  cue('bornOn', 'date', 'i was born(?: on| in)?'),
  cue('bornIn', 'place', 'i was born(?: and raised)? in'),
  cue('birthday', 'birthday', "my birthday(?:['’]s| is)"),
  cue('age', 'rest', "i(?:['’]m| am)(?: now)? (?<o>\\d{1,3})(?: years old| yo| y/o|-years-old)|i(?:['’]ve)?(?: just)? turned (?<o>\\d{1,3})(?! degrees)"),
  cue('employer', 'organisation', `(?:${I}\\s+work|${IAM}\\s+(?:working|employed))(?:\\s+(?:full[- ]time|part[- ]time|remotely|right now|there))?\\s+(?:at|for|by)|my employer is`, { never: /^(?:home|night|hours?|a living|an hour|the (?:moment|weekend|same time)|a while|years|free|myself|money|a (?:day|week|month|year)|the (?:following|last|past)\b.*)\b/u }),
  cue('employer', 'organisation', `${IAM}\\s+an?\\s+(?:[\\p{L}-]+\\s){1,4}?(?:at|for)`, { proper: true, never: /^(?:the (?:moment|time)|home|night|least|all|heart|a (?:while|bit)|an?\\s)/u }),
  cue('joined', 'organisation', `${HAVE}\\s+(?:joined|started(?: working| a (?:new )?job| my new job)? at|began working at|got a job at|been hired by)`, { proper: true, never: /^(?:the (?:call|meeting|party|group|gym|class)|a (?:gym|club|call|meeting|class|group|course))/u }),
  cue('leftJob', 'organisation', `(?:i|we) no longer work (?:at|for)|${HAVE}\\s+(?:quit|left|resigned from)(?: my (?:job|position|role) at)|${HAVE}\\s+stopped working (?:at|for)|i(?: just| recently)? (?:got laid off|was laid off|was fired) (?:from|by)`, { proper: true }),
  cue('occupation', 'trade', `(?:${I}\\s+work|${IAM}\\s+(?:working|employed))(?:\\s+(?:full[- ]time|part[- ]time|remotely))?\\s+as(?=\\s+(?:an?|the|head|lead|chief|senior|junior))|my (?:job|profession|occupation) is(?: being)?(?=\\s+an?\\s)`, { never: /\b(?:well|expected|intended|team|group|whole)\b/u }),
  cue('occupation', 'trade', `${IAM}(?=\\s+an?\\s)`, { fits: OCCUPATIONS, never: /\b(?:fan|member|bit|lot|little|user|person|beginner|newbie|noob|total|huge|big|complete)\b/u }),
  cue('field', 'rest', `(?:${I}\\s+work|${IAM}\\s+working)\\s+in (?<o>finance|marketing|healthcare|health care|education|sales|tech|it|banking|construction|consulting|advertising|insurance|real estate|retail|logistics|hospitality|publishing|journalism|human resources|hr|law|biotech|pharma|agriculture|academia|research|manufacturing|public relations|customer (?:service|support)|cyber ?security|data science|machine learning|film|fashion|tourism|government|politics|aerospace|renewable energy|energy|film production|game development)`),
  cue('studies', 'trade', `(?:${I}\\s+study|${IAM}\\s+(?:studying|majoring in)|i major in|i(?:['’]m| am) (?:doing|pursuing) an? (?:phd|master['’]?s?|bachelor['’]?s?|degree)(?: degree)? in)`, { never: /^(?:for|this|that|the|it|abroad|hard|now|late|at|in|how|why|whether|an?\s|my|together|alone|from|with)\b/u }),
  cue('speaks', 'rest', `(?:${I}\\s+speak|${IAM}\\s+fluent in)(?: (?:fluent|some|a (?:little|bit of)|native|good|basic))? (?<o>(?:${LANGUAGE})(?:(?:,? and |, )(?:${LANGUAGE})){0,5})`),
  cue('nativeLanguage', 'rest', `my (?:native|first|mother)(?: language| tongue) is (?<o>${LANGUAGE})`),
  cue('nationality', 'rest', `${IAM} (?<o>${NATIONALITY})(?! (?:restaurant|food|learner|teacher|speaker|student|language))`),
  cue('faith', 'rest', `${IAM}(?: an?)? (?:practi[cs]ing )?(?<o>muslim|christian|catholic|protestant|jewish|buddhist|hindu|sikh|atheist|agnostic|orthodox christian|quaker)`),
  cue('diet', 'rest', `${IAM}(?: an?| strictly| fully| mostly)* (?<o>vegan|vegetarian|pescatarian|pescetarian|lactose[- ]intolerant|gluten[- ]free|gluten[- ]intolerant|celiac|coeliac|halal|kosher|keto|teetotal|teetotaler)`),
  cue('diet', 'rest', `${I} (?:eat|follow|am on|keep)(?: an?| only)? (?<o>vegan|vegetarian|pescatarian|gluten[- ]free|halal|kosher|keto|paleo|low[- ]carb|mediterranean|plant[- ]based)(?: diet| food)?`),
  cue('allergy', 'thing', `${IAM}(?: severely| very| highly| extremely| also)? allergic to|i have an? (?:severe |bad )?allergy to`),
  cue('allergy', 'rest', `${I} have an? (?:severe |bad )?(?<o>peanut|nut|tree nut|shellfish|pollen|dust|dairy|egg|soy|penicillin|latex|cat|dog|bee) allergy`),
  cue('avoids', 'thing', "(?:i|we) (?:don['’]?t|do not|never|can['’]?t|cannot|no longer) (?:eat|drink|smoke)", { never: /\b(?:much|enough|anything|out|until|before|after|when)\b/u }),
  cue('condition', 'rest', `(?:${I} (?:have|suffer from|live with|struggle with)|${HAVE}\\s+(?:been |was )?diagnosed with|i was diagnosed with) (?:severe |mild |chronic |a |an )*(?<o>${CONDITION})`),
  cue('partnered', 'rest', "i(?:['’]m| am)(?: happily| recently| newly| now)? (?<o>married|divorced|single|engaged|widowed)(?!-| (?:file|line|page|thread|user|word|letter|to the))"),
  cue('prefers', 'thing', '(?:i|we)(?: (?:generally|usually|always|really|much|strongly|personally|still|do|definitely|actually))? prefer|my preference is', { never: /^(?:not|that|if|when|it|this|these|those|the|your|something|one|to (?:not|see|know|have|get|be|keep|use (?:this|that|the|it)))\b/u }),
  cue('dislikes', 'thing', "(?:i|we)(?: (?:really|absolutely|just|personally|also|truly))? (?:hate|dislike|detest|loathe|despise|can['’]?t stand|cannot stand|don['’]?t (?:really )?(?:like|enjoy)|do not (?:like|enjoy))|i(?:['’]m| am) not (?:a (?:big )?fan of|fond of|into|keen on)", { never: /^(?:to (?:say|admit|ask|bother|be|do|see|think|know|have|interrupt|break)|when|how|that|being|every|each|the)\b/u }),
  cue('likes', 'thing', "(?:i|we)(?: (?:really|absolutely|also|personally|do|truly|especially|just))? (?:love|like|enjoy|adore)|i(?:['’]m| am)(?: also| really)? (?:an? (?:big |huge |great )?fan of|fond of|into|passionate about|crazy about|obsessed with|keen on)", { never: /^(?:to (?:say|think|know|see|be|have|ask|get|hear|make sure|point|add|thank|understand|use|do|keep it)\b|how\b|when\b|what\b|where\b|that\b|if\b|every\b|each\b|the\b)/u }),
  cue('favourite', 'thing', "my (?:all[- ]time |absolute |personal )?favou?rite (?<what>\\p{L}+(?: \\p{L}+){0,2}?)(?: of all time)?(?:['’]s| is| are| was)", { never: /^(?:to|not|in|on|when|that|so|very|also|still|here|there|one)\b/u }),
  cue('answersIn', 'rest', `(?:please )?(?:always|from now on,?(?: please)?) (?:answer|reply|respond|write|speak|talk)(?: to me)?(?: only)? in (?<o>${LANGUAGE})`, { only: 'start' }),
  cue('instruction', 'clause', `(?:please,? )?(?<v>always|never)(?= (?:${VERB})\\b)`, { only: 'start', never: /^(?:never (?:give up|be afraid|leave home|say|quit)|always (?:be yourself|keep going|ask yourself))\b/u }),
  cue('instruction', 'clause', `(?:please,? )?(?<v>from now on|going forward|in (?:the )?future|in all future (?:answers|replies|chats|conversations))(?:,| please)*(?= (?:${VERB}|don['’]?t|do not|always|never|i want|i['’]?d like|you (?:should|must)|please|only)\\b)`, { only: 'start' }),
  cue('instruction', 'clause', `(?:please,? )?(?<v>(?:don['’]?t|do not) ever)(?= (?:${VERB})\\b)`, { only: 'start' }),
  cue('instruction', 'clause', "(?:i want you to|i['’]?d like you to|i would like you to|you should|you must)(?= (?<v>always|never)\\b)", { only: 'start' }),
  cue('remember', 'clause', "(?:please )?(?:remember|note|keep in mind|bear in mind|don['’]?t forget|do not forget|make a note|save to memory|memori[sz]e)(?: that|:|(?= (?:my|i|we|our)\\b))(?= )", { only: 'start', never: /^(?:to |me\b|when|how|what|the (?:last|previous|above|time)|this\b|it\b|you\b|our\b|your\b|from\b|in\b|if\b)/u }),
  cue('remember', 'clause', '(?:for (?:future|your) reference|for the record|fyi)(?::|,)', { only: 'start' }),
  cue('goal', 'clause', "my (?:main |big |biggest |long[- ]term |short[- ]term |ultimate |current |next |personal )?goal(?: (?:this|for this|for next|for the) [\\p{L}]+)?(?:['’]s| is)(?: to)?(?= )", { never: /\b(?:this (?:function|script|code|project)|the (?:function|script|code|user|output))\b/u }),
  cue('goal', 'clause', `i(?:['’]m| am)(?: currently| really)? (?:trying|working hard|hoping|aiming) to(?= (?:lose weight|quit|stop (?:smoking|drinking)|get (?:fit|in shape|pregnant|healthier|promoted)|save|learn|become|sleep better|eat (?:healthier|better|less|more)|exercise|gain|wake up early|read more|spend (?:less|more)|cut (?:down|back))\\b)|i dream of|my dream is(?: to)?`, { never: /\b(?:if|whether)\b/u }),
  cue('learning', 'thing', `${IAM}(?: also)? (?:learning|teaching myself)(?: to| how to)?|i(?:['’]ve| have) (?:been|started) learning(?: to| how to)?|i started learning(?: to| how to)?|i want to learn(?: to| how to)?`, { never: /^(?:more|about|that|a (?:lot|ton|bunch)|so much|loads|things?|from|how|to (?:use|do|make) (?:this|that|it)|new)\b/u }),
  cue('training', 'thing', `${IAM} (?:training|saving(?: up)?|preparing|practi[cs]ing|studying) for`, { never: /^(?:this|that|it|now|the (?:last|next|past))\b/u }),
  cue('plan', 'clause', `(?:${IAM} (?:planning|going|hoping)(?: on)?(?: to)?|(?:i|we) plan(?: on| to)*|(?:i|we)['’](?:ll|re going to)|(?:i|we) intend to|(?:i|we) (?:want|would like) to)(?= (?:${LIFE})\\w*\\b)`, { only: 'time', never: /\b(?:function|code|script|file|this|that|it|class|app|api|query|server)\b/u }),
  cue('deadline', 'date', "(?:the|my|our) (?:final |submission |project )?deadline(?: for (?<what>[\\p{L}\\d' -]{2,40}?))?(?:['’]s| is)(?: on| by)?"),
  cue('deadline', 'date', "(?:the|my|our) (?<what>[\\p{L}\\d'-]+(?: [\\p{L}\\d'-]+){0,3}?)(?:['’]s| is| are) due(?: on| by)?"),
  cue('deadline', 'date', "(?:the|my|our) (?<what>[\\p{L}\\d-]+(?: [\\p{L}\\d-]+)?)(?:['’]s)? (?:final )?deadline(?:['’]s| is)(?: on| by)?"),
  cue('project', 'thing', `(?:${IAM} (?:working on|building|writing|developing|creating|making|designing|launching)|${HAVE}\\s+(?:been working on|been building|been writing|started (?:writing|building)))(?=\\s+(?:an?|my|our|the)?\\s*(?:[\\p{L}'-]+\\s){0,4}(?:app|book|novel|thesis|dissertation|startup|start-up|game|podcast|album|film|documentary|website|blog|course|company|business|memoir|screenplay|collection|newsletter|youtube channel|phd|paper on|research on|garden|house|cookbook|project (?:called|named)))`, { never: /^(?:this|that|it|the (?:following|same))\b|\b(?:homework|assignment|exercise)\b/u }),
  cue('decision', 'clause', "(?:we|i)(?:['’]ve| have)?(?: finally| just| now| both)? (?:decided|agreed|chosen)(?: (?:to|that))?(?= )|we(?:['’]re| are) going with|i(?:['’]m| am) going with", { never: /^(?:on )?(?:it|this|that|the (?:first|second|third|last|former|latter)|option|to (?:try|use) (?:this|that|it)|you|your)\b|\b(?:it|this|that)\b/u }),
  cue('event', 'clause', `(?:i|we)(?: just| recently| finally)? (?<v>${LEARNED})(?= )`, { only: 'time', never: TECHNICAL }),
  cue('possession', 'rest', `(?:${I} have|i(?:['’]ve) got|we(?:['’]ve) got|i(?:['’]m| am) (?:a (?:mother|father|mum|mom|dad|parent) (?:of|to))) (?<o>(?:an?|one|two|three|four|five|six|\\d) (?:(?:small|young|little|old|older|younger|adult|grown|beautiful|black|white|rescue|teenage|big)\\s){0,2}(?:${PET}|kid|child|son|daughter|brother|sister|grandchild|twin|stepson|stepdaughter|grandson|granddaughter|dogs|cats|kids|children|sons|daughters|brothers|sisters|siblings|grandchildren|twins|rabbits|horses|chickens|hens|parrots|hamsters|cars|bikes|house|flat|apartment|garden|motorcycle|boat))(?![\\p{L}])`),
  cue('drives', 'thing', `${I} drive(?=\\s+an?\\s)|i own(?=\\s+an?\\s)`, { never: /\b(?:lot|few|bit|copy|couple)\b/u }),
  cue('plays', 'rest', `${I} play (?<o>(?:the )?(?:piano|guitar|bass|bass guitar|violin|viola|cello|drums|flute|clarinet|saxophone|trumpet|harp|ukulele|banjo|accordion|organ|oboe|trombone)|chess|tennis|football|soccer|basketball|volleyball|badminton|golf|rugby|cricket|hockey|handball|squash|table tennis|padel|bridge|go)(?! (?:on|with the idea))`),
  cue('uses', 'organisation', '(?:i|we)(?: (?:usually|mainly|mostly|primarily|always|generally|daily|exclusively))? (?:code|program|develop|write code|work)(?: mostly| mainly| primarily)? (?:in|with)|(?:i|we) (?:usually|mainly|mostly|primarily|exclusively|always) use', { never: /^(?:this|that|it|you|the|i|a|an)\b/u }),
  cue('email', 'rest', 'my e-?mail(?: address)?(?: is|:) (?<o>[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{2,63}){1,4})'),
]

const kinFacts: readonly Cue[] = [
  cue('home', 'place', '(?:(?:currently |now )?(?:lives?|resides?)|is (?:living|based)|are living) in'),
  cue('moved', 'place', '(?:(?:has |have )?(?:just |recently )?moved) to'),
  cue('employer', 'organisation', '(?:works?|is working) (?:at|for)', { never: /^(?:home|night|hours|free)\b/u }),
  cue('occupation', 'trade', '(?:works? as|is)(?=\\s+an?\\s)', { fits: OCCUPATIONS }),
  cue('age', 'rest', '(?:is|turned|just turned) (?<o>\\d{1,3})(?: years old)?'),
  cue('birthday', 'birthday', "(?:['’]s birthday is|was born on)"),
  cue('allergy', 'thing', '(?:is|are)(?: severely| very)? allergic to'),
  cue('diet', 'rest', '(?:is|are)(?: an?)? (?<o>vegan|vegetarian|pescatarian|lactose[- ]intolerant|gluten[- ]free|celiac)'),
  cue('studies', 'trade', '(?:studies|is studying|study)', { never: /^(?:for|hard|at|in|this|the|abroad)\b/u }),
  cue('likes', 'thing', '(?:really )?(?:loves?|likes?|enjoys?)', { never: /^(?:to (?:say|think)|it|that|me|how)\b/u }),
]

export const english: Grammar = {
  code: 'en',
  trigger:
    /\b(?:i|i['’]?(?:m|ve|d|ll)|im|ive|my|we|we['’]?(?:re|ve|ll)|our|call me|always|never|from now on|going forward|in (?:the )?future|don['’]?t ever|remember|note|keep in mind|bear in mind|don['’]?t forget|do not forget|memori[sz]e|fyi|for (?:future|your) reference|for the record|deadline|is due|are due|you (?:should|must)|save to memory)\b/iu,
  cues,
  kin: {
    say: "(?:my|our|(?:i|we)(?: have| own|['’]ve got) an?) (?:(?:older|elder|younger|little|big|twin|baby|eldest|oldest|youngest|late|best|close|old|new|ex|former|dear|step|half|beloved|rescue|black|white|other|middle)[ -]){0,2}(?<kin>sister|brother|mother|mom|mum|father|dad|wife|husband|partner|girlfriend|boyfriend|fianc[ée]e?|son|daughter|grandmother|grandma|grandfather|grandpa|aunt|uncle|cousin|niece|nephew|friend|roommate|flatmate|boss|manager|colleague|coworker|co-worker|neighbou?r|therapist|doctor|teacher|mentor|mother-in-law|father-in-law|sister-in-law|brother-in-law|stepmother|stepfather|stepson|stepdaughter|godson|goddaughter|dog|puppy|cat|kitten|rabbit|hamster|parrot|horse|pony)",
    words: Object.fromEntries(
      'sister brother mother mom:mother mum:mother father dad:father wife husband partner girlfriend:partner boyfriend:partner fiancé:partner fiancée:partner fiance:partner fiancee:partner son daughter grandmother grandma:grandmother grandfather grandpa:grandfather aunt uncle cousin niece nephew friend roommate flatmate:roommate boss manager:boss colleague coworker:colleague co-worker:colleague neighbor neighbour:neighbor therapist doctor teacher mentor mother-in-law father-in-law sister-in-law brother-in-law stepmother stepfather stepson stepdaughter godson goddaughter dog puppy:dog cat kitten:cat rabbit hamster parrot horse pony:horse'
        .split(' ')
        .map((pair) => pair.split(':'))
        .map(([word = '', means]) => [word, means ?? word]),
    ),
    called: "(?:['’]s name is|['’]s called| is (?:called|named)| (?:called|named)| was (?:called|named))",
    facts: kinFacts,
    pets: words('dog puppy cat kitten rabbit hamster parrot horse pony'),
  },
  unreal:
    /\b(?:if|unless|suppose|supposing|imagine|pretend|pretending|whether|wish(?:es|ed)?|hypothetically|as though|let['’]?s say|say that i|assum(?:e|ing)|would|wouldn['’]?t|could|might|should|says?|said|saying|told|tells|asked|asks|wrote|writes|claims?|claimed|thinks that|believes|quote|example|e\.g|sentence|sounds? like|feels? like|not|isn['’]?t|doesn['’]?t|didn['’]?t|nobody|no one|who|whose|which|what|he|she|they|someone|somebody|people|character|once upon|in (?:my|the|this|a) (?:novel|story|book|game|script|film|movie|play|dream|scenario))\b/iu,
  hedge: /\b(?:i (?:think|guess|suppose|believe|feel)|maybe|perhaps|probably|possibly|kind of|sort of|sometimes|somewhat|i might)\b/iu,
  asking:
    /^(?:(?:hi|hey|hello|so|and|but|ok|okay|well)[, ]+)?(?:what|who|where|when|why|how|which|whose|do|does|did|is|are|was|were|am|can|could|would|should|will|shall|may|have|has|had|isn['’]t|aren['’]t|don['’]t|doesn['’]t)\b/iu,
  after: /^\s*(?:,|;|–|—| - |\band\b|\bso\b)/iu,
  cut: words(
    `but because since when while if unless which who whom that whose so as although though where before after until till whereas however then therefore for from
     with without during than at anymore any`,
  ),
  and: words('and or & plus'),
  restart: words(
    `i i'm i've my we our it it's he she they you the this that then also so can could would please want need have am is are was do don't not`,
  ),
  notThing: words(
    `it its it's this that these those them they he she him her his their theirs you your yours we us our mine me i one ones some something anything everything nothing someone
     what when where how why which who if whether not so such as all both each another other others here there too very more most less least just only then than
     and or but is are was were be been being do does did doing have had having can could will would should may might because like about`,
  ),
  vague: words(
    `option version approach answer solution suggestion idea draft response output one ones thing things stuff above below following
     previous latter former way method it this that these those you your yours paragraph sentence example examples here there something anything code function file error bug line step them him her`,
  ),
  trailing: words('very much a lot too as well now right though really most best more today lately again either anyway here there the an'),
  articles: words('a an the my our some'),
  connectors: words('de da do dos das del la las los le les du of the upon van von der den ter ten bin ibn al el y e am &'),
  notName: words(
    `i i'm i've i'd i'll and but or the a an my your his her our their this that these those monday tuesday wednesday thursday friday saturday sunday january february march april june july august
     september october november december ok okay yes no not hi hello please thanks english spanish german french what when where who why how is are was were it he she they we you if so`,
  ),
  takesBack:
    /^\s*,?\s*(?:any ?more\b|any longer\b|right\?|don['’]?t i\b|in (?:the|this|that|my) (?:story|novel|book|game|dream|film|movie|scenario|example)|as a (?:joke|character|kid|child|test)\b|just kidding|lol\b|or (?:not|something)\b)/iu,
  texts: {
    name: 'Is called {o}',
    address: 'Wants to be called {o}',
    home: 'Lives in {o}',
    moved: 'Moved to {o}',
    leftHome: 'No longer lives in {o}',
    livedIn: 'Used to live in {o}',
    origin: 'Is from {o}',
    bornOn: 'Was born on {o}',
    bornIn: 'Was born in {o}',
    birthday: 'Has birthday on {o}',
    age: 'Is {o} years old',
    employer: 'Works at {o}',
    joined: 'Started to work at {o}',
    leftJob: 'No longer works at {o}',
    occupation: 'Works as {o}',
    field: 'Works in {o}',
    studies: 'Studies {o}',
    speaks: 'Speaks {o}',
    nativeLanguage: 'Has {o} as first language',
    nationality: 'Is {o}',
    faith: 'Is {o}',
    diet: 'Is {o}',
    allergy: 'Is allergic to {o}',
    avoids: 'Does not eat, drink or smoke {o}',
    condition: 'Has {o}',
    partnered: 'Is {o}',
    prefers: 'Prefers {o}',
    likes: 'Likes {o}',
    dislikes: 'Dislikes {o}',
    favourite: 'Favourite {what}: {o}',
    instruction: 'Asks: {o}',
    answersIn: 'Wants answers in {o}',
    kin: 'Has a {what} called {o}',
    pet: 'Has a {what} called {o}',
    possession: 'Has {o}',
    drives: 'Has {o}',
    plays: 'Plays {o}',
    uses: 'Works with {o}',
    goal: 'Has as goal: {o}',
    plan: 'Plans: {o}',
    learning: 'Is learning {o}',
    training: 'Prepares for {o}',
    project: 'Is working on {o}',
    deadline: 'Due on {o}',
    decision: 'Decided: {o}',
    event: '{o}',
    remember: 'Said to remember: {o}',
    email: 'Has the e-mail address {o}',
  },
}
