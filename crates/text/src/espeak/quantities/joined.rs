//! What is joined to an amount: "12 €/kg", "3€50", "1m80".

use super::{Words, digits, is_end};
use crate::espeak::counting::counted;
use crate::espeak::nouns::is_feminine;
use crate::espeak::words;
use crate::language::Language;

/// What a price is for, in words: times and people.
#[rustfmt::skip]
const FOR: [(Language, &str); 5] = [
    (Language::Spanish, "mes día hora año semana noche persona kilo litro metro minuto trimestre unidad"),
    (Language::French, "mois jour heure an année semaine nuit personne kilo litre mètre minute trimestre unité"),
    (Language::Italian, "mese giorno ora anno settimana notte persona chilo litro metro minuto trimestre"),
    (Language::Portuguese, "mês dia hora ano semana noite pessoa quilo litro metro minuto trimestre unidade"),
    (Language::Hindi, "महीना माह दिन घंटा साल वर्ष हफ़्ता सप्ताह व्यक्ति किलो लीटर मीटर"),
];

impl Words {
    /// An amount of `length` bytes at the start of `text`, with what it is paid for: "12 €/kg", "650 €/mese".
    pub fn with_rate(&self, (spoken, length): (String, usize), text: &str) -> (String, usize) {
        match self.rate(&text[length..]) {
            Some((rate, more)) => (format!("{spoken} {rate}"), length + more),
            None => (spoken, length),
        }
    }

    fn rate(&self, text: &str) -> Option<(String, usize)> {
        let rest = text.strip_prefix('/')?;
        let end = rest.find(|c: char| c.is_whitespace() || ",.;:!?)»”\"।".contains(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let (_, nouns) = FOR.iter().find(|(language, _)| *language == self.language)?;
        let noun = match nouns.split(' ').find(|noun| *noun == word) {
            Some(noun) => noun.to_owned(),
            None => words::unit(word, true, self.language).filter(|_| !["%", "‰"].contains(&word))?,
        };
        let rate = match self.language {
            Language::Spanish | Language::Portuguese => format!("por {noun}"),
            Language::French => format!("par {noun}"),
            Language::Italian if noun == "persona" => format!("a {noun}"),
            Language::Italian if noun.starts_with(|c| "aeiou".contains(c)) => format!("all'{noun}"),
            Language::Italian if is_feminine(&noun, Language::Italian) => format!("alla {noun}"),
            Language::Italian => format!("al {noun}"),
            _ => format!("प्रति {noun}"),
        };
        Some((rate, 1 + end))
    }

    /// "1m80", the height of a person.
    pub fn height(&self, text: &str) -> Option<(String, usize)> {
        let number = digits(text);
        let rest = text[number.len()..].strip_prefix('m').filter(|_| ["1", "2"].contains(&number))?;
        let more = digits(rest);
        if more.len() != 2 || !is_end(&rest[2..]) || self.language == Language::Hindi {
            return None;
        }
        let metres = counted(number, &words::unit("m", number == "1", self.language)?, self.language);
        let and = match self.language {
            Language::Italian | Language::Portuguese => "e ",
            _ => "",
        };
        Some((format!("{metres} {and}{more}"), number.len() + 3))
    }

    /// "3€50"
    pub fn cents_after_sign(&self, text: &str) -> Option<(String, usize)> {
        let whole = digits(text);
        let rest = text[whole.len()..].strip_prefix('€').filter(|_| !whole.is_empty())?;
        let cents = digits(rest);
        let after = rest.get(2..).filter(|after| cents.len() == 2 && is_end(after))?;
        if after.strip_prefix(['.', ',', '/', ':']).is_some_and(|rest| !digits(rest).is_empty()) {
            return None;
        }
        let separator = if self.language == Language::Hindi { '.' } else { ',' };
        let (spoken, _) = self.money(&format!("{whole}{separator}{cents} €"))?;
        Some((spoken, whole.len() + '€'.len_utf8() + 2))
    }

    /// A mark of a school in French where it is called one: "noté 15/20".
    pub fn mark(&self, text: &str, before: &str) -> Option<(String, usize)> {
        const NAMES: &str = "note noté notée notes obtenu obtient eu moyenne";
        const NEXT: &str = "en au aux à pour et sur mais car";
        let (whole, decimals, length) = self.amount(text)?;
        let rest = text.get(length..)?.strip_prefix('/').filter(|_| self.language == Language::French)?;
        let below = digits(rest);
        let after = &rest[below.len()..];
        let next = after.trim_start();
        let word = &next[..next.find(|c: char| !c.is_alphanumeric()).unwrap_or(next.len())];
        let ends = is_end(after) && !after.starts_with(['/', '-']) && !next.starts_with(['€', '%']);
        let follows = word.is_empty() || next.starts_with("de moyenne") || NEXT.split(' ').any(|known| known == word);
        // "la note est 15/20", but "Semaine du 15/20"
        let words = before.rsplit(|c: char| !c.is_alphabetic()).take(6).filter(|word| !word.is_empty()).take(2);
        let named = words.map(str::to_lowercase).any(|word| NAMES.split(' ').any(|name| name == word));
        let most: u32 = below.parse().ok()?;
        let within = digits(text).parse::<u32>().is_ok_and(|mark| mark <= most);
        let known = named && matches!(most, 5 | 10 | 20 | 100);
        let above = if decimals.is_empty() { whole } else { format!("{whole} {} {decimals}", self.decimal) };
        (ends && follows && known && within).then(|| (format!("{above} sur {below}"), text.len() - after.len()))
    }
}
