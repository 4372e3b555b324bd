mod everyday;
mod names;

use super::*;

#[test]
fn quantities_are_written_as_they_are_said() {
    use Language::{French, Hindi, Italian, Portuguese, Spanish};
    check(&[
        (Spanish, "Cuesta 1.234,56 €.", "Cuesta 1234 euros con 56."),
        (Spanish, "a las 17:30 del 3/5/2024", "a las 17 y 30 del 3 de mayo de 2024"),
        (Spanish, "50% y 3,5 o 3.5", "50 por ciento y 3 coma 5 o 3 coma 5"),
        (Spanish, "-5 grados, versión 1.2.3", "menos 5 grados, versión 1 punto 2 punto 3"),
        (Spanish, "1º, 1.000.000", "1º, 1000000"),
        (French, "à 9h30 ou 17:00", "à neuf heures 30 ou 17 heures"),
        (French, "12,50 € et 1 234 567", "12 euros 50 et 1234567"),
        (French, "1º le 3/5/2024", "premier le 3 mai 2024"),
        (Italian, "1,05 € alle 17:30", "un euro e 5 alle 17 e 30"),
        (Italian, "3,14159", "3 virgola 1 4 1 5 9"),
        (Portuguese, "R$ 25,90 às 9h30", "25 reais e 90 às 9 horas e 30"),
        (Portuguese, "R$1.000,00", "1000 reais"),
        (Hindi, "₹1,23,456.50", "123456 रुपये और 50"),
        (Hindi, "3.5 17:30", "3 दशमलव 5 17 बजकर 30 मिनट"),
        (Spanish, "5,, 5. 5: 5/ 5h2 R$ € x5,5", "5,, 5. 5: 5/ 5h2 R$ € x5,5"),
        (Spanish, "el 3.er piso, 4.º y 2.ª", "el tercer piso, 4º y 2ª"),
        (Spanish, "a 120 km/h, 1,5 kg por kg", "a 120 kilómetros por hora, 1 coma 5 kilos por kilo"),
        (Spanish, "El Sr. López y D. Juan I, siglo XX. I", "El señor López y don Juan primero, siglo 20. I"),
        (Spanish, "8:00 h, 1/2 l, 3/4 l, el 1/2", "8 horas, medio litro, 3 cuartos de litro, el 1/2"),
        (French, "17 h 30, 3 h, XIXe siècle, Louis XIV", "17 heures 30, 3 heures, dix-neuvième siècle, Louis 14"),
        (
            French,
            "M. Roy au n° 5, 2nde, 1re, 21e, 5e",
            "monsieur Roy au numéro 5, seconde, première, vingt-et-unième, cinquième",
        ),
        (
            Italian,
            "90 km/h, 20 °C, 50%, 5 m²",
            "90 chilometri all'ora, 20 gradi Celsius, 50 per cento, 5 metri quadrati",
        ),
        (
            Portuguese,
            "8h15min, US$ 1.000, Pedro II, Maria I",
            "8 horas e 15 minutos, 1000 dólares, Pedro segundo, Maria primeira",
        ),
        (Hindi, "५०० किमी, -5°C", "500 किलोमीटर, माइनस 5 डिग्री सेल्सियस"),
        (Spanish, "vitamina D. Además, D. Luis y el Sr. Es él", "vitamina D. Además, don Luis y el señor. Es él"),
        (Spanish, "Habló D. Pedro del grupo D. Luego, plan D.", "Habló don Pedro del grupo D. Luego, plan D."),
        (French, "la taille M. Il voit M. Roy", "la taille M. Il voit monsieur Roy"),
        (French, "le groupe M. Paul, M. et Mme Roy", "le groupe M. Paul, monsieur et madame Roy"),
        (French, "au cas M. C'est M. D'Alembert", "au cas M. C'est monsieur D'Alembert"),
        (Portuguese, "plano D. Depois D. Maria", "plano D. Depois dom Maria"),
        (Italian, "dal Sig. Poi il Sig. Rossi", "dal signor. Poi il signor Rossi"),
        (
            Portuguese,
            "R$ 15, A$20, US$ 5, HK$100",
            "15 reais, 20 dólares australianos, 5 dólares, 100 dólares de Hong Kong",
        ),
        (
            Portuguese,
            "C$1, € 15, 15 €, £ 4.50, ¥ 500, ₹ 99",
            "1 dólar canadense, 15 euros, 15 euros, 4 libras e 50, 500 ienes, 99 rúpias",
        ),
        (Spanish, "MD. Mes, 5 me, I.V. km2", "MD. Mes, 5 me, I.V. km2"),
        (Spanish, "2024, y 3-4", "2024, y 3 a 4"),
        (
            Spanish,
            "$5 millones, $5 millones de dólares, 1 Mio",
            "5 millones de dólares, 5 millones de dólares, un millón",
        ),
        (Spanish, "1.000.000 €, 21 €, 1 h, 200 t", "1000000 de euros, veintiún euros, una hora, doscientas toneladas"),
        (Spanish, "a la 1:00 y a las 21:15, 1:00 h", "a la una y a las veintiuna y 15, una hora"),
        (Spanish, "a las 5:30 p. m. y a las 9 a.m. en", "a las 5 y 30 de la tarde y a las 9 de la mañana en"),
        (
            Spanish,
            "1 hora, 21 años, 31 tazas, 200 personas, 1-2 horas, 1 persona de cada 3",
            "una hora, veintiún años, treinta y una tazas, doscientas personas, una a 2 horas, una persona de cada 3",
        ),
        (
            Spanish,
            "el 21 llegas, canal 21 noticias, 200.000 personas, 500 mil personas, 21.000 casas, 31 mil euros, 200 mil, 1.100 casas, 1-21 horas",
            "el 21 llegas, canal 21 noticias, doscientas mil personas, quinientas mil personas, veintiuna mil casas, \
             treinta y un mil euros, 200 mil, 1100 casas, una a veintiuna horas",
        ),
        (
            Portuguese,
            "200 mil pessoas, 2.000 horas, 202 mil, o 2 das",
            "duzentas mil pessoas, duas mil horas, 202 mil, o 2 das",
        ),
        (
            Spanish,
            "en 2021 varias, 21 mientras, 21 vamos, 1 horario, capítulo 1 y, 1 casado, 201 turistas, 21 fotos, 21 manos",
            "en 2021 varias, 21 mientras, 21 vamos, 1 horario, capítulo 1 y, 1 casado, 201 turistas, veintiuna fotos, veintiuna manos",
        ),
        (
            Spanish,
            "1 y 1/2 tazas, 1½ tazas de té, 2½ años, 1½ y, ½ taza, ¾ taza, ¾ de taza, 1½ puntos",
            "una taza y media, una taza y media de té, 2 años y medio, 1 y medio y, media taza, 3 cuartos de taza, 3 cuartos de taza, un punto y medio",
        ),
        (
            Spanish,
            "4/5 partes, 2/3 partes, 1/3 parte, el 4/5 partes, 3/7 partidas",
            "4 quintas partes, 2 terceras partes, una tercera parte, el 4 de mayo partes, 3/7 partidas",
        ),
        (
            Portuguese,
            "2 horas, 22 xícaras, 200 pessoas, 2 problemas, 2 apenas, 1 minuto, 2 homens",
            "duas horas, vinte e duas xícaras, duzentas pessoas, 2 problemas, 2 apenas, 1 minuto, 2 homens",
        ),
        (
            Portuguese,
            "1½ xícara de chá, 2/3 partes, 5/12 partes",
            "uma xícara de chá e meia, duas terças partes, 5 doze avos de parte",
        ),
        (
            Italian,
            "1 ora, 1 minuto, 1 persona, 21 ore, 1½ ore, ½ tazza, 1 oratore",
            "un'ora, un minuto, una persona, 21 ore, un'ora e mezza, mezza tazza, 1 oratore",
        ),
        (
            French,
            "1 heure, 21 personnes, 1 chat, 1½ heure, 2½ cuillères à soupe, 1 question, 1/2 page, 1 livre et 21 livres, 21 lb",
            "une heure, vingt-et-une personnes, 1 chat, une heure et demie, 2 cuillères à soupe et demie, 1 question, \
             une demi-page, 1 livre et 21 livres, vingt-et-une livres",
        ),
        (
            Spanish,
            "El vuelo 201 parte a las 10, en 1492 muchas, hacia 1750 muchas, el año 711 muchas, en 1821 muchos",
            "El vuelo 201 parte a las 10, en 1492 muchas, hacia 1750 muchas, el año 711 muchas, en 1821 muchos",
        ),
        (
            Spanish,
            "2 estudian y 1 trabaja, y 1 suspendió, entre 0 y 1 existen, 0 o 1 según, y 1 cada uno, con 1 drama, con 1 arma",
            "2 estudian y 1 trabaja, y 1 suspendió, entre 0 y 1 existen, 0 o 1 según, y 1 cada uno, con 1 drama, con 1 arma",
        ),
        (
            Spanish,
            "A los 21 todos, de los 21 algunos, a los 21 viajas, 21 policías, calle 21 esquinas, sala 201 todas, tren 21 llegas",
            "A los 21 todos, de los 21 algunos, a los 21 viajas, 21 policías, calle 21 esquinas, sala 201 todas, tren 21 llegas",
        ),
        (
            French,
            "En Ligue 1 cette saison, top 1 cette semaine, en 1881 cette ville, acte 1 page, lot 1 personne",
            "En Ligue 1 cette saison, top 1 cette semaine, en 1881 cette ville, acte 1 page, lot 1 personne",
        ),
        (
            Italian,
            "2 studiano e 1 lavora, tra 0 e 1 esistono, o 1 oppure, il treno 1 parte, camera 1 camera, 1 secondo me",
            "2 studiano e 1 lavora, tra 0 e 1 esistono, o 1 oppure, il treno 1 parte, camera 1 camera, 1 secondo me",
        ),
        (
            Italian,
            "con 1 studente, e 1 zaino, con 1 specchio, con 1 psicologo, o 1 gnomo, con 1 pigiama",
            "con 1 studente, e 1 zaino, con 1 specchio, con 1 psicologo, o 1 gnomo, con 1 pigiama",
        ),
        (
            Portuguese,
            "O ônibus 2 parte daqui, o voo 202 parte, aos 22 volta, em 1822 muitas, e 1 trabalha, 2 ou 1 cada, rua 22 casas, no 5/6 casa",
            "O ônibus 2 parte daqui, o voo 202 parte, aos 22 volta, em 1822 muitas, e 1 trabalha, 2 ou 1 cada, rua 22 casas, no 5/6 casa",
        ),
        (
            Spanish,
            "v2.3 y V1.10.2, rev2.3, v2, 12 errores y 1 fallo, con 1 canción, de 1 hasta 5, capítulo 1 contra, en 1 problema",
            "v 2 punto 3 y V 1 punto 10 punto 2, rev2.3, v2, 12 errores y un fallo, con una canción, de 1 hasta 5, capítulo 1 contra, \
             en un problema",
        ),
        (
            Spanish,
            "C/ Mayor, 12; c/u; Avda. de la Paz; el s. XXI; s. 5; cap. 3; 50 a. C.; 1 cda. de sal; 35 min. 2 huevos; el min. 90",
            "calle Mayor, 12; c/u; avenida de la Paz; el siglo 21; s. 5; capítulo 3; 50 antes de Cristo; una cucharada de sal; \
             35 minutos. 2 huevos; el minuto 90",
        ),
        (Spanish, "Xq no? tqm, 5 tb, xq-no, TB, xq.com", "por qué no? te quiero mucho, 5 tb, xq-no, TB, xq punto com"),
        (
            French,
            "av. Foch, 50 av. J.-C., Bd des Capucines, p. 12-15, 2 c. à s. d'huile, le RDV, 3x sans frais, 3x4 cm",
            "avenue Foch, 50 avant Jésus-Christ, boulevard des Capucines, page 12 à 15, 2 cuillères à soupe d'huile, le rendez-vous, \
             3 fois sans frais, 3 sur 4 centimètres",
        ),
        (
            Italian,
            "P.zza Navona 3, pp. 12-15, nel sec. XX, 10 sec. 5, int. 3, 44 a.C., Ho 1 sorella e 1 fratello, da 1 fino a 5",
            "piazza Navona 3, pagine 12 a 15, nel secolo XX, 10 sec. 5, interno 3, 44 avanti Cristo, Ho una sorella e un fratello, \
             da 1 fino a 5",
        ),
        (
            Portuguese,
            "Vc vai hj, José R. Silva, Av. Paulista, p. 5, 2 irmãs e 1 gato, 2x sem juros, 3 x 1, 3 x 4 m, 3 x 4 = 12, 0x1",
            "você vai hoje, José R. Silva, avenida Paulista, página 5, duas irmãs e 1 gato, duas vezes sem juros, 3 x 1, \
             3 por 4 metros, 3 x 4 igual a 12, 0x1",
        ),
        (
            Portuguese,
            "Flamengo 3 x 1 Vasco, 3 x 4 metros, tabuleiro 8 x 8, quanto é 7 x 8? Treino 3 x 10 repetições",
            "Flamengo 3 a 1 Vasco, 3 x 4 metros, tabuleiro 8 x 8, quanto é 7 x 8? Treino 3 x 10 repetições",
        ),
        (
            Portuguese,
            "2x + 3 = 7, f(x) = 2x, 1x por dia, 2x por dia",
            "2x + 3 igual a 7, f(x) igual a 2x, uma vez por dia, duas vezes por dia",
        ),
        (
            French,
            "3x + 2 = 5, y = 3x, iPhone 5x, 2x par jour",
            "3x + 2 égale 5, y égale 3x, iPhone 5x, 2 fois par jour",
        ),
        (
            Hindi,
            "250/5 है, 15/8 के दिन, 25/5 तारीख, 22/7, फ्लैट 101/3, नंबर 24/7, 2/3, 12/5/2024",
            "250/5 है, 15/8 के दिन, 25/5 तारीख, 22/7, फ्लैट 101/3, नंबर 24/7, दो तिहाई, 12 मई 2024",
        ),
        (
            French,
            "une bd. Elle, la bd Tintin, n. m. pl. Les, pl. IV, 12 av. Foch, Bd. Voltaire, 5 p. 100, l'av. Elle, Chap. 5",
            "une bd. Elle, la bd Tintin, n. m. pl. Les, pl. IV, 12 avenue Foch, boulevard Voltaire, 5 p. 100, l'av. Elle, chapitre 5",
        ),
        (
            Spanish,
            "Café c/ Leche, c/ IVA, C/ del Sol, Av. del Sol, C/ la Paz, C/Mayor, C/C++, un min. 5 y un máx. 10, Art. 5",
            "Café c/ Leche, c/ IVA, calle del Sol, avenida del Sol, calle la Paz, calle Mayor, C/C++, un min. 5 y un máximo 10, artículo 5",
        ),
        (
            Portuguese,
            "min. 3 e máx. 5, min. 2 pessoas, aos min. 30, Séc. XX, Fig. 3, P. 5",
            "min. 3 e máximo 5, min. duas pessoas, aos minuto 30, século XX, figura 3, P. 5",
        ),
        (
            Italian,
            "5 sec. V, 3 sec. XX, P.zza della Repubblica, Cap. 5",
            "5 sec. V, 3 sec. XX, piazza della Repubblica, capitolo 5",
        ),
        (Spanish, "en v2.3, v10.000, v1.2.3.4", "en v 2 punto 3, v10.000, v 1 punto 2 punto 3 punto 4"),
        (Spanish, "12 p. m. Luego 8 pm.", "12 del mediodía. Luego 8 de la noche."),
        (Spanish, "17.30 h, a las 17.30, las 3.500 casas", "17 y 30, a las 17 y 30, las 3000 quinientas casas"),
        (
            Spanish,
            "9:00-14:00, 5-10 km, 2019-2021, 10 %-15 %",
            "9 a 14 horas, 5 a 10 kilómetros, 2019 a 2021, 10 por ciento a 15 por ciento",
        ),
        (Spanish, "1-2 h, 2021-22, 3-2, $5-10", "una a 2 horas, 2021 a 22, 3 a 2, 5 a 10 dólares"),
        (Spanish, "555-1234, 1-2-3, 007-008, 978-84-376, 2021-35", "555-1234, 1-2-3, 007-008, 978-84-376, 2021-35"),
        (Spanish, "10 000 y 1 234 567 €", "10000 y 1234567 euros"),
        (Spanish, "612 345 678, 10 00000, 91 123 45 67", "612 345 678, 10 0 0 0 0 0, 91 123 45 67"),
        (Spanish, "n°5, nº5 y N° 7, n.º 3, no5", "número 5, número 5 y número 7, número 3, no5"),
        (
            Spanish,
            "A & B, x = 2, #1, #vida, 15°, 3 * 4, C#",
            "A y B, x igual a 2, número 1, vida, 15 grados, 3 por 4, C#",
        ),
        (Spanish, "[5 km](/x/) en www.ejemplo.com/a.", "[5 km](/x/) en ejemplo punto com barra a."),
        (
            French,
            "1h30, à 1h, 1:00, 21h, 9h21",
            "une heure 30, à une heure, une heure, vingt-et-une heures, neuf heures vingt-et-une",
        ),
        (
            French,
            "20h-22h, 9h – 12h, 1 000 000 €, 5 M€, 2 Md €",
            "20 heures à 22 heures, neuf heures à 12 heures, 1000000 d'euros, 5 millions d'euros, 2 milliards d'euros",
        ),
        (French, "1.000.000 €, 1.000, 12.345.67", "1000000 d'euros, 1.000, 12 point 345 point 67"),
        (French, "de 2019-2021 à 5–10 km, 06 12 34 56 78", "de 2019 à 2021 à 5 à 10 kilomètres, 06 12 34 56 78"),
        (
            Italian,
            "alle 17.30, all'1:00, l'1:30, 1 h, 1 t, 2,5 mln",
            "alle 17 e 30, all'una, l'una e 30, un'ora, una tonnellata, 2 virgola 5 milioni",
        ),
        (Spanish, "2 h 15 min, 10:30-11:30h, 5 €-10 €", "2 horas y 15 minutos, 10 y 30 a 11 y 30, 5 euros a 10 euros"),
        (
            Spanish,
            "entre 2019-2021 o 747-400, A-320, 9999-8888, 01310-100",
            "entre 2019 y 2021 o 747-400, A-320, 9999-8888, 01310-100",
        ),
        (Italian, "Dormo 7/8 ore, 2/3 giorni, 3/4 ora", "Dormo 7 o 8 ore, 2 terzi giorni, 3 quarti di ora"),
        (
            Spanish,
            "niños de 7/8 años, en 2021 mujeres, 1500 personas",
            "niños de 7 u 8 años, en 2021 mujeres, 1000 quinientas personas",
        ),
        (French, "le relais 4 x 100 m, 10x15 cm", "le relais 4 fois 100 mètres, 10 sur 15 centimètres"),
        (French, "Accueil · Contact, étudiant·e·s, 3 · 4, 3·4", "Accueil  Contact, étudiantes, 3 fois 4, 3 fois 4"),
        (French, "0h30, 2 h 15 min, C++ et 5 × 3", "0 heure 30, 2 heures 15 minutes, C++ et 5 fois 3"),
        (Italian, "9:00-14:00, 1.000.000 €, costa 17.30", "9 alle 14, 1000000 di euro, costa 17 virgola 30"),
        (
            Portuguese,
            "R$ 5 milhões, R$ 2 mi, R$ 3 mil, R$ 1.000.000",
            "5 milhões de reais, 2 milhões de reais, 3 mil reais, 1000000 de reais",
        ),
        (
            Portuguese,
            "1:00, 2h, 22:30, 9:00-14:00, 2 km",
            "uma hora, duas horas, vinte e duas horas e 30, 9 às 14 horas, 2 quilômetros",
        ),
        (Hindi, "₹5 लाख, 5-10 किमी, 10:00 बजे, 9:45 बजे", "5 लाख रुपये, 5 से 10 किलोमीटर, 10 बजे, 9 बजकर 45 मिनट"),
        (
            Spanish,
            "03.05.2024, 3/5/24, 24/12/99, 2026-11-25T14:30:00Z",
            "3 de mayo de 2024, 3 de mayo de 2024, 24 de diciembre de 1999, 25 de noviembre de 2026, 14 y 30",
        ),
        (
            Spanish,
            "12:30:15, 12:30:15:1, 1/2/3, IP 192.168.1.1.",
            "12 y 30 y 15 segundos, 12:30:15:1, 1/2/3, IP 192 punto 168 punto 1 punto 1.",
        ),
        (
            Spanish,
            "+34 612 345 678, 612-345-678, 3° piso, 15° a, 1ro, 2da",
            "+34 612 345 678, 612 345 678, 3º piso, 15 grados a, 1º, 2ª",
        ),
        (French, "01.23.45.67.89, v. 2.5.1", "01 23 45 67 89, v. 2 point 5 point 1"),
        (Italian, "333 1234567, 3° piano, 15°", "3 3 3 1 2 3 4 5 6 7, 3º piano, 15 gradi"),
        (Portuguese, "(11) 91234-5678, 1° lugar", "(11) 9 1 2 3 4 5 6 7 8, 1º lugar"),
        (Hindi, "98765 43210, 10:20:01", "9 8 7 6 5 4 3 2 1 0, 10 बजकर 20 मिनट और 1 सेकंड"),
        (Hindi, "₹2.5 करोड़", "2 दशमलव 5 करोड़ रुपये"),
        (Spanish, "5 - 10 km, 5 km - 8 km, 2019 – 2021", "5 a 10 kilómetros, 5 kilómetros a 8 kilómetros, 2019 a 2021"),
        (Spanish, "7-4=3, 4-7=x, 3-1", "7 menos 4 igual a 3, 4 menos 7 igual a x, 3 a 1"),
        (Spanish, "7 - 4 = 3, 5 - 10 = -5, 3 - 1", "7 menos 4 igual a 3, 5 menos 10 igual a menos 5, 3 - 1"),
        (Spanish, "Ganó el Madrid 1 - 3, 555 - 1234, - 5", "Ganó el Madrid 1 - 3, 555 - 1234, - 5"),
        (Spanish, "2/5 del pan, 3/7 de kilo, = 2/9", "2 quintos del pan, 3 séptimos de kilo, igual a 2 novenos"),
        (Spanish, "La nota es 8/10, es 2/9", "La nota es 8/10, es 2/9"),
        (French, "La note est 15/20", "La note est 15 sur 20"),
        (Portuguese, "Hoje é 3/7, em 3/7, em 3/5 dos casos", "Hoje é 3/7, em 3 de julho, em 3 quintos dos casos"),
        (
            Hindi,
            "3/7 सेब, 3/5 सेकंड, 2/5 कोई, 2/3 से अधिक, 3/7 से, 3/7 को।",
            "3 बटा 7 सेब, 3 बटा 5 सेकंड, 2 बटा 5 कोई, दो तिहाई से अधिक, 3 जुलाई से, 3 जुलाई को।",
        ),
        (
            Spanish,
            "ediciones 1998 2002 2006, 612 345 678, 55 1234 5678",
            "ediciones 1998 2002 2006, 612 345 678, 55 1 2 3 4 5 6 7 8",
        ),
        (Italian, "numeri 12 34 56 78 90, 333 123 4567", "numeri 12 34 56 78 90, 3 3 3 1 2 3 4 5 6 7"),
        (Portuguese, "Neymar (Santos) 2009-2013, 123.456.789-09", "Neymar (Santos) 2009 a 2013, 123456789-09"),
        (Portuguese, "123.456.789-19, 1.000-2.000 kg", "123456789-19, 1000 a 2000 quilos"),
        (
            Spanish,
            "$5 - 20:00 h, $50 - 2 personas, $5-10, $5 - $10",
            "5 dólares - 20 horas, 50 dólares - 2 personas, 5 a 10 dólares, 5 a 10 dólares",
        ),
        (
            Spanish,
            "CAD 3D, AUTO CAD 2024, INR 2,5, CAD 1.500, 50 CAD, USD 5G",
            "CAD 3D, AUTO CAD 2024, INR 2 coma 5, 1500 dólares canadienses, 50 dólares canadienses, USD 5G",
        ),
        (
            Spanish,
            "Abierto 5/7 de 9 a 14 h, el 1/5 de la población, un 1/5 de ella, el 1/5 del mes",
            "Abierto 5 de julio de 9 a 14 horas, el quinto de la población, un quinto de ella, el 1 de mayo del mes",
        ),
        (Portuguese, "em 1/2 h, em 3/4 do dia", "em meia hora, em 3 quartos do dia"),
        (French, "le 1/2 des Français, le 1/3 des Français", "le 1/2 des Français, le tiers des Français"),
        (Spanish, "en la 101 10 000 personas", "en la 101 10000 personas"),
        (Spanish, "USD 5 millones, USD 50 Mio", "5 millones de dólares, 50 millones de dólares"),
        (Portuguese, "Segunda 5/7 das 9h, o 1/5 da cidade", "Segunda 5 de julho das 9 horas, o quinto da cidade"),
        (
            French,
            "le 1/5 des Français, le 1/5, le 1/5 de l'année",
            "le cinquième des Français, le premier mai, le premier mai de l'année",
        ),
        (Italian, "l'8/3, dall'11/9", "l'otto marzo, dall'undici settembre"),
        (French, "3×4=12, 10×15 cm, 0x10", "3 fois 4 égale 12, 10 sur 15 centimètres, 0x10"),
        (Spanish, "Capítulo 5 - 10 consejos", "Capítulo 5 - 10 consejos"),
        (Spanish, "salas 100 200 300, 123 456 789 km", "salas 100 200 300, 123456789 kilómetros"),
        (French, "salles 100 200 300, 123 456 789", "salles 100 200 300, 123456789"),
        (Italian, "sale 101 102 103 104", "sale 101 102 103 104"),
        (Portuguese, "salas 100 200 300", "salas 100 200 300"),
        (
            Spanish,
            "dura 45:30, dura 90:15, formato DVD 4:3, 60:40",
            "dura 45:30, dura 90:15, formato DVD 4 a 3, 60 a 40",
        ),
        (Spanish, "Juan 3:5", "Juan 3 5"),
        (French, "le format 16:9", "le format 16 sur 9"),
        (Hindi, "3:2 से, 16:9", "3 2 से, 16 अनुपात 9"),
        (
            Spanish,
            "12,5 ha, 1/10 ha, en 2020 ha, 2 ½ kg",
            "12 coma 5 hectáreas, un décimo de hectárea, en 2020 ha, 2 kilos y medio",
        ),
        (Spanish, "el 2/5 del mes, 2/5 a las 9, 24/7, 5/2 de", "el 2 de mayo del mes, 2/5 a las 9, 24/7, 5/2 de"),
        (
            Spanish,
            "el lunes 3/7, el 10/12, el 3/4, el 3/13, al 3/7/2",
            "el lunes 3 de julio, el 10 de diciembre, el 3/4, el 3/13, al 3/7/2",
        ),
        (French, "le 1/12, lundi 3/7", "le premier décembre, lundi 3 juillet"),
        (Spanish, "10x15 cm, 1920x1080, 5x, x5, 10x15a", "10 por 15 centímetros, 1920 por 1080, 5x, x5, 10x15a"),
        (Spanish, "$5 - $10, $5 - 10, 5 $10", "5 a 10 dólares, 5 a 10 dólares, 5 10 dólares"),
        (Italian, "06 1234567, 06 12", "0 6 1 2 3 4 5 6 7, 06 12"),
        (Portuguese, "(11) 3456-7890, 3456-7890, 1000-1500 kg", "(11) 3 4 5 6 7 8 9 0, 3456-7890, 1000 a 1500 quilos"),
        (Hindi, "98765-43210, 011-23456789", "9 8 7 6 5 4 3 2 1 0, 0 1 1 2 3 4 5 6 7 8 9"),
        (
            Spanish,
            "⅛, 1½, 2 1/2 h, 2¾ l, ½ h",
            "un octavo, 1 y medio, 2 horas y media, 2 litros y 3 cuartos, media hora",
        ),
        (
            French,
            "2½ h, 1/12 du pain, ½ h, 2¾ kg",
            "2 heures et demie, un douzième du pain, une demi-heure, 2 kilos et 3 quarts",
        ),
        (Italian, "2½ h, ⅝ di, 3/16 del pane", "2 ore e mezza, 5 ottavi di, 3 sedicesimi del pane"),
        (Portuguese, "2½ h, 1/12 do pão, 3/5 do dia", "duas horas e meia, um doze avos do pão, 3 quintos do dia"),
        (Hindi, "1½, 2½ km, 3½, 1¼, 3¼, 2¾, 1⅛", "डेढ़, ढाई किलोमीटर, साढ़े 3, सवा, सवा 3, पौने 3, 1 सही 1 बटा 8"),
        (Hindi, "2/5 खाया, 2/5 को, 1/3", "2 बटा 5 खाया, 2 मई को, एक तिहाई"),
        (
            Spanish,
            "16:9, 4:3, según Juan 3:5, 1:2:3, 5:, 5:123456",
            "16 a 9, 4 a 3, según Juan 3 5, 1:2:3, 5:, 5:123456",
        ),
        (
            Spanish,
            "10^6, 10⁶, 10⁻³, 5², 2³, 2019², 5¹, 10^",
            "10 elevado a 6, 10 elevado a 6, 10 elevado a menos 3, 5 al cuadrado, 2 al cubo, 2019², 5¹, 10^",
        ),
        (
            Spanish,
            "80 m2, 9 km2, 5 m3, 5 g2, km2",
            "80 metros cuadrados, 9 kilómetros cuadrados, 5 metros cúbicos, 5 g2, km2",
        ),
        (Spanish, "60 mph, 21 lb, 1 ft, 5 ‰", "60 millas por hora, veintiuna libras, un pie, 5 por mil"),
        (Spanish, "5 mi amigo, 5 lbx", "5 mi amigo, 5 lbx"),
        (Portuguese, "2 lb, 2 ft", "duas libras, 2 pés"),
        (Spanish, "007, 0420, 00, el 01", "0 0 7, 0 4 2 0, 00, el 01"),
        (Spanish, "USD 50, 50 KRW, ₩5.000, 1 CHF, USDX 5", "50 dólares, 50 wones, 5000 wones, un franco suizo, USDX 5"),
        (
            French,
            "à 5 PM, à 1 pm, à 12 PM, à 11:30 p.m., 5 pmx",
            "à 5 heures de l'après-midi, à une heure de l'après-midi, à 12 heures, à 11 heures 30 du soir, 5 pmx",
        ),
        (Italian, "alle 5 PM, alle 9 pm, alle 3 am", "alle 5 del pomeriggio, alle 9 di sera, alle 3 di notte"),
        (Portuguese, "às 2 PM, às 9 am, 13 PM", "às duas da tarde, às 9 da manhã, 13 PM"),
        (Hindi, "5 PM, 9:30 AM, 1 pm", "शाम 5 बजे, सुबह 9 बजकर 30 मिनट, दोपहर 1 बजे"),
        (
            Spanish,
            "12 ÷ 3, 3 < 5, a<b, (< 5), ≈ 3, ±3, § 5, 7 − 4",
            "12 entre 3, 3 menor que 5, a menor que b, (menor que 5), aproximadamente 3, más menos 3, párrafo 5, 7 menos 4",
        ),
        (
            Spanish,
            "Ve a Ajustes > General > Idioma, Vec<T>, 5 > -3",
            "Ve a Ajustes > General > Idioma, Vec<T>, 5 mayor que menos 3",
        ),
        (Spanish, "te quiero <3, -> x, a -> b, x >y, <x>", "te quiero <3, -> x, a -> b, x >y, <x>"),
    ]);
}

/// Compares texts as they are written out with what is expected.
fn check(rows: &[(Language, &str, &str)]) {
    let mut wrong = Vec::new();
    for (language, written, expected) in rows {
        let expanded = crate::espeak::written_out(written, *language);
        if expanded != *expected {
            wrong.push(format!("{written}\n      is {expanded}\nexpected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn any_text_is_expanded() {
    let parts = [
        "1",
        "23",
        "456",
        ".",
        ",",
        ":",
        "/",
        "-",
        "h",
        "€",
        "R$",
        " ",
        "\u{a0}",
        "º",
        "é",
        "2024",
        "XV",
        "½",
        "m²",
        "Sr.",
        "e",
        "p. m.",
        "a.com",
        "https://",
        "@",
        "#",
        "°",
        "&",
        "*",
        "[x](/y/)",
        "[",
        "](",
        "M",
        "Mio",
        "mil",
        "millones",
        "लाख",
        "–",
        "n°",
        "1 000",
        "612 345 678",
        "min",
        "las ",
        "l'",
        "\u{301}",
        "😀",
        "ड़",
        "$",
        "%",
    ];
    let mut state = 82_usize;
    for case in 0..20_000 {
        let mut text = String::new();
        for _ in 0..case % 11 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) & 0xffff_ffff;
            text.push_str(parts[(state >> 16) % parts.len()]);
        }
        use Language::{French, Hindi, Italian, Portuguese, Spanish};
        let language = [Spanish, French, Italian, Portuguese, Hindi][case % 5];
        let expanded = expand(&text, language);
        assert_eq!(expanded.text().is_empty(), text.is_empty(), "{text:?}");
        assert!(expanded.rest().is_empty(), "{text:?}");
    }
}
