//! Abbreviations in the languages that espeak-ng reads, and the letters that look like them.

use crate::language::Language::{self, French, Hindi, Italian, Portuguese, Spanish};

/// Abbreviations and the words that they stand for. Those in capitals with a full stop stand before a name.
#[rustfmt::skip]
const ABBREVIATIONS: [(Language, &[(&str, &str)]); 5] = [
    (Spanish, &[("Sr.", "señor"), ("Sra.", "señora"), ("Srta.", "señorita"), ("Dr.", "doctor"), ("Dra.", "doctora"), ("D.", "don"), ("Dña.", "doña"),
        ("Ud.", "usted"), ("Uds.", "ustedes"), ("n.º", "número"), ("nº", "número"), ("n°", "número"), ("pág.", "página"), ("tel.", "teléfono"),
        ("EE. UU.", "Estados Unidos"), ("EE.UU.", "Estados Unidos"), ("p. ej.", "por ejemplo")]),
    (French, &[("M.", "monsieur"), ("MM.", "messieurs"), ("Mme", "madame"), ("Mmes", "mesdames"), ("Mlle", "mademoiselle"), ("Dr", "docteur"),
        ("n°", "numéro"), ("nº", "numéro"), ("p. ex.", "par exemple")]),
    (Italian, &[("Sig.ra", "signora"), ("Sig.", "signor"), ("Dott.ssa", "dottoressa"), ("Dott.", "dottor"), ("Dr.", "dottor"), ("Prof.ssa", "professoressa"),
        ("Prof.", "professor"), ("n°", "numero"), ("nº", "numero"), ("pag.", "pagina")]),
    (Portuguese, &[("Sr.", "senhor"), ("Sra.", "senhora"), ("Dr.", "doutor"), ("Dra.", "doutora"), ("D.", "dom"), ("Prof.", "professor"),
        ("Profa.", "professora"), ("n.º", "número"), ("nº", "número"), ("n°", "número"), ("pág.", "página")]),
    (Hindi, &[("डॉ.", "डॉक्टर"), ("रु.", "रुपये"), ("कि.मी.", "किलोमीटर"), ("कि.ग्रा.", "किलोग्राम")]),
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
        "A Además Ahora Al Algunos Antes Aquí Así Aunque Cada Como Con Cuando De Del Desde Después Donde Durante El Ella Ellos En \
        Entonces Era Es Esa Ese Eso Esta Está Este Esto Estos Fue Ha Hay Hoy La Las Le Les Lo Los Luego Mañana Mi Mientras Muchos No Nos \
        Nunca O Otra Otro Para Pero Por Porque Primero Pues Que Qué Se Según Ser Si Sí Sin Sobre Solo Son Su Sus También Tiene Todo Todos \
        Tras Tu Un Una Y Ya Yo",
    ),
    (
        French,
        "À Ainsi Alors Après Au Aussi Avant Avec Ce Cela Ces Cet Cette Chaque Comme Dans De Depuis Des Donc Du Elle Elles En Enfin \
        Ensuite Est Et Il Ils Je La Le Les Leur Lors Lorsque Mais Même Non Nous On Ou Où Oui Par Pendant Plus Pour Puis Quand Que Qui Sa Sans \
        Se Ses Si Son Sous Sur Tous Tout Très Tu Un Une Voici Vous Y",
    ),
    (
        Italian,
        "A Adesso Al Allora Anche Ancora Che Chi Come Con Così Da Dal Del Di Dopo Dove E È Era Fu Già Gli Ha I Il In Infine Inoltre La \
        Le Lei Lo Lui Ma Mentre Molti Nel No Noi Non O Oggi Ogni Ora Per Perché Poi Prima Quando Quella Quello Questa Questo Se Si Sì Sono Su \
        Tra Tutti Un Una Uno",
    ),
    (
        Portuguese,
        "A Agora Ainda Além Antes Ao Aos As Assim Até Cada Com Como Da Das De Depois Do Dos E É Ela Ele Eles Em Então Era Essa \
        Esse Esta Este Eu Foi Há Hoje Já Logo Mais Mas Mesmo Minha Muitos Na Não Nas No Nos Nós O Onde Os Ou Outra Outro Para Pela Pelo Por \
        Porque Quando Que Quem São Se Sem Seu Sua Também Tem Todo Todos Um Uma",
    ),
];

/// Whether a text begins as sentences do, not as names do.
fn opens(text: &str, language: Language) -> bool {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    // "C'est", but "D'Alembert"
    let elided = rest.strip_prefix(['\'', '’']).is_some_and(|rest| rest.starts_with(char::is_lowercase));
    OPENERS.iter().any(|(known, words)| *known == language && words.split_whitespace().any(|opener| opener == word))
        || language == French && elided && word.chars().count() < 3
}

/// An abbreviation at the start of `text` after the word `previous`: its words, and its length in bytes.
pub fn abbreviation(text: &str, previous: &str, language: Language) -> Option<(String, usize)> {
    let (_, table) = ABBREVIATIONS.iter().find(|(known, _)| *known == language)?;
    let holds = |short: &str| {
        let after = &text[short.len()..];
        let title = short.starts_with(char::is_uppercase)
            && short.ends_with('.')
            && !short.starts_with("EE")
            && !short.starts_with('U');
        let letter = short.len() == 2 && LETTERED.split_whitespace().any(|noun| noun == previous.to_lowercase());
        match title {
            // "M. et Mme Roy"
            true if after.starts_with(" et M") => true,
            true => {
                let next = after.trim_start();
                next.starts_with(char::is_uppercase) && !letter && !(short.len() == 2 && opens(next, language))
            }
            false => !after.starts_with(|c: char| c.is_alphanumeric() || c == '.' && !short.ends_with('.')),
        }
    };
    let (short, words) = table.iter().find(|(short, _)| text.starts_with(short) && holds(short))?;
    // The full stop of "el Sr. Luego" ends the sentence too.
    let ends = short.ends_with('.') && opens(text[short.len()..].trim_start(), language);
    Some(((*words).to_owned(), short.len() - usize::from(ends)))
}
