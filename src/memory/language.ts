/** The language of a text, by its small words. Pure. What is too short or in none of them has no language, and nothing is learnt from it. */

export type LanguageCode = 'en' | 'es' | 'de' | 'fr' | 'pt'
export const LANGUAGES: readonly LanguageCode[] = ['en', 'es', 'de', 'fr', 'pt']

/** Words that are frequent in one of the languages, and rare or other words in the rest; those that two share count for both. */
const SMALL_WORDS: Readonly<Record<LanguageCode, string>> = {
  en: `the and is are was were i you he she it we they my your his her our their this that these those of to for with on at by from not but have has
    had do does did don't i'm i've it's can will would what which who how when where please always never there been be as or if just about into am`,
  es: `el la los las un una y es son era fui yo tú usted él ella nosotros mi mis tu su sus este esta estos estas eso de del al para por con en no pero
    he ha han hay hago qué que quién cómo cuándo dónde siempre nunca me te se lo le muy más también soy estoy vivo tengo gusta como cuando desde`,
  de: `der die das und ist sind war waren ich du er sie es wir ihr mein meine meinen meiner dein sein ihre unser dieser diese dieses von zu für mit auf
    bei aus nicht aber habe hat hatte kann wird würde was wer wie wann wo bitte immer nie nicht ein eine einen einem bin im am den dem sich auch als wenn seit`,
  fr: `le la les un une des et est sont était je j'ai tu il elle nous vous mon ma mes ton ta ses notre votre ce cette ces de du pour avec sur dans
    par pas mais ai as avons ont que qui quoi comment quand où toujours jamais me te se ne y en au aux très plus aussi suis c'est j'habite depuis chez`,
  pt: `o a os as um uma e é são era eu tu você ele ela nós meu minha meus minhas seu sua este esta isso de do da dos das para por com em no na não mas
    tenho tem há que quem como quando onde sempre nunca me te se lhe muito mais também sou estou moro gosto ao à pelo desde`,
}

/** By word, what it says for each of the languages, in their order. */
const WEIGHTS: ReadonlyMap<string, readonly number[]> = weigh()

/** A word that few languages have says more. */
function weigh(): Map<string, readonly number[]> {
  const owners = new Map<string, LanguageCode[]>()
  for (const code of LANGUAGES) {
    for (const word of new Set(SMALL_WORDS[code].split(/\s+/))) owners.set(word, [...(owners.get(word) ?? []), code])
  }
  return new Map([...owners].map(([word, codes]) => [word, LANGUAGES.map((code) => (codes.includes(code) ? 1 / codes.length : 0))]))
}

/** How many words are looked at. */
const SEEN = 80
const WORD = /[\p{L}]+(?:['’][\p{L}]+)?/gu

/** Languages that a text may be in, the likeliest first; none, when nothing speaks for any. */
export function languagesOf(text: string): LanguageCode[] {
  const scores = [0, 0, 0, 0, 0]
  WORD.lastIndex = 0
  const seen = text.slice(0, 4000).toLowerCase()
  for (let words = 0, match = WORD.exec(seen); match !== null && words < SEEN; words++, match = WORD.exec(seen)) {
    const weights = weightsOf(match[0])
    if (weights !== undefined) for (const [n, weight] of weights.entries()) scores[n] = (scores[n] ?? 0) + weight
  }
  const scoreOf = (code: LanguageCode): number => scores[LANGUAGES.indexOf(code)] ?? 0
  return LANGUAGES.filter((code) => scoreOf(code) > 0).sort((a, b) => scoreOf(b) - scoreOf(a))
}

/** `j'habite` is `j'`, when it is not a small word itself. */
function weightsOf(word: string): readonly number[] | undefined {
  const plain = word.replace('’', "'")
  const apart = plain.indexOf("'")
  return WEIGHTS.get(plain) ?? (apart === -1 ? undefined : WEIGHTS.get(plain.slice(0, apart)))
}

/** The likeliest language, or null. */
export const languageOf = (text: string): LanguageCode | null => languagesOf(text)[0] ?? null
