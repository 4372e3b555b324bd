//! Abbreviations in the languages that espeak-ng reads, and the letters that look like them.

use crate::language::Language::{self, French, Hindi, Italian, Portuguese, Spanish};

/// Abbreviations and the words that they stand for. Those in capitals with a full stop stand before a name.
#[rustfmt::skip]
const ABBREVIATIONS: [(Language, &[(&str, &str)]); 5] = [
    (Spanish, &[("Sr.", "señor"), ("Sra.", "señora"), ("Srta.", "señorita"), ("Dr.", "doctor"), ("Dra.", "doctora"), ("D.", "don"), ("Dña.", "doña"),
        ("Ud.", "usted"), ("Uds.", "ustedes"), ("n.º", "número"), ("nº", "número"), ("n°", "número"), ("Nº", "número"), ("N°", "número"), ("pág.", "página"), ("tel.", "teléfono"),
        ("cdas.", "cucharadas"), ("cda.", "cucharada"), ("cdtas.", "cucharaditas"), ("cdta.", "cucharadita"), ("aprox.", "aproximadamente"),
        ("máx.", "máximo"), ("mín.", "mínimo"), ("a. C.", "antes de Cristo"), ("a.C.", "antes de Cristo"), ("d. C.", "después de Cristo"),
        ("d.C.", "después de Cristo"), ("EE. UU.", "Estados Unidos"), ("EE.UU.", "Estados Unidos"), ("p. ej.", "por ejemplo"), ("etc.", "etcétera"),
        ("Prof.", "profesor"), ("Profa.", "profesora"), ("Sto.", "santo"), ("Sta.", "santa"), ("Tel.", "teléfono"), ("uds.", "unidades"), ("ud.", "unidad")]),
    (French, &[("M.", "monsieur"), ("MM.", "messieurs"), ("Mme", "madame"), ("Mmes", "mesdames"), ("Mlle", "mademoiselle"), ("Dr", "docteur"),
        ("n°", "numéro"), ("nº", "numéro"), ("N°", "numéro"), ("Nº", "numéro"), ("p. ex.", "par exemple"), ("c. à s.", "cuillères à soupe"), ("c. à soupe", "cuillères à soupe"), ("c. à c.", "cuillères à café"),
        ("c. à café", "cuillères à café"), ("càs", "cuillères à soupe"), ("càc", "cuillères à café"), ("c.à.s.", "cuillères à soupe"), ("c.à.c.", "cuillères à café"), ("env.", "environ"), ("av. J.-C.", "avant Jésus-Christ"), ("apr. J.-C.", "après Jésus-Christ")]),
    (Italian, &[("Sig.ra", "signora"), ("Sig.", "signor"), ("Dott.ssa", "dottoressa"), ("Dott.", "dottor"), ("Dr.", "dottor"), ("Prof.ssa", "professoressa"),
        ("Prof.", "professor"), ("n°", "numero"), ("nº", "numero"), ("N°", "numero"), ("Nº", "numero"), ("pag.", "pagina"), ("a.C.", "avanti Cristo"), ("d.C.", "dopo Cristo"),
        ("dott.ssa", "dottoressa"), ("dott.", "dottor"), ("prof.ssa", "professoressa"), ("prof.", "professor"), ("sig.ra", "signora"), ("sig.", "signor"),
        ("avv.", "avvocato"), ("Avv.", "avvocato"), ("ing.", "ingegner"), ("Ing.", "ingegner"), ("geom.", "geometra"), ("Geom.", "geometra"), ("Egr.", "egregio"),
        ("ecc.", "eccetera"), ("ad es.", "ad esempio"), ("Ad es.", "ad esempio"), ("cfr.", "confronta"), ("Cfr.", "confronta")]),
    (Portuguese, &[("Sr.", "senhor"), ("Sra.", "senhora"), ("Dr.", "doutor"), ("Dra.", "doutora"), ("D.", "dom"), ("Prof.", "professor"),
        ("Profa.", "professora"), ("n.º", "número"), ("nº", "número"), ("n°", "número"), ("Nº", "número"), ("N°", "número"), ("pág.", "página"), ("aprox.", "aproximadamente"), ("máx.", "máximo"),
        ("mín.", "mínimo"), ("a.C.", "antes de Cristo"), ("d.C.", "depois de Cristo"), ("p. ex.", "por exemplo"), ("Ltda.", "limitada")]),
    (Hindi, &[("डॉ.", "डॉक्टर"), ("रु.", "रुपये"), ("नं.", "नंबर"), ("कि.मी.", "किलोमीटर"), ("कि.ग्रा.", "किलोग्राम")]),
];

/// Titles in small letters.
const SMALL_TITLES: [&str; 6] = ["dott.", "prof.", "sig.", "avv.", "ing.", "geom."];

/// Italian days, which begin a sentence after "il tuo prof."
const DAYS: &str = "Lunedì Martedì Mercoledì Giovedì Venerdì Sabato";

/// Italian words before a woman's title: "la prof. Rossi".
const FEMININE: &str = "la alla della dalla nella sulla cara mia tua sua nostra";

/// Abbreviations in capitals that are no titles.
const NO_TITLES: [&str; 8] = ["EE. UU.", "EE.UU.", "Ud.", "Uds.", "Tel.", "Ad es.", "Cfr.", "Ltda."];

/// An abbreviation before a number, its words, and whether only a Roman number makes it known.
type BeforeNumber = (&'static str, &'static str, bool);

/// Abbreviations that stand before an Arabic or a Roman number.
#[rustfmt::skip]
const BEFORE_NUMBERS: [(Language, &[BeforeNumber]); 4] = [
    (Spanish, &[("pp.", "páginas", false), ("págs.", "páginas", false), ("p.", "página", false), ("cap.", "capítulo", false), ("caps.", "capítulos", false), ("fig.", "figura", false),
        ("art.", "artículo", false), ("arts.", "artículos", false), ("vol.", "volumen", false), ("núm.", "número", false), ("min.", "minuto", false), ("s.", "siglo", true), ("ss.", "siglos", true)]),
    (French, &[("pp.", "pages", false), ("p.", "page", false), ("chap.", "chapitre", false), ("fig.", "figure", false), ("art.", "article", false), ("vol.", "volume", false), ("t.", "tome", false), ("th.", "thermostat", false)]),
    (Italian, &[("pp.", "pagine", false), ("pagg.", "pagine", false), ("p.", "pagina", false), ("cap.", "capitolo", false), ("fig.", "figura", false), ("art.", "articolo", false),
        ("artt.", "articoli", false), ("vol.", "volume", false), ("int.", "interno", false), ("sec.", "secolo", true),
        ("n.", "numero", false), ("nr.", "numero", false)]),
    (Portuguese, &[("pp.", "páginas", false), ("págs.", "páginas", false), ("p.", "página", false), ("cap.", "capítulo", false), ("fig.", "figura", false), ("art.", "artigo", false),
        ("arts.", "artigos", false), ("vol.", "volume", false), ("núm.", "número", false), ("min.", "minuto", false), ("séc.", "século", true)]),
];
/// Abbreviations that stand before a name, and their words.
#[rustfmt::skip]
const BEFORE_NAMES: [(Language, &[(&str, &str)]); 4] = [
    (Spanish, &[("C/", "calle"), ("Avda.", "avenida"), ("Av.", "avenida"), ("Pza.", "plaza")]),
    (French, &[("av.", "avenue"), ("Av.", "avenue"), ("Bd.", "boulevard"), ("Bd", "boulevard")]),
    (Italian, &[("P.zza", "piazza"), ("P.za", "piazza"), ("p.zza", "piazza"), ("V.le", "viale"), ("v.le", "viale"), ("C.so", "corso"), ("c.so", "corso")]),
    (Portuguese, &[("Av.", "avenida"), ("Pça.", "praça"), ("R.", "rua")]),
];

/// Articles before "min. 90", the minute of a match.
const MINUTES: &str = "el al del no ao aos nos";

/// Words of messages, in small letters, and how they are said.
#[rustfmt::skip]
const MESSAGES: [(Language, &[(&str, &str)]); 4] = [
    (Spanish, &[("xq", "por qué"), ("pq", "porque"), ("xfa", "por favor"), ("tqm", "te quiero mucho"), ("tmb", "también"), ("tb", "también")]),
    (French, &[("stp", "s'il te plaît"), ("svp", "s'il vous plaît"), ("slt", "salut"), ("bcp", "beaucoup"), ("tjs", "toujours"), ("rdv", "rendez-vous"),
        ("qqn", "quelqu'un"), ("qqch", "quelque chose")]),
    (Italian, &[("cmq", "comunque"), ("xké", "perché"), ("xkè", "perché"), ("xò", "però"), ("tvb", "ti voglio bene"), ("qlc", "qualche cosa")]),
    (Portuguese, &[("vc", "você"), ("vcs", "vocês"), ("tbm", "também"), ("tb", "também"), ("blz", "beleza"), ("pq", "porque"), ("hj", "hoje"),
        ("msg", "mensagem"), ("qdo", "quando"), ("obg", "obrigado"), ("vlw", "valeu"), ("flw", "falou"), ("fds", "fim de semana")]),
];

/// Nouns that a letter names, so that "vitamina D." is no title.
const LETTERED: &str = "annexe anexo apartado aula bâtiment bloc bloco bloque cas caso categoria categoría catégorie clase classe coluna \
    columna colonne côté division división divisão edificio equipe equipo factor fator fila groupe grupo grupos hepatite hepatitis hépatite \
    lado letra lettre ligne línea linha modelo modèle nivel niveau nível nota note opção opción option parte partie plan planes plano planta \
    point ponto porta porte prédio puerta punto rangée respuesta resposta réponse sala salle sección seção section serie série taille tipo \
    turma type variante versión versão version vitamina vitaminas vitamine zona zone";

/// Words with which sentences begin, and no names.
const OPENERS: [(Language, &str); 4] = [
    (
        Spanish,
        "A Además Ahora Al Algunos Allí Anoche Anteayer Antes Aquí Así Aunque Ayer Cada Como Con Cuando De Del Desde Después Donde Durante El Ella Ellos En \
        Entonces Era Es Esa Ese Eso Esta Está Este Esto Estos Fue Ha Hay Hoy La Las Le Les Lo Los Luego Mañana Mi Mientras Muchos No Nos \
        Nunca O Otra Otro Para Pero Por Porque Primero Pues Que Qué Se Según Ser Si Sí Sin Sobre Solo Son Su Sus También Tiene Todo Todos \
        Tras Tu Un Una Y Ya Yo",
    ),
    (
        French,
        "À Ainsi Alors Après Au Aussi Avant Avec Bref Ce Cela Cependant Ces Cet Cette Chaque Chez Comme Contre Dans De Depuis Derrière Des Devant Donc Du Elle Elles En Enfin \
        Ensuite Entre Est Et Hier Il Ils Je La Le Les Leur Lors Lorsque Mais Malgré Même Ni Non Nous On Ou Où Oui Outre Par Parmi Pendant Plus Pour Pourtant Puis Quand Que Qui Sa Sans \
        Sauf Se Selon Ses Si Son Sous Sur Tous Tout Toutefois Très Tu Un Une Vers Voici Voilà Vous Y",
    ),
    (
        Italian,
        "A Adesso Al Allora Anche Ancora Che Chi Come Con Così Da Dal Del Di Dopo Dove E È Era Fu Già Gli Ha I Il In Infine Inoltre La \
        Le Lei Lo Lui Ma Mentre Molti Nel No Noi Non O Oggi Ogni Ora Per Perché Poi Prima Quando Quella Quello Questa Questo Se Si Sì Sono Su \
        Tra Tutti Un Una Uno",
    ),
    (
        Portuguese,
        "A Agora Ainda Além Anteontem Antes Ao Aos As Assim Até Cada Com Como Da Das De Depois Do Dos E É Ela Ele Eles Em Então Era Essa \
        Esse Esta Este Eu Foi Há Hoje Já Logo Mais Mas Mesmo Minha Muitos Na Não Nas No Nos Nós O Onde Ontem Os Ou Outra Outro Para Pela Pelo Por \
        Porque Quando Que Quem São Se Sem Seu Sua Também Tem Todo Todos Um Uma",
    ),
];

/// English first names, after which a letter is an initial: "Franklin D. Roosevelt", "John M. Keynes".
const FIRST_NAMES: &str = "Arthur Charles David Douglas Dwight Edward Franklin George Harry Henry Howard James John Joseph Lyndon Michael \
    Philip Richard Robert Samuel Stephen Thomas William";

/// What [`abbreviation`] gets instead of the word before it after the initial of a name.
pub const INITIAL: &str = ".";

/// Whether a text ends with an initial: "J. ".
pub fn is_initial(before: &str) -> bool {
    let mut symbols = before.trim_end().chars().rev();
    symbols.next() == Some('.')
        && symbols.next().is_some_and(char::is_uppercase)
        && symbols.next().is_none_or(char::is_whitespace)
}

/// Whether the word `previous` is the first of a name, so that a letter after it is an initial. After other capitals it is a title:
/// "El Presidente D. Adolfo", "Maintenant M. Durand".
fn begins_name(previous: &str) -> bool {
    previous == INITIAL
        || ["madame", "mademoiselle", "monsieur"].contains(&previous)
        || FIRST_NAMES.split_whitespace().any(|name| name == previous)
}

/// Whether a text begins as sentences do, not as names do.
pub fn opens(text: &str, language: Language) -> bool {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    // "C'est", but "D'Alembert"
    let elided = rest.strip_prefix(['\'', '’']).is_some_and(|rest| rest.starts_with(char::is_lowercase));
    OPENERS.iter().any(|(known, words)| *known == language && words.split_whitespace().any(|opener| opener == word))
        || language == French && elided && word.chars().count() < 3 && word.starts_with(char::is_uppercase)
}

/// The rows of a table for a language.
fn rows<T>(tables: &'static [(Language, &'static [T])], language: Language) -> &'static [T] {
    tables.iter().find(|(known, _)| *known == language).map_or(&[], |(_, rows)| rows)
}

/// The words for an abbreviation at the start of `text` before a number, and its length. It may begin a line with a capital,
/// but single letters are then initials.
fn numbered(text: &str, previous: &str, language: Language) -> Option<(String, usize)> {
    // "5 p. 100"
    if previous.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let first = text.chars().next()?;
    let lower: String = first.to_lowercase().collect();
    let written = |short: &str| {
        let rest = short.strip_prefix(lower.as_str())?;
        let after = text[first.len_utf8()..].strip_prefix(rest)?;
        (first.is_lowercase() || rest.len() > 1 || short == "n.").then_some(after)
    };
    let (words, after) = rows(&BEFORE_NUMBERS, language).iter().find_map(|(short, words, only_roman)| {
        let after = written(short)?;
        let next = after.trim_start_matches([' ', '\u{a0}']);
        let length = next.find(|c| !"IVX".contains(c)).unwrap_or(next.len());
        // "I." is an initial.
        let roman = length > 0 && !next[length..].starts_with(|c: char| c.is_alphanumeric() || c == '.' && length == 1);
        let digit = next.starts_with(|c: char| c.is_ascii_digit());
        // "min." without an article is "mínimo".
        let minute = *short != "min." || MINUTES.split(' ').any(|article| article == previous);
        // "n. 5" is a number, but "Mario Rossi (n. 1930)" was born then.
        let named = previous.is_empty() || previous.starts_with(char::is_uppercase);
        let year = next.bytes().take_while(u8::is_ascii_digit).count() == 4;
        let numbered = *short != "n." || digit && !(named && year);
        (minute && numbered && (roman || digit && !only_roman)).then_some((words, after))
    })?;
    Some((spaced(words, after), text.len() - after.len()))
}

/// The words for an abbreviation at the start of `text` before a name, and its length.
fn named(text: &str, previous: &str, language: Language) -> Option<(String, usize)> {
    const OF: &str = "de del da do des du della dello dei delle dos das";
    let (words, after) = rows(&BEFORE_NAMES, language).iter().find_map(|(short, words)| {
        let after = text.strip_prefix(short)?;
        let next = after.trim_start_matches(' ');
        let (word, _) = next.split_once(' ').unwrap_or((next, ""));
        let of = OF.split(' ').any(|of| of == word) || language == Spanish && ["la", "las", "los"].contains(&word);
        // "C/Mayor", but "C/C++"
        let joined = next.len() == after.len();
        let name =
            next.starts_with(char::is_uppercase) && !(joined && next.chars().nth(1).is_none_or(|c| !c.is_lowercase()));
        // Spanish names have articles: "C/ La Paz".
        let begins =
            language == French && (opens(next, language) || next.starts_with("J.-C") || next.starts_with("J-C"));
        // "na R. Augusta", but "José R. Silva"
        let street = *short != "R." || ["na", "da", "pela", "à"].contains(&previous);
        ((name || of && !joined) && !begins && street).then_some((words, after))
    })?;
    Some((spaced(words, after), text.len() - after.len()))
}

/// The words of an abbreviation with a space before what follows without one.
fn spaced(words: &str, after: &str) -> String {
    format!("{words}{}", if after.starts_with(char::is_alphanumeric) { " " } else { "" })
}

/// The words for a short form of messages at the start of `text`, and its length.
fn message(text: &str, previous: &str, language: Language) -> Option<(String, usize)> {
    let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
    let (word, after) = (text[..end].to_lowercase(), &text[end..]);
    let (_, words) = rows(&MESSAGES, language).iter().find(|(short, _)| *short == word)?;
    // Names and units have capitals: "Tb", "STP".
    let plain = match text[..end].chars().filter(|c| c.is_uppercase()).count() {
        0 => true,
        1 => word != "tb",
        _ => ["rdv", "svp"].contains(&word.as_str()),
    };
    let measured = previous.ends_with(|c: char| c.is_ascii_digit());
    // The addresses "vc.com" and "vc@..." are in words by now.
    let goes_on = after.starts_with(['/', '@', '_', '\'', '’'])
        || [" punto ", " point ", " ponto ", " arroba "].iter().any(|sign| after.starts_with(sign))
        || after.strip_prefix(['.', '-']).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    (plain && !measured && !goes_on).then(|| ((*words).to_owned(), end))
}

/// An abbreviation at the start of `text` after the word `previous`: its words, and its length in bytes.
pub fn abbreviation(text: &str, previous: &str, language: Language) -> Option<(String, usize)> {
    numbered(text, previous, language)
        .or_else(|| named(text, previous, language))
        .or_else(|| message(text, previous, language))
        .or_else(|| common(text, previous, language))
}

/// The words for one of the [`ABBREVIATIONS`] at the start of `text`, and its length. Titles need a name after them.
fn common(text: &str, previous: &str, language: Language) -> Option<(String, usize)> {
    let holds = |short: &str| {
        let after = &text[short.len()..];
        let title = (short.starts_with(char::is_uppercase) || SMALL_TITLES.contains(&short))
            && short.ends_with('.')
            && !NO_TITLES.contains(&short);
        // "3 uds."
        if short.starts_with("ud") {
            return previous == "una" || previous.ends_with(|c: char| c.is_ascii_digit());
        }
        // "n°5"
        if short.ends_with(['°', 'º']) && after.starts_with(|c: char| c.is_ascii_digit()) {
            return true;
        }
        let letter = short.len() == 2
            && (LETTERED.split_whitespace().any(|noun| noun == previous.to_lowercase()) || begins_name(previous));
        match title {
            // "M. et Mme Roy"
            true if after.starts_with(" et M") => true,
            true => {
                let next = after.trim_start();
                let day = DAYS.split(' ').any(|day| next.starts_with(day));
                let small = short.starts_with(char::is_lowercase);
                let taught = small && (previous == "in" || day);
                let none = taught || letter || short.len() == 2 && opens(next, language);
                next.starts_with(char::is_uppercase) && !none
            }
            false => !after.starts_with(|c: char| c.is_alphanumeric() || c == '.' && !short.ends_with('.')),
        }
    };
    let (short, words) =
        rows(&ABBREVIATIONS, language).iter().find(|(short, _)| text.starts_with(short) && holds(short))?;
    // The full stop of "el Sr. Luego" ends the sentence too, and so does that at the end of the text.
    let next = text[short.len()..].trim_start();
    let closes = ["etc.", "ecc."].contains(short) && next.starts_with(char::is_uppercase);
    let ellipsis = text[short.len()..].starts_with('.');
    let ends = short.ends_with('.') && (next.is_empty() || ellipsis || closes || opens(next, language));
    // "1 c. à s."
    let one = ["1", "une"].contains(&previous) && language == French;
    let words = words
        .strip_prefix("cuillères")
        .filter(|_| one)
        .map(|rest| format!("cuillère{rest}"))
        .unwrap_or((*words).to_owned());
    // "la prof. Rossi"
    let article = previous.to_lowercase();
    let woman = language == Italian && FEMININE.split(' ').any(|feminine| feminine == article);
    let words = match words.as_str() {
        "professor" | "dottor" if woman => format!("{words}essa"),
        "signor" if woman => "signora".to_owned(),
        _ => words,
    };
    Some((spaced(&words, &text[short.len()..]), short.len() - usize::from(ends)))
}
