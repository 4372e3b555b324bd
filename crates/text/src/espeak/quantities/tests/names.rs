//! Numbers and letters that look like quantities and are none: verbs, initials, results, decades, verses.

use super::check;
use crate::language::Language::{French, Hindi, Italian, Portuguese, Spanish};

#[test]
fn decimals_are_no_times() {
    check(&[
        (Hindi, "7.20 प्रतिशत", "7 दशमलव 20 प्रतिशत"),
        (Hindi, "GDP: 7.20 प्रतिशत", "GDP: 7 दशमलव 20 प्रतिशत"),
        (Hindi, "(2.30 करोड़), 2.50%", "(2 दशमलव 30 करोड़), 2 दशमलव 50 प्रतिशत"),
        (Hindi, "सुबह 8.45 बजे", "सुबह 8 बजकर 45 मिनट"),
        (French, "Taux : 2.50 %, 1.50 m", "Taux : 2 virgule 50 pour cent, 1 virgule 50 mètres"),
        (
            Italian,
            "le 2.50 €, delle 3.20 t, delle 3.50 lire, alle 8.45 ora",
            "le 2 euro e 50, delle 3 virgola 20 tonnellate, delle 3 virgola 50 lire, alle 8 e 45 ora",
        ),
        (Spanish, "escala 1:50, escala de 1:25, a la 1:50", "escala 1 a 50, escala de 1 a 25, a la una y 50"),
        (French, "à l'échelle 1:50", "à l'échelle 1 sur 50"),
        (Portuguese, "João 3:16, às 3:16", "João 3 16, às 3 horas e 16"),
        (
            Spanish,
            "Dentista Lucas 14:30, San Lucas 19:12, Bar Juan 13:02 a 16:00, Lucas 14:12 h, Lucas 2:11-14",
            "Dentista Lucas 14 y 30, San Lucas 19 y 12, Bar Juan 13 y 2 a 16 horas, Lucas 14 y 12, Lucas 2 11-14",
        ),
        (
            Spanish,
            "Bar Juan 13:00 a 16:00, Iglesia de San Lucas 19:00 horas, San Lucas 19:02",
            "Bar Juan 13 horas a 16 horas, Iglesia de San Lucas 19 horas, San Lucas 19 y 2",
        ),
        (
            Portuguese,
            "Reunião com João 10:02, Missa em São Marcos 19:00",
            "Reunião com João 10 horas e 2, Missa em São Marcos 19 horas",
        ),
        (French, "Jean 3:16", "Jean 3 16"),
    ]);
}

#[test]
fn the_verb_ha_is_no_unit() {
    check(&[
        (Spanish, "El iPhone 15 ha llegado. Desde 1850 ha crecido.", "El iPhone 15 ha llegado. Desde 1850 ha crecido."),
        (Italian, "Il sisma di magnitudo 6,2 ha causato", "Il sisma di magnitudo 6 virgola 2 ha causato"),
        (
            Spanish,
            "una finca de 15 ha. Son 20 ha de olivos, 3 ha y 5 ha",
            "una finca de 15 hectáreas. Son 20 hectáreas de olivos, 3 hectáreas y 5 hectáreas",
        ),
        (Italian, "12 ha di bosco, 3 ha è poco", "12 ettari di bosco, 3 ettari è poco"),
        (French, "12 ha brûlés", "12 hectares brûlés"),
        (Spanish, "20 ha quemadas, el 20 ha quemado", "20 hectáreas quemadas, el 20 ha quemado"),
        (
            Spanish,
            "300 ha más, 12 ha cerca de, 5 ha para cultivo, el 5 ha sido, un parque de 300 ha situado",
            "trescientas hectáreas más, 12 hectáreas cerca de, 5 hectáreas para cultivo, el 5 ha sido, un parque de trescientas hectáreas situado",
        ),
        (
            Italian,
            "20 ha circa, 300 ha tra, il 7 ha vinto, nel 2020 ha più, 2500 ha di",
            "20 ettari circa, 300 ettari tra, il 7 ha vinto, nel 2020 ha più, 2500 ettari di",
        ),
        (Italian, "3 ha coltivati, il 3 ha coltivato", "3 ettari coltivati, il 3 ha coltivato"),
    ]);
}

#[test]
fn initials_are_no_titles_and_no_numerals() {
    check(&[
        (Spanish, "Franklin D. Roosevelt habla", "Franklin D. Roosevelt habla"),
        (Portuguese, "o presidente Franklin D. Roosevelt", "o presidente Franklin D. Roosevelt"),
        (French, "John M. Keynes, J. M. Barrie, Mme M. Dupont", "John M. Keynes, J. M. Barrie, madame M. Dupont"),
        (
            French,
            "Hier M. Macron, M. Dupont, Bonjour M. Roy",
            "Hier monsieur Macron, monsieur Dupont, Bonjour monsieur Roy",
        ),
        (
            French,
            "Maintenant M. Durand, Comment M. Bovary, Or M. Seguin, Le Président M. Macron, George M. Cohan",
            "Maintenant monsieur Durand, Comment monsieur Bovary, Or monsieur Seguin, Le Président monsieur Macron, George M. Cohan",
        ),
        (
            Spanish,
            "El Presidente D. Adolfo Suárez, Entre D. Juan y D. Pedro, Dice D. Juan, J. D. Perón",
            "El Presidente don Adolfo Suárez, Entre don Juan y don Pedro, Dice don Juan, J. D. Perón",
        ),
        (Portuguese, "Padre D. Manuel, Respondeu D. Ana", "Padre dom Manuel, Respondeu dom Ana"),
        (French, "Cependant M. Roy et le PDG M. Durand", "Cependant monsieur Roy et le PDG monsieur Durand"),
        (
            Spanish,
            "El rey D. Juan, Ayer D. Luis, Querido D. Pedro",
            "El rey don Juan, Ayer don Luis, Querido don Pedro",
        ),
        (Portuguese, "a Avenida D. Pedro e o D. João", "a Avenida dom Pedro e o dom João"),
        (Spanish, "Juan I. Pérez y Miguel V. Díaz", "Juan I. Pérez y Miguel V. Díaz"),
        (
            Spanish,
            "el reinado de Carlos I. España, hijo de Juan I. Pérez",
            "el reinado de Carlos primero. España, hijo de Juan I. Pérez",
        ),
        (Portuguese, "o rei Pedro I. Portugal", "o rei Pedro primeiro. Portugal"),
        (French, "Paul V. Martin, Paul V. Il", "Paul V. Martin, Paul 5. Il"),
        (Spanish, "Vivió Juan I. Su hijo, Felipe II. Madrid", "Vivió Juan primero. Su hijo, Felipe segundo. Madrid"),
    ]);
}

#[test]
fn the_sign_of_degrees_is_an_ordinal_before_some_nouns() {
    check(&[
        (Italian, "il 1° maggio, il 2° tempo, 15° anno, 1° livello", "il 1º maggio, il 2º tempo, 15º anno, 1º livello"),
        (Italian, "21° maggio, 18° a maggio, 11° di maggio", "21 gradi maggio, 18 gradi a maggio, 11 gradi di maggio"),
        (Spanish, "el 1° de enero, 1° de fiebre", "el 1º de enero, 1 grado de fiebre"),
        (Portuguese, "1° de maio, 2° turno, 30° de calor", "1º de maio, 2º turno, 30 graus de calor"),
    ]);
}

#[test]
fn results_sizes_and_payments_are_told_apart() {
    check(&[
        (Portuguese, "venceu por 3x1 e fez 4x0", "venceu por 3 a 1 e fez 4 a 0"),
        (Portuguese, "Brasil 2x1 Peru, empate em 1x1", "Brasil 2 a 1 Peru, empate em 1 a 1"),
        (Portuguese, "foto 3x4, tração 4x4, carro 4x4 e 0x1", "foto 3 por 4, tração 4 por 4, carro 4 por 4 e 0x1"),
        (Portuguese, "uma mesa de 2x1 m, foto de 3x4", "uma mesa de 2 por 1 metro, foto de 3 por 4"),
        (
            Portuguese,
            "em 12x de R$ 99,90, até 10x no cartão, iPhone 5x de",
            "em 12 vezes de 99 reais e 90, até 10 vezes no cartão, iPhone 5x de",
        ),
        (
            Portuguese,
            "R$ 1,7 bilhão, 1,5 milhão, R$ 1,7 bi",
            "1 vírgula 7 bilhão de reais, 1 vírgula 5 milhão, 1 vírgula 7 bilhão de reais",
        ),
        (Portuguese, "R$ 2,5 bilhões", "2 vírgula 5 bilhões de reais"),
        (French, "1,5 million d'euros", "1 virgule 5 million d'euros"),
        (Spanish, "1,5 millones", "1 coma 5 millones"),
    ]);
}

#[test]
fn decades_networks_and_numbered_nouns_count_nothing() {
    check(&[
        (
            Spanish,
            "los 80s, unos 30s, los años 90s, red 4g, 4g de sal",
            "los 80, unos 30 segundos, los años 90, red 4 G, 4 gramos de sal",
        ),
        (
            Spanish,
            "los 80s y 90s, los 2000s, años 1990s, 20s y 30s, el 3g",
            "los 80 y 90, los 2000, años 1990, 20 segundos y 30 segundos, el 3 G",
        ),
        (
            Spanish,
            "los 30s finales, los 60s de pausa, los 90s restantes, los años 30s",
            "los 30 segundos finales, los 60 segundos de pausa, los 90 segundos restantes, los años 30",
        ),
        (Portuguese, "Nos 30s finais, nos 90s que, nos 90s", "Nos 30 segundos finais, nos 90 segundos que, nos 90"),
        (Portuguese, "anos 80s, No km 120, 5 km", "anos 80, No quilômetro 120, 5 quilômetros"),
        (Italian, "anni 80s, versione 1 ora, 1 ora", "anni 80, versione 1 ora, un'ora"),
        (Spanish, "en el km 5, 3 km, los km", "en el kilómetro 5, 3 kilómetros, los kilómetros"),
        (Spanish, "sala 21 horas, en tren 21 horas", "sala 21 horas, en tren veintiuna horas"),
    ]);
}

#[test]
fn italian_articles_are_elided_before_numbers() {
    check(&[
        (
            Italian,
            "L'8 marzo, l'11, l'80%, all'1,5%",
            "L'otto marzo, l'undici, l'ottanta per cento, all'uno virgola 5 per cento",
        ),
        (
            Italian,
            "quest'8 marzo, un'8ª, nell'81, dell’800, l'888",
            "quest'otto marzo, un'8ª, nell'ottantuno, dell’ottocento, l'ottocentoottantotto",
        ),
        (Italian, "l'8/3, all'1:30, l'83", "l'otto marzo, all'una e 30, l'ottantatré"),
        (Italian, "l'8º posto, l'8a, l'80.000, l'A4, po' 8, il 8", "l'8º posto, l'8a, l'80000, l'A4, po' 8, il 8"),
    ]);
}

#[test]
fn abbreviations_keep_the_full_stop_of_the_sentence() {
    check(&[
        (Spanish, "peras, uvas, etc.", "peras, uvas, etcétera."),
        (
            Spanish,
            "peras, etc. Madrid es, etc., y p. ej. uvas",
            "peras, etcétera. Madrid es, etcétera, y por ejemplo uvas",
        ),
        (
            Spanish,
            "el Prof. Ruiz, Sto. Tomás, Tel. 555, 3 uds. y 1 ud., uds. y el Prof",
            "el profesor Ruiz, santo Tomás, teléfono 555, 3 unidades y una unidad, uds. y el Prof",
        ),
        (Italian, "mele, pere, ecc.", "mele, pere, eccetera."),
        (Italian, "ad es. qui, cfr. sopra, Cfr. Rossi", "ad esempio qui, confronta sopra, confronta Rossi"),
        (Italian, "il dott. Rossi e la dott.ssa Bianchi", "il dottor Rossi e la dottoressa Bianchi"),
        (
            Italian,
            "l'avv. Verdi, l'ing. Neri, il prof. Poi esce",
            "l'avvocato Verdi, l'ingegner Neri, il professor. Poi esce",
        ),
        (
            Italian,
            "La prof. Rossi, la dott. Bianchi, il tuo prof. Martedì, Laurea in ing. Elettronica",
            "La professoressa Rossi, la dottoressa Bianchi, il tuo prof. Martedì, Laurea in ing. Elettronica",
        ),
        (Spanish, "peras, etc...", "peras, etcétera..."),
        (Italian, "Egr. Sig. Rossi, il prof. non c'è, prof.", "egregio signor Rossi, il prof. non c'è, prof."),
        (Italian, "n. 5, N. 5, nr. 5, legge n. 1930", "numero 5, numero 5, numero 5, legge numero 1930"),
        (Italian, "Mario Rossi (n. 1930), n. verde, A. N. Rossi", "Mario Rossi (n. 1930), n. verde, A. N. Rossi"),
        (Portuguese, "p. ex. isto, Silva Ltda. e", "por exemplo isto, Silva limitada e"),
    ]);
}

#[test]
fn numbers_agree_with_everyday_nouns() {
    check(&[
        (
            Portuguese,
            "2 pizzas, 2 vitórias, 2 casas, 300 cidades",
            "duas pizzas, duas vitórias, duas casas, trezentas cidades",
        ),
        (Portuguese, "rua 22 casas, sala 2 mesas, 2 problemas", "rua 22 casas, sala 2 mesas, 2 problemas"),
        (Spanish, "1/2 cebolla, 3/4 pizza", "media cebolla, 3 cuartos de pizza"),
        (
            Spanish,
            "200 viviendas, 300 alumnas, 21 chicas, 1 cebolla, 1 diente",
            "doscientas viviendas, trescientas alumnas, veintiuna chicas, una cebolla, un diente",
        ),
        (Italian, "1 cipolla, 1 limone, 1 uovo, 1 spicchio", "una cipolla, un limone, un uovo, 1 spicchio"),
        (
            French,
            "1 gousse, 81 rues, 1 rue de Rivoli, 1 place",
            "une gousse, quatre-vingt-une rues, 1 rue de Rivoli, 1 place",
        ),
    ]);
}
