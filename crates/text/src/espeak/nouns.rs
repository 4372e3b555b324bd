//! Nouns that numbers count: their gender, which espeak-ng does not know, and one and many of them.
//!
//! The list is closed. A noun that is missing costs an ending; a verb or a name taken for a noun would cost more.

use super::words::column;
use crate::language::Language;

/// Feminine nouns, one and many, in the order of [`super::words::ORDER`]. Those of several words come before their first word.
#[rustfmt::skip]
const FEMININE: [&str; 4] = [
    "hora/horas, tonelada/toneladas, hectárea/hectáreas, libra/libras, milla/millas, rupia/rupias, taza/tazas, cucharada/cucharadas, \
        cucharadita/cucharaditas, onza/onzas, semana/semanas, porción/porciones, botella/botellas, página/páginas, pulgada/pulgadas, \
        lata/latas, persona/personas, vez/veces, mujer/mujeres, casa/casas, niña/niñas, hija/hijas, hermana/hermanas, noche/noches, \
        parte/partes, víctima/víctimas, década/décadas, canción/canciones, foto/fotos, mano/manos, llave/llaves, flor/flores, \
        vivienda/viviendas, alumna/alumnas, chica/chicas, cebolla/cebollas, zanahoria/zanahorias, empresa/empresas, ciudad/ciudades, \
        familia/familias, habitación/habitaciones, hoja/hojas, pizza/pizzas, cerveza/cervezas, manzana/manzanas, naranja/naranjas, \
        palabra/palabras, victoria/victorias, escuela/escuelas, película/películas, rebanada/rebanadas, pizca/pizcas, mesa/mesas, \
        silla/sillas, cama/camas, unidad/unidades",
    "heure/heures, minute/minutes, seconde/secondes, tonne/tonnes, livre/livres, roupie/roupies, cuillère à soupe/cuillères à soupe, \
        cuillère à café/cuillères à café, cuillère/cuillères, cuillerée/cuillerées, tasse/tasses, semaine/semaines, année/années, \
        bouteille/bouteilles, page/pages, once/onces, personne/personnes, fois/fois, femme/femmes, fille/filles, nuit/nuits, \
        victime/victimes, gousse/gousses, rue/rues, pincée/pincées, tranche/tranches, feuille/feuilles, ville/villes, \
        maison/maisons, voiture/voitures, pomme/pommes, carotte/carottes, boîte/boîtes, équipe/équipes, journée/journées",
    "ora/ore, tonnellata/tonnellate, libbra/libbre, sterlina/sterline, rupia/rupie, tazza/tazze, settimana/settimane, \
        bottiglia/bottiglie, pagina/pagine, persona/persone, volta/volte, donna/donne, sorella/sorelle, figlia/figlie, notte/notti, \
        casa/case, fetta/fette, parte/parti, vittima/vittime, cipolla/cipolle, carota/carote, mela/mele, foglia/foglie, stanza/stanze, \
        bustina/bustine, squadra/squadre, ragazza/ragazze, famiglia/famiglie, pizza/pizze, birra/birre",
    "hora/horas, tonelada/toneladas, libra/libras, milha/milhas, rúpia/rúpias, colher de sopa/colheres de sopa, \
        colher de chá/colheres de chá, colher/colheres, xícara de chá/xícaras de chá, xícara/xícaras, semana/semanas, garrafa/garrafas, \
        página/páginas, polegada/polegadas, lata/latas, pessoa/pessoas, vez/vezes, mulher/mulheres, filha/filhas, irmã/irmãs, \
        noite/noites, parte/partes, fatia/fatias, vítima/vítimas, criança/crianças, década/décadas, foto/fotos, \
        pizza/pizzas, vitória/vitórias, casa/casas, cidade/cidades, cebola/cebolas, cenoura/cenouras, folha/folhas, empresa/empresas, \
        família/famílias, escola/escolas, mesa/mesas, cadeira/cadeiras, cerveja/cervejas, maçã/maçãs, laranja/laranjas, \
        palavra/palavras, moça/moças, menina/meninas, aluna/alunas, pitada/pitadas, moeda/moedas, caixa/caixas, viagem/viagens",
];

/// Masculine nouns, in the same form.
#[rustfmt::skip]
const MASCULINE: [&str; 4] = [
    "día/días, año/años, mes/meses, minuto/minutos, segundo/segundos, litro/litros, kilo/kilos, kilogramo/kilogramos, gramo/gramos, \
        metro/metros, kilómetro/kilómetros, centímetro/centímetros, vaso/vasos, punto/puntos, paquete/paquetes, siglo/siglos, \
        euro/euros, hombre/hombres, hijo/hijos, hermano/hermanos, error/errores, fallo/fallos, problema/problemas, diente/dientes, huevo/huevos, \
        tomate/tomates, limón/limones, niño/niños, chico/chicos, alumno/alumnos, país/países",
    "jour/jours, an/ans, mois/mois, litre/litres, kilo/kilos, kilogramme/kilogrammes, gramme/grammes, mètre/mètres, \
        kilomètre/kilomètres, centimètre/centimètres, verre/verres, point/points, siècle/siècles, sachet/sachets, paquet/paquets",
    "giorno/giorni, anno/anni, mese/mesi, minuto/minuti, secondo/secondi, litro/litri, chilo/chili, chilogrammo/chilogrammi, \
        grammo/grammi, etto/etti, metro/metri, chilometro/chilometri, centimetro/centimetri, bicchiere/bicchieri, cucchiaio/cucchiai, \
        cucchiaino/cucchiaini, punto/punti, secolo/secoli, uomo/uomini, gol/gol, figlio/figli, fratello/fratelli, \
        limone/limoni, uovo/uova, pomodoro/pomodori, peperone/peperoni, ragazzo/ragazzi, pizzico/pizzichi, vasetto/vasetti",
    "dia/dias, ano/anos, mês/meses, minuto/minutos, segundo/segundos, litro/litros, quilo/quilos, quilograma/quilogramas, grama/gramas, \
        metro/metros, quilômetro/quilômetros, centímetro/centímetros, copo/copos, ponto/pontos, pacote/pacotes, século/séculos, \
        homem/homens",
];

/// A noun of the lists.
pub struct Noun {
    /// Its singular.
    pub one: &'static str,
    /// Its plural.
    pub many: &'static str,
    pub is_feminine: bool,
    /// Its length in the text, in bytes.
    pub length: usize,
}

/// Whether a noun of the lists, or a unit in words that begins with one, is feminine.
pub fn is_feminine(noun: &str, language: Language) -> bool {
    self::noun(noun, language).is_some_and(|noun| noun.is_feminine)
}

/// The noun of the lists at the start of `text`.
pub fn noun(text: &str, language: Language) -> Option<Noun> {
    let at = column(language)?;
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
    let find = |nouns: &'static str, is_feminine| {
        nouns.split(", ").find_map(|forms| {
            let (one, many) = forms.split_once('/')?;
            let length = [many, one].into_iter().find(|form| text.strip_prefix(form).is_some_and(ends))?.len();
            Some(Noun { one, many, is_feminine, length })
        })
    };
    find(FEMININE.get(at)?, true).or_else(|| find(MASCULINE.get(at)?, false))
}

/// Whether the noun that `number` counts at the start of `text` is feminine. One is counted in the singular, others in the plural.
pub fn gender(number: &str, text: &str, language: Language) -> Option<bool> {
    /// Nouns that are something else after a figure: "il treno 1 parte", "acte 1 page 5", "Ligue 1 personne ne", "al capitolo 1
    /// secondo me", "1 rue de Rivoli", and books.
    const OTHERS: [&str; 9] = ["parte", "page", "página", "pagina", "personne", "secondo", "livre", "livres", "rue"];
    let noun = noun(text, language)?;
    let form = &text[..noun.length];
    let counted = form == if number == "1" { noun.one } else { noun.many };
    (counted && !OTHERS.contains(&form)).then_some(noun.is_feminine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language::{French, Italian, Portuguese, Spanish};

    #[test]
    fn the_gender_of_counted_nouns_is_known() {
        for (language, number, text, expected) in [
            (Spanish, "1", "hora y", Some(true)),
            (Spanish, "21", "hora y", None),
            (Spanish, "1", "horas", None),
            (Spanish, "1", "horario", None),
            (Spanish, "21", "días", Some(false)),
            (Spanish, "21", "canciones.", Some(true)),
            (Spanish, "21", "viajas", None),
            (French, "1", "cuillère à soupe de", Some(true)),
            (French, "1", "fois", Some(true)),
            (French, "21", "livres", None),
            (Italian, "1", "ora", Some(true)),
            (Italian, "1", "oratore", None),
            (Italian, "1", "parte", None),
        ] {
            assert_eq!(gender(number, text, language), expected, "{number} {text}");
        }
        let spoons = noun("cuillères à soupe de sucre", French).map(|noun| (noun.one, noun.length));
        assert_eq!(spoons, Some(("cuillère à soupe", "cuillères à soupe".len())));
        assert!(is_feminine("livres", French) && is_feminine("milhas por hora", Portuguese));
    }
}
