/**
 * Words that every sentence has: they say which language a text is in, and nothing of what it is about.
 * Written as they are compared, see words.ts. Pure.
 */

export const LANGUAGES = ['en', 'es', 'de', 'fr', 'pt'] as const
export type Language = (typeof LANGUAGES)[number]

const of = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** Beside the usual ones, the small talk of chats: it is in every conversation. */
export const STOP_WORDS: Readonly<Record<Language, ReadonlySet<string>>> = {
  en: of(`a about above after again against all also am an and any are aren't as at be because been before being below between both but by can can't cannot
    could couldn't did didn't do does doesn't doing don't down during each few for from further get gonna got had hadn't has hasn't have haven't having he he'd
    he'll he's hello her here here's hers herself hey hi him himself his how how's i i'd i'll i'm i've if in into is isn't it it's its itself just let's like lot
    many may me might more most much my myself no nor not of off oh ok okay on once only or other our ours ourselves out over own really s same shall she she'd
    she'll she's should shouldn't so some such sure t than thank thanks that that's the their theirs them themselves then there there's these they they'd they'll
    they're they've this those through to too under until up us very was wasn't we we'd we'll we're we've well were weren't what what's when when's where where's
    which while who who's whom whose why why's will with won't would wouldn't wow yeah yes you you'd you'll you're you've your yours yourself yourselves`),
  es: of(`a al algo alguna algunas alguno algunos ante antes aqui asi aun aunque bien cada como con contra cual cuales cuando cuanto cuantos de del desde donde dos
    durante e el ella ellas ellos en entre era eran eres es esa esas ese eso esos esta estaba estado estan estar estas este esto estos estoy fue fueron fui gracias
    ha habia hace hacer hacia han hasta hay he hola hoy la las le les lo los mas me mi mis mucho mucha muchos muchas muy nada ni no nos nosotros nuestra nuestro o
    os otra otro otros para pero poco por porque pues que quien quienes se sea ser si sido sin sobre solo son soy su sus tal tambien tan tanto te tengo tiene
    tienen toda todas todo todos tu tus un una unas uno unos usted ustedes va vale vosotros voy y ya yo`),
  de: of(`aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei bin bis bist da dabei damit dann das dass dein deine dem den denn
    der des dessen dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer eure fur gegen
    gibt habe haben hab hallo hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder jetzt
    kann kannst kein keine keinen konnen konnte machen mal man mein meine meinem meinen meiner mich mir mit muss nach nein nicht nichts noch nun nur ob oder ohne
    schon sehr sein seine seinem seinen seiner seit sich sie sind so solche soll sollte sondern sonst uber um und uns unser unsere unter viel vom von vor wann war
    waren warst was weg weil weiter welche welchem welchen welcher welches wenn wer werde werden wie wieder will wir wird wirst wo wollen wurde wurden zu zum zur
    zwar zwischen danke`),
  fr: of(`a afin ai aie alors apres as assez au aucun aujourd'hui auquel aussi autre autres aux avait avant avec avez avoir avons bien bonjour c ca car ce ceci cela
    celle celles celui ces cet cette ceux chaque chez combien comme comment d dans de depuis des donc dont du elle elles en encore entre est et etaient etais etait
    etant ete etes etre eu eux fait faire fais font furent il ils j je l la le les leur leurs lors lui m ma mais me meme mes merci moi moins mon n ne ni non nos
    notre nous on ont ou par parce pas peu peut plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si sien son sont sous suis
    sur t ta tandis tant te tes toi ton tous tout toute toutes tres tu un une va vais vers vos votre vous y`),
  pt: of(`a agora ai ainda alem algo alguem algum alguma algumas alguns antes ao aos apenas aquela aquele aqui as assim ate bem boa bom cada com como contra cujo da
    daquele das de dela dele deles depois desde dessa desse desta deste disso do dos e ela elas ele eles em enquanto entao entre era eram essa essas esse esses esta
    estao estar estas estava este estes estou eu faz fazer foi foram fui gente ha hoje isso isto ja la lhe lhes logo mais mas me mesmo meu meus minha minhas muita
    muito muitos na nada nao nas nem nenhum no nos nossa nosso num numa o obrigada obrigado oi ola onde os ou outra outro outros para pela pelas pelo pelos por
    porque pois pra quais qual quando quanto quantos que quem sao se seja sem sempre ser seu seus sim so sobre sou sua suas tal tambem tanto te tem tenho ter teu
    teve tinha toda todas todo todos tu tua um uma umas uns vai voce voces vou`),
}

/** Words that are looked at. */
const SAMPLE = 200

/**
 * The language most of whose small words occur; null when none stands out.
 * @param words  as they are compared
 */
export function languageOf(words: readonly string[]): Language | null {
  const looked = words.slice(0, SAMPLE)
  const [first, second] = LANGUAGES.map((language) => ({ language, hits: looked.filter((word) => STOP_WORDS[language].has(word)).length })).toSorted(
    (a, b) => b.hits - a.hits,
  )
  return first === undefined || first.hits === 0 || first.hits === second?.hits ? null : first.language
}
