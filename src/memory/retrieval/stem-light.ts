/**
 * Spanish, Portuguese, French and German words to what their forms have in common: plural, gender, the commonest endings of verbs and derivations,
 * each only where enough of the word is left. Lighter than the full stemmers: what it cuts too little, neighbouring turns make up for. Pure.
 *
 * @see Savoy, "Light stemming approaches for the French, Portuguese, German and Hungarian languages", 2006
 */

/** Endings of one step, the longest first; what is left has at least `leave` letters. */
type Step = { readonly leave: number; readonly endings: readonly string[] }

const step = (leave: number, endings: string): Step => ({ leave, endings: endings.split(' ').toSorted((a, b) => b.length - a.length) })

const STEPS: Readonly<Record<'es' | 'pt' | 'fr' | 'de', readonly Step[]>> = {
  es: [
    step(3, 'os as es s'),
    step(
      3,
      'aciones acion adora ador ancia mente amiento imiento iendo ando ieron aron iera ara iese ase aria eria iria aba ia abamos iamos aremos eremos ado ada ido ida ar er ir amos emos imos aste iste io idad ismo ista able ible oso osa ivo iva',
    ),
    step(3, 'a e o i'),
  ],
  pt: [
    step(3, 'oes aes aos os as es ns s'),
    step(
      3,
      'acao icao mente amento imento ando endo indo aram eram iram ava ia avamos iamos aremos eremos ado ada ido ida ar er ir amos emos imos aste este iste ou eu iu idade ismo ista avel ivel oso osa ivo iva ao',
    ),
    step(3, 'a e o i'),
  ],
  fr: [
    step(3, 'eaux aux s x'),
    step(
      3,
      'issement ement ments ment ations ation ition ateur atrice ances ance ences ence issaient issait issant aient erait eront erons eriez erai era ions iez ais ait ant ees ee es er ez ir re if ive eux euse eur isme iste ique able ible ite ir it is',
    ),
    step(3, 'e i'),
  ],
  de: [step(3, 'ern em en er es e s n'), step(3, 'ungen ungs ung heiten heit keiten keit lichen lich ischen isch igen ig est en er st et te t')],
}

/** @param word  as it is compared, see words.ts */
export function stemLight(language: 'es' | 'pt' | 'fr' | 'de', word: string): string {
  return STEPS[language].reduce(cut, word)
}

function cut(word: string, { leave, endings }: Step): string {
  const ending = endings.find((one) => word.length - one.length >= leave && word.endsWith(one))
  return ending === undefined ? word : word.slice(0, -ending.length)
}
