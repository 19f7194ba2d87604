/**
 * English words to what their forms have in common: the Porter2 stemmer, with the irregular verbs and plurals that no suffix rule reaches
 * (`went` → `go`, `children` → `child`). Pure.
 *
 * @see https://snowballstem.org/algorithms/english/stemmer.html
 */

const VOWEL = 'aeiouy'
const DOUBLE = /(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/
const VALID_LI = /[cdeghkmnrt]li$/

/** Forms that the rules would take elsewhere; what stands for each is stemmed no further. */
const IRREGULAR = new Map(
  Object.entries({
    ate: 'eat',
    eaten: 'eat',
    been: 'be',
    was: 'be',
    were: 'be',
    began: 'begin',
    begun: 'begin',
    blew: 'blow',
    blown: 'blow',
    bought: 'buy',
    broke: 'break',
    broken: 'break',
    brought: 'bring',
    built: 'build',
    came: 'come',
    caught: 'catch',
    chose: 'choos',
    chosen: 'choos',
    did: 'do',
    done: 'do',
    drank: 'drink',
    drawn: 'draw',
    drew: 'draw',
    drove: 'drive',
    driven: 'drive',
    drunk: 'drink',
    fallen: 'fall',
    fed: 'feed',
    fell: 'fall',
    felt: 'feel',
    flew: 'fli',
    flown: 'fli',
    forgot: 'forget',
    forgotten: 'forget',
    fought: 'fight',
    found: 'find',
    froze: 'freez',
    frozen: 'freez',
    gave: 'give',
    given: 'give',
    gone: 'go',
    got: 'get',
    gotten: 'get',
    grew: 'grow',
    grown: 'grow',
    had: 'have',
    heard: 'hear',
    held: 'hold',
    hid: 'hide',
    hidden: 'hide',
    kept: 'keep',
    knew: 'know',
    known: 'know',
    laid: 'lay',
    led: 'lead',
    left: 'leav',
    lent: 'lend',
    lost: 'lose',
    made: 'make',
    meant: 'mean',
    met: 'meet',
    paid: 'pay',
    ran: 'run',
    rang: 'ring',
    read: 'read',
    ridden: 'ride',
    rode: 'ride',
    rose: 'rise',
    risen: 'rise',
    said: 'say',
    sang: 'sing',
    sat: 'sit',
    saw: 'see',
    seen: 'see',
    sent: 'send',
    shook: 'shake',
    shot: 'shoot',
    showed: 'show',
    shown: 'show',
    slept: 'sleep',
    sold: 'sell',
    sought: 'seek',
    spent: 'spend',
    spoke: 'speak',
    spoken: 'speak',
    stole: 'steal',
    stolen: 'steal',
    stood: 'stand',
    stuck: 'stick',
    struck: 'strike',
    sung: 'sing',
    swam: 'swim',
    swum: 'swim',
    swore: 'swear',
    taken: 'take',
    taught: 'teach',
    thought: 'think',
    threw: 'throw',
    thrown: 'throw',
    told: 'tell',
    took: 'take',
    tore: 'tear',
    torn: 'tear',
    understood: 'understand',
    went: 'go',
    woke: 'wake',
    won: 'win',
    wore: 'wear',
    worn: 'wear',
    wrote: 'write',
    written: 'write',
    children: 'child',
    feet: 'foot',
    geese: 'goos',
    men: 'man',
    mice: 'mous',
    people: 'person',
    teeth: 'tooth',
    women: 'woman',
    lives: 'live',
    wives: 'wife',
    knives: 'knife',
    leaves: 'leav',
    better: 'good',
    best: 'good',
    worse: 'bad',
    worst: 'bad',
    skis: 'ski',
    skies: 'sky',
    dying: 'die',
    lying: 'lie',
    tying: 'tie',
    idly: 'idl',
    gently: 'gentl',
    ugly: 'ugli',
    early: 'earli',
    only: 'onli',
    singly: 'singl',
    sky: 'sky',
    news: 'news',
    howe: 'howe',
    atlas: 'atlas',
    cosmos: 'cosmos',
    bias: 'bias',
    andes: 'andes',
    inning: 'inning',
    outing: 'outing',
    canning: 'canning',
    herring: 'herring',
    earring: 'earring',
    proceed: 'proceed',
    exceed: 'exceed',
    succeed: 'succeed',
  }),
)

const STEP2: readonly (readonly [string, string])[] = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
]
const STEP3: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
]
const STEP4: readonly string[] = [
  'ement',
  'ance',
  'ence',
  'able',
  'ible',
  'ment',
  'ant',
  'ent',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
  'al',
  'er',
  'ic',
]

/** @param word  lower-case letters and apostrophes */
export function stemEnglish(word: string): string {
  const bare = word.replace(/'s?'?$/, '')
  const irregular = IRREGULAR.get(bare)
  if (irregular !== undefined) return irregular
  if (bare.length <= 2) return bare
  let stem = markY(bare)
  const { r1, r2 } = regions(stem)
  stem = plural(stem)
  stem = pastAndGerund(stem, r1)
  if (/[yY]$/.test(stem) && stem.length > 2 && !isVowel(stem, stem.length - 2)) stem = `${stem.slice(0, -1)}i`
  stem = derived(stem, r1, r2)
  stem = residue(stem, r1, r2)
  return stem.toLowerCase()
}

const isVowel = (word: string, at: number): boolean => VOWEL.includes(word[at] ?? '-')

/** A y that begins a word or follows a vowel is a consonant, written Y. */
const markY = (word: string): string => word.replace(/^y/, 'Y').replace(/([aeiouy])y/g, '$1Y')

/** R1: after the first consonant that follows a vowel; R2: the same again within R1. */
function regions(word: string): { readonly r1: number; readonly r2: number } {
  const special = /^(?:gener|commun|arsen)/.exec(word)
  const r1 = special === null ? afterVowelConsonant(word, 0) : special[0].length
  return { r1, r2: afterVowelConsonant(word, r1) }
}

function afterVowelConsonant(word: string, from: number): number {
  for (let at = from + 1; at < word.length; at++) if (isVowel(word, at - 1) && !isVowel(word, at)) return at + 1
  return word.length
}

function plural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2)
  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1)
  if (/(?:us|ss)$/.test(word) || !word.endsWith('s')) return word
  return /[aeiouy].*[^s]s$/.test(word) && /[aeiouy].+s$/.test(word) ? word.slice(0, -1) : word
}

function pastAndGerund(word: string, r1: number): string {
  const ee = /(?:eedly|eed)$/.exec(word)
  if (ee !== null) return ee.index >= r1 ? `${word.slice(0, ee.index)}ee` : word
  const ending = /(?:ingly|edly|ing|ed)$/.exec(word)
  if (ending === null || !/[aeiouy]/.test(word.slice(0, ending.index))) return word
  const stem = word.slice(0, ending.index)
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`
  if (DOUBLE.test(stem)) return stem.slice(0, -1)
  return stem.length <= r1 && endsShort(stem) ? `${stem}e` : stem
}

/** A short syllable at the end: vowel and consonant at the beginning, or consonant, vowel, consonant other than w, x, Y. */
function endsShort(word: string): boolean {
  const last = word.length - 1
  if (last === 1) return isVowel(word, 0) && !isVowel(word, 1)
  return last > 1 && !isVowel(word, last) && !'wxY'.includes(word[last] ?? '') && isVowel(word, last - 1) && !isVowel(word, last - 2)
}

function derived(word: string, r1: number, r2: number): string {
  let stem = replaceIn(word, STEP2, r1)
  if (stem === word) {
    if (stem.endsWith('ogi') && stem.length - 3 >= r1 && stem.endsWith('logi')) stem = stem.slice(0, -1)
    else if (VALID_LI.test(stem) && stem.length - 2 >= r1) stem = stem.slice(0, -2)
  }
  const before = stem
  stem = replaceIn(stem, STEP3, r1)
  if (stem === before && stem.endsWith('ative') && stem.length - 5 >= r2) stem = stem.slice(0, -5)
  const cut = STEP4.find((ending) => stem.endsWith(ending))
  if (cut !== undefined) return stem.length - cut.length >= r2 ? stem.slice(0, -cut.length) : stem
  return /[st]ion$/.test(stem) && stem.length - 3 >= r2 ? stem.slice(0, -3) : stem
}

function replaceIn(word: string, table: readonly (readonly [string, string])[], from: number): string {
  const found = table.find(([ending]) => word.endsWith(ending))
  if (found === undefined || word.length - found[0].length < from) return word
  return word.slice(0, -found[0].length) + found[1]
}

function residue(word: string, r1: number, r2: number): string {
  if (word.endsWith('e')) {
    const stem = word.slice(0, -1)
    return stem.length >= r2 || (stem.length >= r1 && !endsShort(stem)) ? stem : word
  }
  return word.endsWith('ll') && word.length - 1 >= r2 ? word.slice(0, -1) : word
}
