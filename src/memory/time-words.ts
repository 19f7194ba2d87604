/** The words for days, months and distances in time, in five languages. See time.ts. */
import type { LanguageCode } from './language.ts'

export type Unit = 'day' | 'week' | 'month' | 'year'

export type TimeWords = {
  /** January first. */
  readonly months: readonly (readonly string[])[]
  /** Monday first. */
  readonly weekdays: readonly (readonly string[])[]
  /** Days from today. */
  readonly days: Readonly<Record<string, number>>
  readonly units: Readonly<Record<string, Unit>>
  readonly numbers: Readonly<Record<string, number>>
  /** `{unit}` or `{weekday}` after or before these words: how many units from now. */
  readonly last: string
  readonly next: string
  readonly this: string
  /** Whether `last` and `next` may stand after the unit (`la semana pasada`). */
  readonly after: { readonly last: string; readonly next: string }
  /** `{n} {unit}` from now: what stands before or after. */
  readonly ago: { readonly before: string; readonly after: string }
  readonly ahead: { readonly before: string; readonly after: string }
  /** Before a year or month. */
  readonly in: string
  readonly since: string
  /** Between day and month. */
  readonly of: string
}

// biome-ignore format: tables of words
export const TIME_WORDS: Readonly<Record<LanguageCode, TimeWords>> = {
  en: {
    months: [['january', 'jan'], ['february', 'feb'], ['march', 'mar'], ['april', 'apr'], ['may'], ['june', 'jun'], ['july', 'jul'], ['august', 'aug'], ['september', 'sept', 'sep'], ['october', 'oct'], ['november', 'nov'], ['december', 'dec']],
    weekdays: [['monday'], ['tuesday'], ['wednesday'], ['thursday'], ['friday'], ['saturday'], ['sunday']],
    days: { today: 0, tonight: 0, 'this morning': 0, yesterday: -1, 'last night': -1, tomorrow: 1, 'the day before yesterday': -2, 'the day after tomorrow': 2 },
    units: { day: 'day', days: 'day', week: 'week', weeks: 'week', month: 'month', months: 'month', year: 'year', years: 'year' },
    numbers: { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, twelve: 12 },
    last: 'last|past', next: 'next|coming', this: 'this', after: { last: '', next: '' },
    ago: { before: '', after: 'ago|back|earlier' }, ahead: { before: 'in', after: 'from now' },
    in: 'in|during|back in|early|late|mid', since: 'since|from', of: 'of ',
  },
  es: {
    months: [['enero'], ['febrero'], ['marzo'], ['abril'], ['mayo'], ['junio'], ['julio'], ['agosto'], ['septiembre', 'setiembre'], ['octubre'], ['noviembre'], ['diciembre']],
    weekdays: [['lunes'], ['martes'], ['miércoles', 'miercoles'], ['jueves'], ['viernes'], ['sábado', 'sabado'], ['domingo']],
    days: { hoy: 0, 'esta noche': 0, 'esta mañana': 0, ayer: -1, anoche: -1, mañana: 1, anteayer: -2, 'pasado mañana': 2 },
    units: { día: 'day', días: 'day', dias: 'day', semana: 'week', semanas: 'week', mes: 'month', meses: 'month', año: 'year', años: 'year' },
    numbers: { un: 1, una: 1, uno: 1, dos: 2, tres: 3, cuatro: 4, cinco: 5, seis: 6, siete: 7, ocho: 8, nueve: 9, diez: 10, doce: 12 },
    last: 'el pasado|la pasada', next: 'el próximo|la próxima|próximo|próxima', this: 'este|esta', after: { last: 'pasado|pasada', next: 'que viene|próximo|próxima' },
    ago: { before: 'hace', after: 'atrás' }, ahead: { before: 'en|dentro de', after: '' },
    in: 'en|durante', since: 'desde', of: 'de ',
  },
  de: {
    months: [['januar', 'jänner'], ['februar'], ['märz'], ['april'], ['mai'], ['juni'], ['juli'], ['august'], ['september'], ['oktober'], ['november'], ['dezember']],
    weekdays: [['montag'], ['dienstag'], ['mittwoch'], ['donnerstag'], ['freitag'], ['samstag', 'sonnabend'], ['sonntag']],
    days: { heute: 0, 'heute abend': 0, gestern: -1, 'gestern abend': -1, morgen: 1, vorgestern: -2, übermorgen: 2 },
    units: { tag: 'day', tage: 'day', tagen: 'day', woche: 'week', wochen: 'week', monat: 'month', monate: 'month', monaten: 'month', jahr: 'year', jahre: 'year', jahren: 'year' },
    numbers: { ein: 1, eine: 1, einem: 1, einer: 1, zwei: 2, drei: 3, vier: 4, fünf: 5, sechs: 6, sieben: 7, acht: 8, neun: 9, zehn: 10, zwölf: 12 },
    last: 'letzten|letzte|letztes|letzter|vergangenen|vergangene|vorige|vorigen|voriges', next: 'nächsten|nächste|nächstes|nächster|kommenden|kommende|kommendes', this: 'diesen|diese|dieses|dieser',
    after: { last: '', next: '' }, ago: { before: 'vor', after: '' }, ahead: { before: 'in', after: '' },
    in: 'im jahr|im|in|anfang|ende|mitte', since: 'seit', of: '',
  },
  fr: {
    months: [['janvier'], ['février', 'fevrier'], ['mars'], ['avril'], ['mai'], ['juin'], ['juillet'], ['août', 'aout'], ['septembre'], ['octobre'], ['novembre'], ['décembre', 'decembre']],
    weekdays: [['lundi'], ['mardi'], ['mercredi'], ['jeudi'], ['vendredi'], ['samedi'], ['dimanche']],
    days: { "aujourd'hui": 0, 'ce soir': 0, 'ce matin': 0, hier: -1, 'hier soir': -1, demain: 1, 'avant-hier': -2, 'après-demain': 2 },
    units: { jour: 'day', jours: 'day', semaine: 'week', semaines: 'week', mois: 'month', an: 'year', ans: 'year', année: 'year', années: 'year' },
    numbers: { un: 1, une: 1, deux: 2, trois: 3, quatre: 4, cinq: 5, six: 6, sept: 7, huit: 8, neuf: 9, dix: 10, douze: 12 },
    last: '', next: '', this: 'ce|cet|cette', after: { last: 'dernier|dernière|passé|passée', next: 'prochain|prochaine' },
    ago: { before: 'il y a', after: '' }, ahead: { before: 'dans', after: '' },
    in: 'en|pendant|début|fin', since: 'depuis', of: '',
  },
  pt: {
    months: [['janeiro'], ['fevereiro'], ['março', 'marco'], ['abril'], ['maio'], ['junho'], ['julho'], ['agosto'], ['setembro'], ['outubro'], ['novembro'], ['dezembro']],
    weekdays: [['segunda-feira', 'segunda'], ['terça-feira', 'terça'], ['quarta-feira', 'quarta'], ['quinta-feira', 'quinta'], ['sexta-feira', 'sexta'], ['sábado', 'sabado'], ['domingo']],
    days: { hoje: 0, 'esta noite': 0, ontem: -1, 'ontem à noite': -1, amanhã: 1, anteontem: -2, 'depois de amanhã': 2 },
    units: { dia: 'day', dias: 'day', semana: 'week', semanas: 'week', mês: 'month', meses: 'month', ano: 'year', anos: 'year' },
    numbers: { um: 1, uma: 1, dois: 2, duas: 2, três: 3, quatro: 4, cinco: 5, seis: 6, sete: 7, oito: 8, nove: 9, dez: 10, doze: 12 },
    last: 'o último|a última|último|última', next: 'o próximo|a próxima|no próximo|na próxima|próximo|próxima', this: 'este|esta', after: { last: 'passado|passada', next: 'que vem' },
    ago: { before: 'há|faz', after: 'atrás' }, ahead: { before: 'em|daqui a|dentro de', after: '' },
    in: 'em|durante', since: 'desde', of: 'de ',
  },
}
