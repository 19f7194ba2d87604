/**
 * Conversations that nobody had, the same at every run: invented words as rare and as common as words are, topics that last for a conversation,
 * people asking and a machine answering. It measures speed and size; what is found in it says little of how well real memories are found.
 */

export type Said = { readonly role: 'user' | 'assistant'; readonly text: string; readonly at: string }
export type Talk = { readonly id: string; readonly title: string; readonly messages: readonly Said[] }
/** A question whose answer was said in exactly one message: the `message`th of a talk. */
export type Riddle = { readonly question: string; readonly talk: string; readonly message: number }

const VOCABULARY = 40_000
const TURNS = 40
/** Of a message of a person, and of a machine, on average. */
const WORDS = { user: 22, assistant: 80 } as const
/** Of Zipf's law as Mandelbrot wrote it. */
const HEAD = 20
const TOPIC_WORDS = 60
const FROM_TOPIC = 0.25
const SMALL_WORDS = 'the a to of and i you it is in that for with my on we this have was but not so at if me are be what how do can'.split(' ')
const START = Date.UTC(2023, 0, 1)
const SYLLABLES =
  'ba be bi bo da de di do fa fe ga go ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa pe ra re ri ro sa se si so ta te ti to va ve vo za zo'.split(
    ' ',
  )

/** Talks one by one, until there are so many messages; and riddles about some of them. */
export class Corpus {
  readonly riddles: Riddle[] = []
  readonly #words = wordsOf(VOCABULARY)
  #state = 20_260_101;

  *talks(messages: number): Generator<Talk> {
    for (let n = 0; n * TURNS < messages; n++) yield this.#talk(n, Math.min(TURNS, messages - n * TURNS))
  }

  #talk(n: number, turns: number): Talk {
    const topic = Array.from({ length: TOPIC_WORDS }, () => this.#word())
    const messages = Array.from({ length: turns }, (_, turn): Said => {
      const role = turn % 2 === 0 ? 'user' : 'assistant'
      return {
        role,
        text: this.#text(topic, Math.ceil(WORDS[role] * (0.3 + 1.4 * this.#random()))),
        at: new Date(START + n * 3_600_000 * 9 + turn * 60_000).toISOString(),
      }
    })
    const id = `talk ${n}`
    if (n % 5 === 0) return { id, title: topic.slice(0, 3).join(' '), messages: this.#hide(id, messages) }
    return { id, title: topic.slice(0, 3).join(' '), messages }
  }

  /** Puts a sentence of three rare words into one message of a person, to be asked for by two of them. */
  #hide(talk: string, messages: readonly Said[]): readonly Said[] {
    const place = 2 * Math.floor((messages.length / 2) * this.#random())
    const [one, two, three] = [this.#rare(), this.#rare(), this.#rare()]
    this.riddles.push({ question: `What did I say about the ${one} and the ${two}?`, talk, message: place })
    return messages.map((said, n) => (n === place ? { ...said, text: `${said.text}. My ${one} of the ${two} is ${three}.` } : said))
  }

  #text(topic: readonly string[], words: number): string {
    const said = Array.from({ length: words }, (_, n) => {
      if (n % 2 === 0) return SMALL_WORDS[Math.floor(this.#random() * SMALL_WORDS.length)] ?? ''
      return this.#random() < FROM_TOPIC ? (topic[Math.floor(this.#random() * topic.length)] ?? '') : this.#word()
    })
    return said.join(' ')
  }

  /** As common as words are once the small ones are taken out: the n-th commonest about 1/(n + HEAD) of all. */
  #word(): string {
    return this.#words[Math.floor(HEAD * (VOCABULARY / HEAD) ** this.#random()) - HEAD] ?? ''
  }

  #rare(): string {
    return this.#words[VOCABULARY - HEAD - 1 - Math.floor(this.#random() * (VOCABULARY / 2))] ?? ''
  }

  #random(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return this.#state / 2 ** 32
  }
}

/** Different ones, of two syllables and more. */
function wordsOf(count: number): readonly string[] {
  const base = SYLLABLES.length
  return Array.from({ length: count }, (_, n) => {
    let word = ''
    for (let rest = n + base; rest > 0; rest = Math.floor(rest / base)) word += SYLLABLES[rest % base] ?? ''
    return word
  })
}
