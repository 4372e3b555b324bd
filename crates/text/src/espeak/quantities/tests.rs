use super::*;

#[test]
fn quantities_are_written_as_they_are_said() {
    use Language::{French, Hindi, Italian, Portuguese, Spanish};
    for (language, written, expected) in [
        (Spanish, "Cuesta 1.234,56 €.", "Cuesta 1234 euros con 56."),
        (Spanish, "a las 17:30 del 3/5/2024", "a las 17 y 30 del 3 de mayo de 2024"),
        (Spanish, "50% y 3,5 o 3.5", "50 por ciento y 3 coma 5 o 3 coma 5"),
        (Spanish, "-5 grados, versión 1.2.3", "menos 5 grados, versión 1.2.3"),
        (Spanish, "1º, 1.000.000", "1º, 1000000"),
        (French, "à 9h30 ou 17:00", "à 9 heures 30 ou 17 heures"),
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
        (Spanish, "8:00 h, 1/2 l, 3/4 l, el 1/2", "8 horas, medio litro, tres cuartos de litro, el 1/2"),
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
        (Spanish, "12 p. m. Luego 8 pm.", "12 del mediodía. Luego 8 de la noche."),
        (Spanish, "17.30 h, a las 17.30, las 3.500 casas", "17 y 30, a las 17 y 30, las 3500 casas"),
        (
            Spanish,
            "9:00-14:00, 5-10 km, 2019-2021, 10 %-15 %",
            "9 a 14 horas, 5 a 10 kilómetros, 2019 a 2021, 10 por ciento a 15 por ciento",
        ),
        (Spanish, "1-2 h, 2021-22, 3-2, $5-10", "una a 2 horas, 2021 a 22, 3 a 2, 5 a 10 dólares"),
        (Spanish, "555-1234, 1-2-3, 007-008, 978-84-376, 2021-35", "555-1234, 1-2-3, 007-008, 978-84-376, 2021-35"),
        (Spanish, "10 000 y 1 234 567 €", "10000 y 1234567 euros"),
        (Spanish, "612 345 678, 10 0000, 91 123 45 67", "612 345 678, 10 0000, 91 123 45 67"),
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
            "une heure 30, à une heure, une heure, vingt-et-une heures, 9 heures vingt-et-une",
        ),
        (
            French,
            "20h-22h, 9h – 12h, 1 000 000 €, 5 M€, 2 Md €",
            "20 heures à 22 heures, 9 heures à 12 heures, 1000000 d'euros, 5 millions d'euros, 2 milliards d'euros",
        ),
        (French, "1.000.000 €, 1.000, 12.345.67", "1000000 d'euros, 1.000, 12.345.67"),
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
        (Hindi, "₹2.5 करोड़", "2 दशमलव 5 करोड़ रुपये"),
    ] {
        if expand(written, language) != expected {
            eprintln!("XX {written}\n   {}\n   {expected}", expand(written, language));
        }
    }
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
        assert_eq!(expanded.is_empty(), text.is_empty(), "{text:?}");
    }
}
