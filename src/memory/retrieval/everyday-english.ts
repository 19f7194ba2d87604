/**
 * What everybody knows about words and no vault of a few thousand messages can teach: everyday words that mean the same, and kinds of things with
 * their usual members, so that "which instrument" finds a violin. General English, written as lists, weighted below the asker's own words.
 *
 * A list per line, words apart by commas; a phrase of two words counts when both stand together.
 */

/** Interchangeable in everyday questions. */
export const SAME = `
kid, child, son, daughter, toddler, baby
mom, mother, mum, mama
dad, father, papa
parent, mom, dad, mother, father
grandma, grandmother, granny
grandpa, grandfather, granddad
sibling, brother, sister
spouse, husband, wife, partner
relative, family, cousin, aunt, uncle
friend, buddy, pal, mate
photo, picture, pic, image, snapshot, photograph
movie, film
tv, television, show, series
job, work, career, profession, occupation, position
boss, manager, supervisor
company, business, firm, biz, enterprise
colleague, coworker, teammate
salary, pay, wage, income
buy, purchase, get, bought
sell, sale
begin, start, launch, kick off
end, finish, complete, stop, quit
car, vehicle, automobile, auto
bike, bicycle
trip, travel, journey, vacation, holiday, visit, getaway
house, home, apartment, flat, place
city, town
country, nation
doctor, physician, medic
sick, ill, illness, disease
hurt, injure, injury, wound
medicine, medication, drug, pill
happy, glad, joyful, excited, thrilled
sad, unhappy, upset, depressed
afraid, scared, fear, frightened
angry, mad, furious
tired, exhausted, fatigue
stress, anxiety, pressure, destress, unwind, relax
like, love, enjoy, favorite, fave, favourite, prefer
hate, dislike
hobby, pastime, interest, activity
study, learn, education, course, class, school
university, college, campus
teacher, professor, instructor, tutor, coach
student, pupil
exam, test, quiz
money, cash, fund, finance
price, cost, fee
gift, present
party, celebration, celebrate
wedding, marriage, marry, married
birthday, bday
contest, competition, tournament, championship, tourney
prize, award, trophy, medal
win, victory, won
meal, dinner, lunch, breakfast, supper
food, dish, meal, snack, cuisine
cook, bake, recipe
sweet, dessert, candy
drink, beverage
dog, puppy, pup
cat, kitten, kitty
pet, animal
art, painting, drawing, paint
book, novel, reading
author, writer
write, writing, wrote
script, screenplay
song, music, tune, track
band, group
gym, workout, exercise, fitness, train
run, jog, marathon, race
hike, trail, trek
beach, shore, coast, seaside
ocean, sea
forest, wood, woodland
mountain, hill, peak
garden, yard
plant, flower, grow
store, shop, boutique
clothes, clothing, outfit, apparel, fashion
phone, smartphone, mobile
computer, laptop, pc
app, application, software, program
game, video game, gaming
bug, error, issue, problem
fix, repair, solve, solution
idea, concept, plan
goal, aim, dream, ambition, aspiration
advice, tip, suggestion, recommend, recommendation, suggest
help, support, assist, aid
volunteer, charity, community
religion, faith, spiritual, church
belief, believe, faith
vote, election, politics, campaign
law, legal, attorney, lawyer
police, cop
military, army, navy, veteran
accident, crash
problem, trouble, difficulty, challenge, obstacle, setback
important, significant, meaningful
symbolize, represent, mean, symbol, stand
relationship, dating, date, boyfriend, girlfriend
move, relocate
origin, birthplace, hometown, native
nickname, name, call
inspire, inspiration, motivate, motivation
decorate, decor, decoration
fast, quick, rapid
big, large, huge
small, little, tiny
old, elderly, ancient
new, recent, latest
often, frequently, regularly
every, daily, weekly
near, close, nearby
attend, participate, join, partake, take part
create, make, build, craft, design
teach, instruct, mentor
talk, speak, discuss, conversation, chat
meet, met, encounter
adopt, adoption, foster
pregnant, expecting
funeral, death, die, pass away, passed
memory, remember, recall, reminder, remind
think, opinion, feel
destroy, damage, ruin, break
`

/** `kind: members`: a question for the kind looks for its members too. */
export const KINDS = `
country, nation, abroad: afghanistan, argentina, australia, austria, bangladesh, belgium, brazil, canada, chile, china, colombia, croatia, cuba, czech, denmark, egypt, england, ethiopia, finland, france, germany, greece, hungary, iceland, india, indonesia, iran, iraq, ireland, israel, italy, jamaica, japan, kenya, korea, lebanon, malaysia, mexico, morocco, nepal, netherlands, nigeria, norway, pakistan, peru, philippines, poland, portugal, romania, russia, scotland, serbia, singapore, spain, sweden, switzerland, syria, taiwan, thailand, tunisia, turkey, ukraine, usa, venezuela, vietnam, wales
european country, europe: austria, belgium, croatia, czech, denmark, england, finland, france, germany, greece, hungary, iceland, ireland, italy, netherlands, norway, poland, portugal, romania, scotland, serbia, spain, sweden, switzerland, turkey, ukraine, wales
asian country, asia: china, india, indonesia, japan, korea, malaysia, nepal, pakistan, philippines, singapore, taiwan, thailand, vietnam
city: amsterdam, athens, atlanta, austin, bangkok, barcelona, beijing, berlin, boston, brussels, budapest, cairo, chicago, copenhagen, dallas, delhi, denver, detroit, dubai, dublin, edinburgh, florence, geneva, hamburg, houston, istanbul, lisbon, london, madrid, melbourne, miami, milan, montreal, moscow, mumbai, munich, nashville, orlando, oslo, paris, philadelphia, phoenix, portland, prague, rome, seattle, seoul, shanghai, stockholm, sydney, tampa, tokyo, toronto, vancouver, venice, vienna, warsaw, zurich
state: alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida, georgia, hawaii, idaho, illinois, indiana, iowa, kansas, kentucky, louisiana, maine, maryland, massachusetts, michigan, minnesota, mississippi, missouri, montana, nebraska, nevada, ohio, oklahoma, oregon, pennsylvania, tennessee, texas, utah, vermont, virginia, washington, wisconsin, wyoming
month: january, february, march, april, june, july, august, september, october, november, december
season: spring, summer, autumn, fall, winter
instrument: guitar, piano, violin, clarinet, drum, flute, saxophone, trumpet, cello, ukulele, harp, keyboard, bass, trombone, oboe, banjo, harmonica, accordion
sport: basketball, football, soccer, baseball, tennis, golf, hockey, volleyball, swimming, running, cycling, skiing, snowboarding, surfing, boxing, wrestling, rugby, cricket, badminton, climbing, skating, gymnastics, yoga
martial art: karate, judo, taekwondo, kickboxing, boxing, aikido, wrestling, fencing, jiu, jitsu, kung, fu, mma
exercise, workout: yoga, running, jogging, swimming, cycling, pilates, weights, gym, cardio, aerobics, hiking, boxing, stretching
outdoor, outdoor activity: hiking, camping, fishing, surfing, climbing, kayaking, cycling, picnic, skiing, swimming, rafting, gardening, sailing, beach
hobby, activity, pastime, leisure: reading, writing, painting, drawing, cooking, baking, gardening, hiking, camping, fishing, swimming, running, dancing, singing, knitting, photography, pottery, gaming, chess, yoga, cycling, travel, sewing, crafting, skating, surfing, volunteering, collecting
pet, animal: dog, cat, puppy, kitten, fish, bird, hamster, rabbit, turtle, parrot, snake, lizard, horse, guinea, ferret
animal, wildlife: bear, deer, wolf, fox, lion, tiger, elephant, monkey, whale, dolphin, shark, eagle, owl, duck, goat, sheep, cow, pig, horse, snake, frog, butterfly, bee
dessert, sweet: cake, cookie, pie, ice cream, chocolate, brownie, cupcake, pudding, tart, donut, cheesecake, pastry, muffin, mousse
food, dish, meal, recipe, cuisine: pizza, pasta, salad, soup, sandwich, burger, rice, chicken, steak, sushi, taco, curry, bread, cheese, fish, salmon, noodle, stew, sauce, egg, pancake, vegetable, grill, roast, cake, cookie, pie, ice cream
fruit: apple, banana, orange, strawberry, blueberry, mango, grape, lemon, peach, pear, pineapple, cherry, melon, berry, raspberry, coconut
vegetable: carrot, tomato, potato, onion, pepper, lettuce, spinach, broccoli, cucumber, cabbage, bean, pea, corn, squash, garlic
drink, beverage: coffee, tea, water, juice, beer, wine, soda, milk, cocktail, smoothie, whiskey, lemonade
allergic, allergy, intolerant: dairy, lactose, gluten, nut, peanut, pollen, shellfish, egg, fur, dust
colour, color: red, blue, green, yellow, orange, purple, pink, black, white, brown, gray, grey, gold, silver
job, career, profession, occupation: teacher, nurse, doctor, engineer, lawyer, writer, artist, chef, actor, designer, programmer, developer, manager, accountant, counselor, therapist, scientist, photographer, musician, journalist, firefighter, police, salesperson, banker, coach, dancer, director, professor, researcher, veterinarian, zookeeper
genre: drama, comedy, romance, thriller, horror, fantasy, mystery, action, adventure, documentary, fiction, rock, pop, jazz, classical, country, rap, indie, blues, metal, folk
music: song, concert, band, album, guitar, piano, singer, festival, jazz, rock, classical, playlist
vehicle, transport: car, bike, bus, train, truck, motorcycle, boat, plane, van, scooter, bicycle, tram
family, relative: mother, father, mom, dad, brother, sister, son, daughter, kid, child, husband, wife, grandma, grandpa, grandmother, grandfather, aunt, uncle, cousin, niece, nephew, parent
religion, religious: church, christian, muslim, jewish, buddhist, hindu, god, prayer, pray, faith, temple, mosque, bible
health, condition, illness, disease: asthma, diabetes, cancer, flu, fever, migraine, depression, anxiety, allergy, injury, surgery, pain, doctor, hospital
disaster, weather: storm, flood, hurricane, tornado, earthquake, fire, rain, snow, drought, heatwave
holiday: christmas, thanksgiving, easter, halloween, hanukkah, valentine, ramadan, diwali
art, artwork, craft: painting, drawing, sculpture, pottery, sketch, watercolor, mural, portrait, canvas, clay, photography, ceramic
technology, gadget, device: phone, laptop, computer, tablet, camera, headphone, console, watch, drone, tv
console: nintendo, switch, playstation, xbox, wii, ps5
game: monopoly, chess, catan, scrabble, poker, nintendo, playstation, xbox, mario, zelda, minecraft
furniture: table, chair, sofa, couch, bed, desk, shelf, lamp, dresser
clothes, clothing, garment: shirt, dress, jacket, hoodie, shoe, hat, jeans, skirt, coat, sweater, scarf, boot
flower: rose, tulip, lily, sunflower, daisy, orchid, lavender, dahlia
degree, subject, field: biology, chemistry, physics, math, history, psychology, economics, law, engineering, medicine, literature, philosophy, counseling, art, business, computer
language: english, spanish, french, german, chinese, japanese, italian, portuguese, russian, korean, arabic, hindi, mandarin
programming language: python, javascript, typescript, java, rust, go, ruby, swift, kotlin, php, scala, haskell, sql
database: postgres, postgresql, mysql, sqlite, mongodb, redis, oracle, mariadb
feeling, emotion: happy, sad, excited, nervous, anxious, proud, grateful, afraid, scared, angry, lonely, hopeful, joy, relieved, frustrated
place, location, where: park, beach, museum, restaurant, cafe, school, church, hospital, mountain, lake, forest, home, office, theater, library, gym, zoo
social media, platform: facebook, instagram, twitter, tiktok, youtube, linkedin, snapchat, mastodon, reddit, blog
company, brand, sponsor: apple, google, microsoft, amazon, nike, adidas, samsung, sony, tesla, netflix
artist, band, musician: concert, album, song, singer
`
