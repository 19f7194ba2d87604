/**
 * Cities and countries by their names in five languages, so that `Lisboa` and `Lisbon` are one place, a country is no city, and whoever types all in
 * lower case is understood for well-known ones. `name: other names`. Our own list: the largest cities and the countries of the five languages.
 */

const CITIES = `
london: londres, londra; lisbon: lisboa, lissabon, lisbonne; porto: oporto; madrid; barcelona: barcelone; valencia: valence; sevilla: seville, séville, sevilha;
málaga: malaga; bilbao; zaragoza; granada; paris: parís; lyon; marseille: marsella, marselha; toulouse; bordeaux: burdeos; nantes; lille; strasbourg: straßburg, estrasburgo;
nice: niza, nizza; montpellier; rennes; grenoble; brussels: brüssel, bruxelles, bruselas, bruxelas; antwerp: antwerpen, anvers, amberes; ghent: gent, gante;
amsterdam: ámsterdam; rotterdam; utrecht; the hague: den haag, la haya, la haye; berlin: berlín, berlim; hamburg: hamburgo, hambourg; munich: münchen, múnich, munique;
cologne: köln, colonia, colónia, colônia; frankfurt: fráncfort, francfort; stuttgart; düsseldorf; leipzig; dresden: dresde; bremen; hanover: hannover; nuremberg: nürnberg;
bonn; freiburg; vienna: wien, viena, vienne; graz; salzburg: salzburgo, salzbourg; innsbruck; linz; zurich: zürich, zúrich, zurique; geneva: genf, genève, ginebra, genebra;
basel: basilea, bâle, basileia; bern: berna, berne; rome: rom, roma; milan: mailand, milán, milano, milão; turin: torino, turín, turim; naples: neapel, napoli, nápoles;
florence: florenz, firenze, florencia, florença; venice: venedig, venezia, venecia, venise, veneza; athens: athen, atenas, athènes; warsaw: warschau, warszawa, varsovia, varsovie, varsóvia;
krakow: kraków, krakau, cracovia, cracovie; prague: prag, praha, praga; budapest; bucharest: bukarest, bucarest, bucareste; sofia: sofía; copenhagen: kopenhagen, københavn, copenhague;
stockholm: estocolmo; oslo; helsinki; dublin: dublín, dublim; cork; edinburgh: edimburgo, édimbourg, edimburgo; glasgow; manchester; birmingham; leeds; liverpool; bristol;
cambridge; oxford; new york: nueva york, nova york, nova iorque, new york city, nyc; los angeles: los ángeles; san francisco; san diego; seattle; portland; chicago; boston; austin;
houston; dallas; denver; miami; atlanta; philadelphia: filadelfia, philadelphie; washington; toronto; montreal: montréal; vancouver; ottawa; mexico city: ciudad de méxico, cdmx;
guadalajara; monterrey; bogota: bogotá; medellin: medellín; cali; lima; quito; santiago; buenos aires; córdoba: cordoba; rosario; montevideo; caracas; havana: la habana, havanna, la havane;
sao paulo: são paulo; rio de janeiro: rio; brasilia: brasília; salvador; recife; fortaleza; curitiba; belo horizonte; porto alegre; coimbra; braga; faro; aveiro; luanda; maputo;
tokyo: tokio, tóquio; kyoto: kioto, quioto; osaka; seoul: seúl, séoul, seul; beijing: peking, pekín, pékin, pequim; shanghai: xangai; hong kong; singapore: singapur, singapour, singapura, cingapura;
bangkok; mumbai: bombay; delhi: new delhi, nueva delhi; bangalore: bengaluru; istanbul: estambul, istambul; cairo: kairo, el cairo, le caire; dubai: dubái; tel aviv; nairobi; lagos;
cape town: kapstadt, ciudad del cabo, le cap, cidade do cabo; johannesburg; casablanca; dakar; tunis; algiers: algier, argel, alger; sydney: sídney; melbourne; auckland
`
const COUNTRIES = `
portugal; spain: spanien, españa, espagne, espanha; france: frankreich, francia, frança; germany: deutschland, alemania, allemagne, alemanha; austria: österreich, autriche, áustria;
switzerland: schweiz, suiza, suisse, suíça; italy: italien, italia, italie, itália; belgium: belgien, bélgica, belgique; netherlands: niederlande, holland, países bajos, pays-bas, países baixos, holanda;
luxembourg: luxemburg, luxemburgo; ireland: irland, irlanda, irlande; united kingdom: uk, england, großbritannien, reino unido, royaume-uni, inglaterra, angleterre; scotland: schottland, escocia, écosse;
wales; poland: polen, polonia, pologne, polônia, polónia; czechia: czech republic, tschechien; hungary: ungarn, hungría, hongrie, hungria; romania: rumänien, rumania, roumanie, romênia; greece: griechenland, grecia, grèce, grécia;
denmark: dänemark, dinamarca, danemark; sweden: schweden, suecia, suède, suécia; norway: norwegen, noruega, norvège; finland: finnland, finlandia, finlande, finlândia; iceland: island; ukraine: ucrania, ucrânia;
turkey: türkei, turquía, turquie, turquia; united states: usa, us, the us, the usa, america, estados unidos, états-unis, vereinigte staaten; canada: kanada, canadá; mexico: méxico, mexiko, mexique;
brazil: brasilien, brasil, brésil; argentina: argentinien, argentine; chile: chili; colombia: kolumbien, colombie, colômbia; peru: perú, pérou; uruguay: uruguai; ecuador: equador; venezuela; bolivia; cuba: kuba;
japan: japón, japon, japão; china: chine; india: indien, inde, índia; south korea: korea, corea del sur, südkorea, corée du sud, coreia do sul; thailand: tailandia, thaïlande, tailândia; vietnam: vietname;
australia: australien, australie, austrália; new zealand: neuseeland, nueva zelanda, nouvelle-zélande, nova zelândia; egypt: ägypten, egipto, égypte, egito; morocco: marokko, marruecos, maroc, marrocos;
south africa: südafrika, sudáfrica, afrique du sud, áfrica do sul; kenya: kenia, quênia; nigeria; senegal: sénégal; angola; mozambique: moçambique; israel; iran; russia: russland, rusia, russie, rússia
`

type Place = { readonly name: string; readonly isCountry: boolean }
const PLACES: ReadonlyMap<string, Place> = new Map([...read(CITIES, false), ...read(COUNTRIES, true)])

function read(list: string, isCountry: boolean): (readonly [string, Place])[] {
  return list
    .replaceAll('\n', ' ')
    .split(';')
    .flatMap((entry) => {
      const [name = '', others = ''] = entry.split(':').map((part) => part.trim())
      return [name, ...others.split(',').map((other) => other.trim())].filter(Boolean).map((one) => [one, { name, isCountry }] as const)
    })
}

/** A well-known place by one of its names, lower-case. */
export const placeNamed = (name: string): Place | undefined => PLACES.get(name)

/** A place as it is compared: its English name when it is well known, without the country behind the comma. */
export function comparedPlace(said: string): { readonly object: string; readonly isCountry: boolean } {
  const lower = said.toLowerCase()
  const [first = lower] = lower.split(',').map((part) => part.trim())
  const known = PLACES.get(lower) ?? PLACES.get(first)
  return { object: known?.name ?? first, isCountry: known?.isCountry ?? false }
}
