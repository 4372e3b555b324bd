//! Numbers with what everyday texts join to them: versions, rates, years, marks, Roman numerals.

use super::check;
use crate::language::Language::{French, Hindi, Italian, Portuguese, Spanish};

#[test]
fn a_point_is_a_point_where_nothing_is_measured() {
    check(&[
        (
            Spanish,
            "Python 3.12, web 2.0, 2.5 %, 3.5 kg",
            "Python 3 punto 12, web 2 punto 0, 2 coma 5 por ciento, 3 coma 5 kilos",
        ),
        (
            Italian,
            "Versione 2.1, art. 14.1, 2.5 milioni",
            "Versione 2 punto 1, articolo 14 punto 1, 2 virgola 5 milioni",
        ),
        (French, "iOS 17.2, 2.5 km, 2,5", "iOS 17 point 2, 2 virgule 5 kilomètres, 2 virgule 5"),
        (Portuguese, "Python 3.12, 1.500, 2,5", "Python 3 ponto 12, 1500, 2 vírgula 5"),
        (Italian, "Costa 17.50 euro, 1.5 litri", "Costa 17 virgola 50 euro, 1 virgola 5 litri"),
        (
            Spanish,
            "2.5-3.5 kg, entre 2.5 y 3.5 kilos, 3.5 por ciento, En Chile 6.2, 4.5 estrellas, versión 2.5",
            "2 coma 5 a 3 coma 5 kilos, entre 2 coma 5 y 3 coma 5 kilos, 3 coma 5 por ciento, En Chile 6 coma 2, 4 coma 5 estrellas, \
             versión 2 punto 5",
        ),
        (French, "magnitude 6.2, Windows 8.1", "magnitude 6 virgule 2, Windows 8 point 1"),
        (Hindi, "3.12, 2.5%", "3 दशमलव 12, 2 दशमलव 5 प्रतिशत"),
    ]);
}

#[test]
fn prices_are_for_something() {
    check(&[
        (Spanish, "12 €/kg, $5/hora, 12 €/x, 5 €/5", "12 euros por kilo, 5 dólares por hora, 12 euros/x, 5 euros/5"),
        (
            Italian,
            "650 €/mese, 3 €/kg, 9 €/ora, 5 €/persona, 8 €/settimana",
            "650 euro al mese, 3 euro al chilo, 9 euro all'ora, 5 euro a persona, 8 euro alla settimana",
        ),
        (French, "850 €/mois, 3,50 €/kg", "850 euros par mois, 3 euros 50 par kilo"),
        (Portuguese, "R$ 2.200/mês, R$ 5/un", "2200 reais por mês, 5 reais/un"),
        (Hindi, "80 किमी/घंटा, ₹50/किलो", "80 किलोमीटर प्रति घंटा, 50 रुपये प्रति किलो"),
        (French, "3€50, 1m80, 5m80, 3€5, 3€500", "3 euros 50, 1 mètre 80, 5m80, 3€5, 3€500"),
        (Portuguese, "R$ 5,899, US$ 1,250.50", "5 vírgula 899 reais, 1250 dólares e 50"),
        (Italian, "alto 1m80, 2m10", "alto un metro e 80, 2 metri e 10"),
        (
            Spanish,
            "$1,250.50, $1,250, 1,250 kg, $1,25",
            "1250 dólares con 50, 1250 dólares, 1 coma 2 5 0 kilos, un dólar con 25",
        ),
    ]);
}

#[test]
fn hindi_years_and_numbers_of_telephones() {
    check(&[
        (Hindi, "1947 में, 1857 का, 1900 तक, सन् 1526", "19 सौ 47 में, 18 सौ 57 का, 19 सौ तक, सन् 15 सौ 26"),
        (Hindi, "15 अगस्त 1947, 2024 में, 1250 लोग, 1500 से अधिक", "15 अगस्त 19 सौ 47, 2024 में, 1250 लोग, 1500 से अधिक"),
        (
            Hindi,
            "9876543210, 1234567890, नं. 45, Rs. 500, Rs 50",
            "9 8 7 6 5 4 3 2 1 0, 1234567890, नंबर 45, 500 रुपये, 50 रुपये",
        ),
        (
            Hindi,
            "8000000000 लोग, 9500000000 रुपये, कुल 9876543210 रुपये",
            "8000000000 लोग, 9500000000 रुपये, कुल 9876543210 रुपये",
        ),
        (Hindi, "इस साल 1200 मिमी, मई 1200 ₹, जून 1500 लोग", "इस साल 1200 मिलीमीटर, मई 1200 रुपये, जून 1500 लोग"),
        (Hindi, "साल 1947, मई 1857, इस साल 1200", "साल 19 सौ 47, मई 18 सौ 57, इस साल 1200"),
        (Hindi, "जून 1500 - 1600 मीटर", "जून 1500 से 1600 मीटर"),
    ]);
}

#[test]
fn french_spoons_marks_and_ages() {
    check(&[
        (
            French,
            "1 c. à c. de sel, 2 c. à c., 1/2 c. à café, 2 càs",
            "une cuillère à café de sel, 2 cuillères à café, une demi-cuillère à café, 2 cuillères à soupe",
        ),
        (
            French,
            "(th. 6), noté 15/20 en maths, la note 4/5, moyenne de 12,5/20, J'ai eu 8/10",
            "(thermostat 6), noté 15 sur 20 en maths, la note 4 sur 5, moyenne de 12 virgule 5 sur 20, J'ai eu 8 sur 10",
        ),
        (
            French,
            "le 4/5, 15/20 ans, 19/20 €, 25/20, 7/10, 1/20 du pain",
            "le 4 mai, 15/20 ans, 19/20 €, 25/20, 7/10, un vingtième du pain",
        ),
        (
            French,
            "le 15/20, Semaine du 15/20, tuyau de 15/20, Réf. 15/20, Elle donne 1/10 aux pauvres",
            "le 15/20, Semaine du 15/20, tuyau de 15/20, Réf. 15/20, Elle donne 1/10 aux pauvres",
        ),
        (French, "9 ans, 19 ans, 9 années, 9h", "neuf ans, dix-neuf ans, 9 années, neuf heures"),
        (French, "XIX° siècle, Ramsès II, chapitre V, XX° C", "dix-neuvième siècle, Ramsès 2, chapitre 5, vingtième C"),
    ]);
}

#[test]
fn a_slash_between_times_is_or() {
    check(&[
        (Spanish, "7/8 horas, 4/5 días, 9/10 personas, 5/7 horas", "7 u 8 horas, 4 o 5 días, 9/10 personas, 5/7 horas"),
        (Portuguese, "4/5 anos, 4/5 partes", "4 ou 5 anos, 4 quintas partes"),
        (French, "7/8 heures, 1/2 heure, 2/3 heures", "7 ou 8 heures, une demi-heure, 2 tiers heures"),
        (Italian, "7/8 ore, 3/4 ore, 7/8 del mese", "7 o 8 ore, 3 quarti ore, 7 ottavi del mese"),
    ]);
}

#[test]
fn italian_units_hours_and_rulers() {
    check(&[
        (
            Italian,
            "80 mq, 5 kmq, 500 gr, 3 dl, 2 hg, 1 hg",
            "80 metri quadrati, 5 chilometri quadrati, 500 grammi, 3 decilitri, 2 etti, un etto",
        ),
        (
            Italian,
            "delle 8.45, h 9.30, h 9:30, h 5, delle 3.500",
            "delle 8 e 45, ore 9 e 30, ore 9 e 30, h 5, delle 3500",
        ),
        (
            Italian,
            "Carlo V, Pio X, capitolo V, Carlo V. Rossi, la V",
            "Carlo quinto, Pio decimo, capitolo 5, Carlo V. Rossi, la V",
        ),
        (
            Italian,
            "la II guerra mondiale, II tempo, il libro I Malavoglia",
            "la seconda guerra mondiale, II tempo, il libro I Malavoglia",
        ),
    ]);
}

#[test]
fn roman_numerals_before_nouns() {
    check(&[
        (
            Spanish,
            "la II Guerra Mundial, III Reich, II República, la II",
            "la segunda Guerra Mundial, tercer Reich, segunda República, la II",
        ),
        (Portuguese, "a I Guerra Mundial, o III Reich, II", "a primeira Guerra Mundial, o terceiro Reich, II"),
        (Spanish, "capítulo V, capítulo IV, opción V", "capítulo 5, capítulo IV, opción V"),
        (Portuguese, "na R. Augusta, José R. Silva, R. Silva", "na rua Augusta, José R. Silva, R. Silva"),
    ]);
}
